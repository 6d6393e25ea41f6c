/* SPDX-License-Identifier: ISC */
/* The master's side: providers, how names are looked up, auth's channel. */
#ifndef VB_FETCH_MASTER_H
#define VB_FETCH_MASTER_H

#include "common/errors.h"
#include "daemon/fetch/fetch.h"

/* Opens the channel to the master. **Takes** fd. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int master_connect(struct fetch *fetch, int fd);

#endif
