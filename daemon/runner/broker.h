/* SPDX-License-Identifier: ISC */
/* What the broker asks, and what it is told. */
#ifndef VB_RUNNER_BROKER_H
#define VB_RUNNER_BROKER_H

#include "common/errors.h"
#include "daemon/runner/runner.h"

/* Before the first of its channels. */
void broker_init(struct runner *runner);

/*
 * A channel instead of any before, for whose questions nobody waits any more:
 * what runs goes on. It hears of what was started. **Takes** fd. Returns 0 or
 * VB_ENOMEM.
 */
VB_MUST_CHECK int broker_join(struct runner *runner, uint32_t fence, int fd);

#endif
