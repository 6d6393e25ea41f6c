/* SPDX-License-Identifier: ISC */
/* The master's side: users, settings, the channels of those that ask. */
#ifndef VB_AUTH_MASTER_H
#define VB_AUTH_MASTER_H

#include "common/errors.h"
#include "daemon/auth/auth.h"

/* Opens the channel to the master. **Takes** fd. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int master_connect(struct auth *auth, int fd);

#endif
