/* SPDX-License-Identifier: ISC */
/*
 * A child's silence is counted in rounds, and only in those that came when
 * they were due: after a sleep of the machine, or if the master itself gets no
 * time, silence says nothing about the child.
 */
#include <event2/event.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/metrics.h"
#include "daemon/master/children/supervisor.h"
#include "daemon/master/children/watchdog.h"

#define ROUNDS	    10 /* within watchdog-timeout */
#define LATE_ROUNDS 2  /* a round that took as long as two does not count */

static void
arm(struct supervisor *sup)
{
	struct timeval tv = clock_timeval(sup->watch_round_ms);

	event_add(&sup->watch_ev, &tv);
}

static void
on_round_cb(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *sup = arg;

	(void)fd;
	(void)what;
	watchdog_round(sup, clock_now_ms());
	arm(sup);
}

int
watchdog_init(struct supervisor *sup)
{
	return event_assign(&sup->watch_ev, sup->base, -1, 0, on_round_cb, sup);
}

static uint32_t
timeout_sec(const struct supervisor *sup)
{
	return sup->bundle->conf->settings.watchdog_timeout_sec;
}

void
watchdog_start(struct supervisor *sup)
{
	event_del(&sup->watch_ev);
	sup->watch_round_ms = (uint64_t)timeout_sec(sup) * MS_PER_SEC / ROUNDS;
	sup->watched_ms = clock_now_ms();
	if (sup->watch_round_ms > 0)
		arm(sup);
}

/* One PROBE at a time: what a child does not read does not pile up. */
static int
ask(struct child *child)
{
	struct msg_probe probe = {++child->probe_number};
	int result = ipc_send(child->ipc, MSG_PROBE, &probe, -1);

	child->owes_alive = result == 0;
	return result;
}

static void
look_after(struct child *child, int is_late)
{
	/* until READY there is another deadline */
	if (child->ipc == NULL || !child->is_ready)
		return;
	if (!child->owes_alive && ask(child) == 0)
		return;
	/* it owes the answer, or has no room even for the question */
	child->missed += !is_late;
	if (child->missed < ROUNDS)
		return;
	metrics_count(METRIC_HANGS);
	log_error("%s pid=%d hangs: no answer for %u s; it is replaced",
	    child_name(child), (int)child->pid, timeout_sec(child->supervisor));
	child_cut_off(child);
}

void
watchdog_round(struct supervisor *sup, uint64_t now_ms)
{
	uint64_t took_ms = now_ms - sup->watched_ms;
	struct child *child;
	int is_late = took_ms >= LATE_ROUNDS * sup->watch_round_ms;
	uint32_t i;

	sup->watched_ms = now_ms;
	if (is_late)
		log_debug("the watchdog was held up for %llu ms",
		    (unsigned long long)took_ms);
	for (i = 0; (child = supervisor_child(sup, i)) != NULL; i++)
		look_after(child, is_late);
}

int
watchdog_on_alive(void *arg, const void *body, int *fd)
{
	const struct msg_alive *alive = body;
	struct child *child = arg;

	(void)fd;
	if (!child->owes_alive || alive->number != child->probe_number)
		return VB_EBADMSG; /* no one has asked that */
	child->owes_alive = 0;
	child->missed = 0;
	return 0;
}
