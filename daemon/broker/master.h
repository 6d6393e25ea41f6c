/* SPDX-License-Identifier: ISC */
/* The master's side: the configuration, the workers' channels, the rest. */
#ifndef VB_BROKER_MASTER_H
#define VB_BROKER_MASTER_H

#include "common/errors.h"
#include "daemon/broker/broker.h"

/* Opens the channel on fd, which it **takes**. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int master_connect(struct broker *broker, int fd);

#endif
