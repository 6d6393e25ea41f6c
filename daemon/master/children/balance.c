/* SPDX-License-Identifier: ISC */
#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/children/balance.h"
#include "daemon/master/children/sources.h"
#include "daemon/master/children/supervisor.h"

#define IN_TRANSIT_MAX 256  /* handed over, not yet taken */
#define STALLED_MS     1000 /* nothing taken for that long: no more */

static int
can_take(struct child *child, uint64_t now_ms)
{
	uint64_t waiting = child->handed - child->taken;

	if (!child->is_ready || child->is_retiring)
		return 0;
	if (waiting == 0)
		return 1;
	if (waiting < IN_TRANSIT_MAX &&
	    now_ms - child->waiting_since_ms < STALLED_MS)
		return 1;
	if (!child->was_stalled &&
	    now_ms - child->waiting_since_ms >= STALLED_MS) {
		log_warn("%s takes no connections: %llu wait",
		    child_name(child), (unsigned long long)waiting);
		child->was_stalled = 1;
	}
	return 0;
}

struct child *
supervisor_pick(struct supervisor *sup)
{
	struct child *child, *best = NULL;
	uint64_t now_ms = clock_now_ms();
	uint32_t i;

	for (i = 0; i < sup->worker_count; i++) {
		child = sup->workers[(sup->next + i) % sup->worker_count];
		if (!can_take(child, now_ms))
			continue;
		if (best == NULL ||
		    child->handed - child->ended < best->handed - best->ended)
			best = child;
	}
	if (best != NULL)
		sup->next = (best->index + 1) % sup->worker_count;
	return best;
}

void
supervisor_hand_over(struct supervisor *sup, struct child *worker,
    const struct msg_client *client, int fd)
{
	if (ipc_send(worker->ipc, MSG_CLIENT, client, fd) < 0) {
		/* the client sees a closed connection */
		if (client->place != 0 &&
		    sources_give(sup->sources, client->place, worker->index) <
			0)
			log_error("conn=%llu has lost its place",
			    (unsigned long long)client->conn_id);
		return;
	}
	if (worker->handed == worker->taken)
		worker->waiting_since_ms = clock_now_ms();
	worker->handed++;
	sup->conns++;
}

uint64_t
supervisor_conns(const struct supervisor *sup)
{
	return sup->conns;
}
