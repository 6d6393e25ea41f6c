/* SPDX-License-Identifier: ISC */
/* What the master says. */
#ifndef VB_RUNNER_MASTER_H
#define VB_RUNNER_MASTER_H

#include "common/errors.h"
#include "daemon/runner/runner.h"

/* Opens the master's channel. **Takes** fd. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int master_connect(struct runner *runner, int fd);

#endif
