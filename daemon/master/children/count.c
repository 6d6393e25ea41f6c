/* SPDX-License-Identifier: ISC */
/*
 * Invariants: is_awaited only of a child that owes COUNTED; counting.ev is
 * pending unless COUNT_IDLE.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "daemon/master/children/count.h"
#include "daemon/master/children/supervisor.h"

#define ROUND_MS 1000 /* then the last that is known of a child will do */
#define REST_MS	 100  /* at least, between two rounds: who asks is a stranger */

enum {
	COUNT_IDLE,
	COUNT_RESTING, /* the next round begins with the event */
	COUNT_ASKING   /* it ends then */
};

static void
arm(struct supervisor *sup, uint8_t state, uint64_t ms)
{
	struct timeval tv = clock_timeval(ms);

	sup->counting.state = state;
	event_add(&sup->counting.ev, &tv);
}

static void
finish(struct supervisor *sup)
{
	event_del(&sup->counting.ev);
	sup->counting.state = COUNT_IDLE;
	sup->ops->counted(sup->arg);
}

/* All that are awaited have answered: the rest, from the loop. */
static void
check_round(struct supervisor *sup)
{
	const struct child *child;
	uint32_t i;

	if (sup->counting.state != COUNT_ASKING)
		return;
	for (i = 0; (child = supervisor_child(sup, i)) != NULL; i++)
		if (child->is_awaited)
			return;
	event_active(&sup->counting.ev, EV_TIMEOUT, 0);
}

/* One that owes an answer since the round before is not waited for again. */
static void
ask(struct child *child)
{
	struct msg_count count = {child->count_number + 1};

	child->is_awaited = 0;
	if (!child->is_ready || child->ipc == NULL || child->owes_counted ||
	    ipc_send(child->ipc, MSG_COUNT, &count, -1) < 0)
		return;
	child->count_number++;
	child->owes_counted = child->is_awaited = 1;
}

static void
begin(struct supervisor *sup)
{
	struct child *child;
	uint32_t i;

	sup->counting.asked_ms = clock_now_ms();
	arm(sup, COUNT_ASKING, ROUND_MS);
	for (i = 0; (child = supervisor_child(sup, i)) != NULL; i++)
		ask(child);
	check_round(sup);
}

static void
on_count_cb(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *sup = arg;

	(void)fd;
	(void)what;
	if (sup->counting.state == COUNT_RESTING)
		begin(sup);
	else if (sup->counting.state == COUNT_ASKING)
		finish(sup);
}

int
count_init(struct supervisor *sup)
{
	return event_assign(
	    &sup->counting.ev, sup->base, -1, 0, on_count_cb, sup);
}

void
supervisor_count(struct supervisor *sup)
{
	uint64_t past_ms = clock_now_ms() - sup->counting.asked_ms;

	if (sup->counting.state != COUNT_IDLE)
		return;
	if (sup->counting.asked_ms != 0 && past_ms < REST_MS)
		arm(sup, COUNT_RESTING, REST_MS - past_ms);
	else
		begin(sup);
}

/* Numbers of its own, and none that falls but a gauge. */
static int
is_honest(const struct child *child, const struct msg_counted *counted)
{
	uint32_t i;

	for (i = 0; i < METRICS_COUNT; i++) {
		if (metrics_role(i) != (uint32_t)child->role &&
		    counted->values[i] != 0)
			return 0;
		if (!metrics_is_gauge(i) &&
		    counted->values[i] < child->counted.values[i])
			return 0;
	}
	return 1;
}

int
count_on_counted(void *arg, const void *body, int *fd)
{
	const struct msg_counted *counted = body;
	struct child *child = arg;

	(void)fd;
	if (!child->owes_counted || counted->number != child->count_number ||
	    !is_honest(child, counted))
		return VB_EBADMSG;
	child->counted = *counted;
	child->owes_counted = child->is_awaited = 0;
	check_round(child->supervisor);
	return 0;
}

int
count_on_metrics(void *arg, const void *body, int *fd)
{
	const struct msg_metrics *metrics = body;
	struct child *child = arg;

	(void)fd;
	if (child->wants_metrics)
		return VB_EBADMSG; /* one question at a time */
	child->wants_metrics = 1;
	child->metrics_number = metrics->number;
	supervisor_count(child->supervisor);
	return 0;
}

void
count_bury(struct child *child)
{
	struct supervisor *sup = child->supervisor;
	uint32_t i;

	for (i = 0; i < METRICS_COUNT; i++)
		if (!metrics_is_gauge(i))
			sup->counting.gone[i] = metrics_sum(
			    sup->counting.gone[i], child->counted.values[i]);
	memset(&child->counted, 0, sizeof(child->counted));
	child->owes_counted = child->is_awaited = child->wants_metrics = 0;
	check_round(sup);
}

void
supervisor_sum(const struct supervisor *sup, uint64_t values[METRICS_COUNT])
{
	const struct child *child;
	uint32_t i, n;

	memcpy(values, metrics_values(), METRICS_COUNT * sizeof(*values));
	for (n = 0; n < METRICS_COUNT; n++)
		values[n] = metrics_sum(values[n], sup->counting.gone[n]);
	for (i = 0; (child = supervisor_child(sup, i)) != NULL; i++)
		for (n = 0; n < METRICS_COUNT; n++)
			values[n] =
			    metrics_sum(values[n], child->counted.values[n]);
}

const struct msg_counted *
supervisor_targets(const struct supervisor *sup)
{
	return &sup->broker.counted;
}

/* A worker that nobody can ask for them is not told. */
static int
has_listener(const struct supervisor *sup)
{
	const struct conf *conf = sup->bundle->conf;
	size_t i;

	for (i = 0; i < conf->listener_count; i++)
		if (conf->tls[i].metrics)
			return 1;
	return 0;
}

void
supervisor_tell_metrics(struct supervisor *sup, int fd, uint64_t size_bytes)
{
	struct msg_metrics_are are;
	struct child *child;
	uint32_t i;

	if (!has_listener(sup)) {
		fd = -1;
		size_bytes = 0;
	}
	for (i = 0; i < sup->worker_count; i++) {
		child = sup->workers[i];
		if (!child->wants_metrics || child->ipc == NULL)
			continue;
		child->wants_metrics = 0;
		memset(&are, 0, sizeof(are));
		are.number = child->metrics_number;
		are.size_bytes = size_bytes;
		/* one that is not told answers that it could not be had */
		if (ipc_send(child->ipc, MSG_METRICS_ARE, &are,
			fd == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
			log_warn(
			    "%s is not told of metrics", child_name(child));
	}
}
