/* SPDX-License-Identifier: ISC */
/* What the broker asks: whose cookie that is. */
#ifndef VB_AUTH_BROKER_H
#define VB_AUTH_BROKER_H

#include "daemon/auth/auth.h"

void broker_init(struct auth *auth);

/* Tells it that a login has ended, and why. */
void broker_tell_over(struct auth *auth, uint64_t login_id, const char *reason);

#endif
