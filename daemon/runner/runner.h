/* SPDX-License-Identifier: ISC */
/* What the files of runner share: the process's state. */
#ifndef VB_RUNNER_H
#define VB_RUNNER_H

#include <event2/event_struct.h>

#include "common/proto.h"
#include "daemon/runner/feed.h"
#include "daemon/runner/hooks.h"
#include "daemon/runner/jobs.h"
#include "daemon/runner/output.h"

struct event_base;
struct ipc;

struct runner {
	struct event_base *base;
	struct ipc *master;
	struct ipc *broker; /* NULL: there is none now */
	uint32_t broker_fence;
	struct hooks hooks;
	struct hooks staged_hooks;
	struct msg_conf_start staged;
	struct jobs jobs;
	struct feed feed;
	struct outputs outputs;
	struct event child_ev; /* SIGCHLD */
	uint8_t is_staged;
	uint8_t is_ready;
};

#endif
