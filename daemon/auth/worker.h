/* SPDX-License-Identifier: ISC */
/* What a worker asks for those who show it a password, a code or a cookie. */
#ifndef VB_AUTH_WORKER_H
#define VB_AUTH_WORKER_H

#include "common/errors.h"
#include "daemon/auth/auth.h"

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int workers_init(struct auth *auth);

#endif
