/* SPDX-License-Identifier: ISC */
/*
 * What children tell the master. All of it is checked; a child that breaks
 * a rule is replaced.
 */
#include <event2/event.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/master/peers.h"
#include "daemon/master/supervisor.h"
#include "daemon/master/watchdog.h"

#define JOIN_RETRY_MS 500
#define COMPLAINT_MS  3600000 /* a worker complains no more often */

static void
check_started(struct supervisor *sup)
{
	uint32_t i;

	if (sup->has_started || !sup->broker.is_ready)
		return;
	for (i = 0; i < sup->worker_count; i++)
		if (!sup->workers[i]->is_ready)
			return;
	sup->has_started = 1;
	sup->ops->ready(sup->arg);
}

/* The event is free while a worker is ready. */
static void
join_later(struct child *worker)
{
	struct timeval tv = clock_timeval(JOIN_RETRY_MS);

	event_add(&worker->restart_ev, &tv);
}

void
supervisor_join(struct child *worker)
{
	struct child *broker = &worker->supervisor->broker;

	if (!broker->is_ready || !worker->is_ready)
		return;
	if (peers_join(worker, broker) == 0) {
		event_del(&worker->restart_ev); /* no second one is due */
		return;
	}
	log_error("no channel between broker and %s: it is tried again",
	    child_name(worker));
	join_later(worker); /* else it would open no session ever */
}

static int
on_ready(void *arg, const void *body, int *fd)
{
	const struct msg_ready *ready = body;
	struct child *child = arg;
	struct supervisor *sup = child->supervisor;
	uint32_t i;

	(void)fd;
	if (ready->proto_version != PROTO_VERSION)
		return VB_EBADMSG;
	child->is_ready = 1;
	ipc_set_phase(child->ipc, PHASE_RUN);
	event_del(&child->restart_ev);
	log_debug("%s ready pid=%d", child_name(child), (int)child->pid);
	if (child->role == ROLE_WORKER)
		supervisor_join(child);
	else
		for (i = 0; i < sup->worker_count; i++)
			supervisor_join(sup->workers[i]);
	check_started(sup);
	if (sup->has_started)
		sup->ops->capacity(sup->arg);
	return 0;
}

static int
on_log(void *arg, const void *body, int *fd)
{
	const struct msg_log *log = body;
	struct child *child = arg;
	char text[LOG_LINE_MAX];
	size_t i;

	(void)fd;
	if (log->level > LOG_LEVEL_DEBUG || !PROTO_IS_TEXT(log->line))
		return VB_EBADMSG;
	if (log->dropped > 0)
		log_warn(
		    "%s lost %u log lines", child_name(child), log->dropped);
	/* a child's line is foreign too: no control character gets out */
	for (i = 0; log->line[i] != '\0'; i++)
		text[i] = log->line[i] >= 0x20 && log->line[i] < 0x7f
		    ? log->line[i]
		    : '?';
	text[i] = '\0';
	log_line((enum log_level)log->level, child_name(child), text);
	return 0;
}

static int
on_load(void *arg, const void *body, int *fd)
{
	const struct msg_load *load = body;
	struct child *child = arg;
	struct supervisor *sup = child->supervisor;

	(void)fd;
	if (load->taken > child->handed - child->taken ||
	    load->ended > child->taken + load->taken - child->ended)
		return VB_EBADMSG;
	child->taken += load->taken;
	child->ended += load->ended;
	child->sessions = load->sessions;
	sup->conns -= load->ended;
	child->waiting_since_ms = clock_now_ms();
	if (child->was_stalled) {
		log_warn("%s takes connections again", child_name(child));
		child->was_stalled = 0;
	}
	if (child->is_retiring && child->handed == child->ended)
		supervisor_cut_off(child);
	sup->ops->capacity(sup->arg);
	return 0;
}

static int
on_listed(void *arg, const void *body, int *fd)
{
	const struct msg_listed *listed = body;
	struct child *child = arg;
	uint32_t i;

	(void)fd;
	if (listed->count > PROTO_LIST_MAX)
		return VB_EBADMSG;
	for (i = 0; i < listed->count; i++)
		if (!PROTO_IS_TEXT(listed->entries[i].target))
			return VB_EBADMSG;
	child->supervisor->ops->listed(child->supervisor->arg, listed);
	return 0;
}

/* The broker can't trust a worker any more: neither can anybody. */
static int
on_dropped(void *arg, const void *body, int *fd)
{
	const struct msg_dropped *dropped = body;
	struct child *child = arg;
	struct supervisor *sup = child->supervisor;

	(void)fd;
	if (dropped->index >= sup->worker_count || dropped->fence == 0)
		return VB_EBADMSG;
	if (sup->workers[dropped->index]->fence != dropped->fence)
		return 0; /* that one has been replaced meanwhile */
	log_error("%s was dropped by the broker; it is replaced",
	    child_name(sup->workers[dropped->index]));
	supervisor_cut_off(sup->workers[dropped->index]);
	return 0;
}

/*
 * A broker of which a worker complains is replaced: new sessions wait for a
 * moment, and none ends. But the weaker must not hold back the others: the
 * second complaint costs the worker its own place.
 */
static int
on_complaint(struct child *worker)
{
	struct child *broker = &worker->supervisor->broker;
	uint64_t now_ms = clock_now_ms();

	if (worker->complained_ms != 0 &&
	    now_ms - worker->complained_ms < COMPLAINT_MS) {
		log_error(
		    "%s complains of the broker again", child_name(worker));
		return VB_EBADMSG;
	}
	worker->complained_ms = now_ms;
	log_error(
	    "broker pid=%d sent a malformed message to %s; it is replaced",
	    (int)broker->pid, child_name(worker));
	supervisor_cut_off(broker);
	return 0;
}

static int
on_unjoined(void *arg, const void *body, int *fd)
{
	const struct msg_unjoined *unjoined = body;
	struct child *worker = arg;

	(void)fd;
	if (unjoined->fence == worker->unjoined_fence ||
	    (unjoined->reason != UNJOINED_NONSENSE &&
		unjoined->reason != UNJOINED_LOST))
		return VB_EBADMSG;
	if (unjoined->fence != worker->fence ||
	    !worker->supervisor->broker.is_ready)
		return 0; /* another one is on its way already */
	worker->unjoined_fence = unjoined->fence;
	if (unjoined->reason == UNJOINED_NONSENSE)
		return on_complaint(worker);
	log_info("%s has no channel to the broker: it gets another",
	    child_name(worker));
	join_later(worker);
	return 0;
}

static void
on_channel_closed(void *arg, int reason)
{
	struct child *child = arg;

	if (reason != VB_ECLOSED)
		log_error("%s pid=%d broke the protocol: %s; it is replaced",
		    child_name(child), (int)child->pid, vb_strerror(reason));
	supervisor_cut_off(child);
}

const struct ipc_ops supervisor_worker_ops = {
    .on =
	{
	    [MSG_READY] = on_ready,
	    [MSG_LOG] = on_log,
	    [MSG_LOAD] = on_load,
	    [MSG_UNJOINED] = on_unjoined,
	    [MSG_ALIVE] = watchdog_on_alive,
	},
    .closed = on_channel_closed,
};

const struct ipc_ops supervisor_broker_ops = {
    .on =
	{
	    [MSG_READY] = on_ready,
	    [MSG_LOG] = on_log,
	    [MSG_LISTED] = on_listed,
	    [MSG_DROPPED] = on_dropped,
	    [MSG_ALIVE] = watchdog_on_alive,
	},
    .closed = on_channel_closed,
};
