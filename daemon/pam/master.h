/* SPDX-License-Identifier: ISC */
/* The master's side: the service, auth's channel. */
#ifndef VB_PAM_MASTER_H
#define VB_PAM_MASTER_H

#include "common/errors.h"
#include "daemon/pam/pam.h"

/* Opens the channel to the master. **Takes** fd. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int master_connect(struct pam *pam, int fd);

#endif
