/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/children/events.h"
#include "daemon/master/children/supervisor.h"

/* Of one turn of the loop, a few thousand; the rest of the queue is for what
 * matters more. */
#define WAITING_BYTES ((size_t)16 * 1024 * 1024)

static void
say(uint64_t count)
{
	log_error("events are lost before on-event: lost=%llu",
	    (unsigned long long)count);
}

int
events_init(struct supervisor *sup)
{
	return lost_init(&sup->lost, sup->base, METRIC_EVENTS_UNTOLD, say);
}

void
events_end(struct supervisor *sup)
{
	lost_end(&sup->lost);
}

static int
has_room(struct supervisor *sup)
{
	struct ipc *ipc = sup->runner.ipc;

	if (!sup->runner.is_ready || ipc_queued_bytes(ipc) >= WAITING_BYTES)
		return 0;
	ipc_set_bound(ipc, WAITING_BYTES + IPC_QUEUE_BYTES);
	return 1;
}

/* Only complete lines: one that is too long is none. */
void
supervisor_tell_event(struct supervisor *sup, const char *line, size_t len)
{
	struct msg_event event;

	if (len > sizeof(event.line) || !has_room(sup)) {
		lost_note(&sup->lost);
		return;
	}
	memset(&event, 0, sizeof(event));
	event.length = (uint32_t)len;
	memcpy(event.line, line, len);
	if (ipc_send(sup->runner.ipc, MSG_EVENT, &event, -1) < 0)
		lost_note(&sup->lost);
}
