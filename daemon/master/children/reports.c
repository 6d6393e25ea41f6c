/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/children/join.h"
#include "daemon/master/children/offer.h"
#include "daemon/master/children/reports.h"
#include "daemon/master/children/start.h"
#include "daemon/master/children/supervisor.h"
#include "daemon/master/children/watchdog.h"

#define COMPLAINT_MS 3600000 /* a worker complains no more often */

static void
check_started(struct supervisor *sup)
{
	const struct child *child;
	uint32_t i;

	if (sup->has_started)
		return;
	for (i = 0; (child = supervisor_child(sup, i)) != NULL; i++)
		if (!child->is_ready)
			return;
	sup->has_started = 1;
	sup->ops->ready(sup->arg);
}

static int
on_ready(void *arg, const void *body, int *fd)
{
	const struct msg_ready *ready = body;
	struct child *child = arg;
	struct supervisor *sup = child->supervisor;

	(void)fd;
	if (ready->proto_version != PROTO_VERSION ||
	    (child->role == ROLE_KEEPER && child->owes_kept))
		return VB_EBADMSG;
	child->is_ready = 1;
	ipc_set_phase(child->ipc, PHASE_RUN);
	event_del(&child->restart_ev);
	log_debug("%s ready pid=%d", child_name(child), (int)child->pid);
	join_when_ready(child);
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
		child_cut_off(child);
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
		if (!PROTO_IS_TEXT(listed->entries[i].target) ||
		    !PROTO_IS_TEXT(listed->entries[i].subject.name) ||
		    !PROTO_IS_TEXT(listed->entries[i].subject.others))
			return VB_EBADMSG;
	child->supervisor->ops->listed(child->supervisor->arg, listed);
	return 0;
}

/* Broker or keeper can't trust a worker any more: no one can. */
static int
on_dropped(void *arg, const void *body, int *fd)
{
	const struct msg_dropped *dropped = body;
	struct child *child = arg, *worker;
	struct supervisor *sup = child->supervisor;

	(void)fd;
	if (dropped->index >= sup->worker_count || dropped->fence == 0)
		return VB_EBADMSG;
	worker = sup->workers[dropped->index];
	if (child_link(worker, child->role)->fence != dropped->fence)
		return 0; /* that one has been replaced since */
	log_error("worker %u was dropped by the %s; it is replaced",
	    worker->index, child_name(child));
	child_cut_off(worker);
	return 0;
}

/*
 * A broker or keeper of which a worker complains is replaced: what is new
 * waits for a moment, and no session ends. But the weaker must not hold back
 * the others: the second complaint costs the worker its own place.
 */
static int
on_complaint(struct child *worker, struct child *server)
{
	uint64_t now_ms = clock_now_ms();

	if (worker->complained_ms != 0 &&
	    now_ms - worker->complained_ms < COMPLAINT_MS) {
		log_error("worker %u complains of the %s again", worker->index,
		    child_name(server));
		return VB_EBADMSG;
	}
	worker->complained_ms = now_ms;
	log_error("%s pid=%d sent a malformed message to worker %u; it is "
		  "replaced",
	    child_name(server), (int)server->pid, worker->index);
	child_cut_off(server);
	return 0;
}

static int
on_unjoined(void *arg, const void *body, int *fd)
{
	const struct msg_unjoined *unjoined = body;
	struct child *worker = arg, *server;
	struct supervisor *sup = worker->supervisor;
	struct link *link;

	(void)fd;
	if ((server = supervisor_server(sup, unjoined->role)) == NULL)
		return VB_EBADMSG;
	link = child_link(worker, server->role);
	if (unjoined->fence == link->unjoined_fence ||
	    (unjoined->reason != UNJOINED_NONSENSE &&
		unjoined->reason != UNJOINED_LOST))
		return VB_EBADMSG;
	if (unjoined->fence != link->fence || !server->is_ready)
		return 0; /* another one is on its way already */
	link->unjoined_fence = unjoined->fence;
	if (unjoined->reason == UNJOINED_NONSENSE)
		return on_complaint(worker, server);
	log_info("worker %u has no channel to the %s: it gets another",
	    worker->index, child_name(server));
	link->is_wanted = 1;
	join_later(worker);
	return 0;
}

/* What the keeper says of the keys that a CONF_END brought. */
static int
on_kept(void *arg, const void *body, int *fd)
{
	const struct msg_kept *kept = body;
	struct child *keeper = arg;
	struct supervisor *sup = keeper->supervisor;
	const struct bundle *bundle =
	    sup->offered != NULL ? sup->offered : sup->bundle;
	char error[CONF_ERROR_MAX];

	(void)fd;
	if (!keeper->owes_kept || kept->generation != bundle->generation ||
	    !PROTO_IS_TEXT(kept->text) ||
	    kept->count != (kept->cert_id == 0 ? bundle->certs.count : 0))
		return VB_EBADMSG;
	keeper->owes_kept = 0;
	if (kept->cert_id == 0)
		memcpy(sup->ends_sec, kept->ends_sec, sizeof(sup->ends_sec));
	if (kept->cert_id != 0 &&
	    certs_describe(&bundle->certs, bundle->conf, kept->cert_id,
		kept->text, error) < 0)
		return VB_EBADMSG; /* there is no such certificate */
	if (sup->offered != NULL) {
		supervisor_end_offer(sup, kept->cert_id != 0 ? error : NULL);
	} else if (kept->cert_id != 0) {
		log_error("%s", error);
		/* at the start that is the whole reason of its end */
		keeper->is_retiring = !sup->has_started;
		child_cut_off(keeper);
	} else if (!sup->has_kept) {
		sup->has_kept = 1;
		supervisor_start_others(sup);
	}
	return 0;
}

static void
on_channel_closed(void *arg, int reason)
{
	struct child *child = arg;

	if (reason != VB_ECLOSED)
		log_error("%s pid=%d broke the protocol: %s; it is replaced",
		    child_name(child), (int)child->pid, vb_strerror(reason));
	child_cut_off(child);
}

static const struct ipc_ops worker_ops = {
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

static const struct ipc_ops broker_ops = {
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

static const struct ipc_ops keeper_ops = {
    .on =
	{
	    [MSG_READY] = on_ready,
	    [MSG_LOG] = on_log,
	    [MSG_KEPT] = on_kept,
	    [MSG_DROPPED] = on_dropped,
	    [MSG_ALIVE] = watchdog_on_alive,
	},
    .closed = on_channel_closed,
};

const struct ipc_ops *
reports_ops(enum proto_role role)
{
	static const struct {
		enum proto_role role;
		const struct ipc_ops *ops;
	} rows[] = {
	    {ROLE_WORKER, &worker_ops},
	    {ROLE_BROKER, &broker_ops},
	    {ROLE_KEEPER, &keeper_ops},
	};
	size_t i;

	for (i = 0; rows[i].role != role; i++)
		continue;
	return rows[i].ops;
}
