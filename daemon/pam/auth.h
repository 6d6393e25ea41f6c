/* SPDX-License-Identifier: ISC */
/* What auth asks, and what it is told. */
#ifndef VB_PAM_AUTH_H
#define VB_PAM_AUTH_H

#include "common/errors.h"
#include "daemon/pam/pam.h"

/* Before the first of its channels. */
void auth_init(struct pam *pam);

/*
 * A channel instead of any before, whose questions nobody waits for any more.
 * **Takes** fd. Returns 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int auth_join(struct pam *pam, uint32_t fence, int fd);

#endif
