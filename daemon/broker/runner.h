/* SPDX-License-Identifier: ISC */
/* The channel to the runner, which runs the commands of targets. */
#ifndef VB_BROKER_RUNNER_H
#define VB_BROKER_RUNNER_H

#include "common/errors.h"
#include "daemon/broker/broker.h"

/* A channel to it. **Takes** fd. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int runner_join(struct broker *broker, uint32_t fence, int fd);

#endif
