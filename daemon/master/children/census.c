/* SPDX-License-Identifier: ISC */
#include "daemon/master/children/census.h"
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

_Static_assert(CTL_PROCESS_MAX == 1 + SUPERVISOR_SERVERS + WORKERS_MAX,
    "there is room for the master and all children");

void
supervisor_fill_status(
    const struct supervisor *sup, struct msg_ctl_status_is *status)
{
	const struct child *child;
	uint32_t i;

	status->is_refusing = sup->is_refusing;
	for (i = 0; (child = supervisor_child(sup, i)) != NULL; i++)
		if (child->is_wanted)
			fill_process(
			    child, &status->processes[status->count++]);
}

int
supervisor_has_worker(const struct supervisor *sup, uint32_t index)
{
	return index < sup->worker_count && sup->workers[index]->pid != 0;
}

uint32_t *
supervisor_fill_descriptors(const struct supervisor *sup, uint32_t *out)
{
	const struct child *child;
	uint32_t i;

	for (i = 0; (child = supervisor_child(sup, i)) != NULL; i++)
		if (child->is_wanted)
			*out++ = child->counted.descriptors;
	return out;
}

const uint64_t *
supervisor_cert_ends(const struct supervisor *sup)
{
	return sup->ends_sec;
}
