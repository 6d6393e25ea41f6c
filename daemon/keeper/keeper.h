/* SPDX-License-Identifier: ISC */
/* What the keeper's files share: the process's state. */
#ifndef VB_KEEPER_H
#define VB_KEEPER_H

#include <sys/queue.h>

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/proto.h"
#include "daemon/keeper/keys.h"

struct event_base;
struct ipc;
struct worker;

TAILQ_HEAD(worker_queue, worker);

struct keeper {
	struct event_base *base;
	struct ipc *master;
	struct settings settings; /* those that apply */
	struct key_set keys;
	struct key_set before; /* handshakes that began with those */
	struct msg_conf_start staged;
	struct key_set staged_keys;
	uint8_t is_staged; /* between CONF_START and CONF_END */
	uint8_t is_ready;
	struct worker *workers;	  /* WORKERS_MAX */
	struct worker_queue busy; /* those with a SIGN that waits */
	struct event work_ev;
	struct msg_tickets tickets;
	struct event rotate_ev;
	const uint8_t *stamp_key; /* NULL: none has come */
};

#endif
