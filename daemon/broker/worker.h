/* SPDX-License-Identifier: ISC */
/* What workers say: none of it is trusted. */
#ifndef VB_BROKER_WORKER_H
#define VB_BROKER_WORKER_H

#include "common/errors.h"

struct broker;

/* Makes room for them; each arrives with a PEER. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int workers_init(struct broker *broker);

#endif
