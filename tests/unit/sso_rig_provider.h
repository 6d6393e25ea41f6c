/* SPDX-License-Identifier: ISC */
/* What sso_rig.c needs of sso_rig_provider.c. */
#ifndef VB_TEST_SSO_RIG_PROVIDER_H
#define VB_TEST_SSO_RIG_PROVIDER_H

#include "tests/unit/sso_rig.h"

void rig_provider_open(void);
void rig_provider_close(void);

/* Texts, until the next of them. */
const char *rig_key_set(void);
const char *rig_metadata(const struct rig_change *change);

#endif
