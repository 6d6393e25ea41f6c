/* SPDX-License-Identifier: ISC */
/*
 * Who the children are, for vncbridgectl.
 */
#include "daemon/master/children/supervisor.h"

static void
fill_process(const struct child *child, struct ctl_process *out)
{
	out->role = (uint32_t)child->role;
	out->index = child->index;
	out->pid = (uint32_t)child->pid;
	out->is_ready = child->is_ready;
	out->restarts = child->restarts;
	out->conns = (uint32_t)(child->handed - child->ended);
	out->sessions = child->sessions;
	out->since_sec = child->since_sec;
}

void
supervisor_fill_status(
    const struct supervisor *sup, struct msg_ctl_status_is *status)
{
	uint32_t i;

	fill_process(&sup->keeper, &status->processes[status->count++]);
	fill_process(&sup->broker, &status->processes[status->count++]);
	for (i = 0; i < sup->worker_count; i++)
		fill_process(
		    sup->workers[i], &status->processes[status->count++]);
}

const uint64_t *
supervisor_cert_ends(const struct supervisor *sup)
{
	return sup->ends_sec;
}
