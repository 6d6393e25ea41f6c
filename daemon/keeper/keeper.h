/* SPDX-License-Identifier: ISC */
/* What the keeper's files share: the process's state. */
#ifndef VB_KEEPER_H
#define VB_KEEPER_H

#include <stdint.h>

#include "common/proto.h"
#include "daemon/keeper/worker.h"

struct event_base;
struct ipc;

struct keeper {
	struct event_base *base;
	struct ipc *master;
	struct settings settings; /* those that hold */
	struct msg_conf_start staged;
	int is_staged; /* between CONF_START and CONF_END */
	int is_ready;
	struct worker workers[WORKERS_MAX];
};

#endif
