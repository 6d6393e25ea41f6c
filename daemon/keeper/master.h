/* SPDX-License-Identifier: ISC */
/* The master's side: keys, the workers' channels, the rest. */
#ifndef VB_KEEPER_MASTER_H
#define VB_KEEPER_MASTER_H

#include "common/errors.h"
#include "daemon/keeper/keeper.h"

/* Opens the channel to the master. **Takes** fd. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int master_connect(struct keeper *keeper, int fd);

#endif
