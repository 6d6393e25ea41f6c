/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/children/complaints.h"
#include "daemon/master/children/count.h"
#include "daemon/master/children/join.h"
#include "daemon/master/children/offer.h"
#include "daemon/master/children/reports.h"
#include "daemon/master/children/start.h"
#include "daemon/master/children/sources.h"
#include "daemon/master/children/supervisor.h"
#include "daemon/master/children/watchdog.h"

static void
check_started(struct supervisor *sup)
{
	const struct child *child;
	uint32_t i;

	if (sup->has_started)
		return;
	for (i = 0; (child = supervisor_child(sup, i)) != NULL; i++)
		if (child->is_wanted && !child->is_ready)
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
	    ((child->role & (ROLE_KEEPER | ROLE_AUTH)) != 0 &&
		child->owes_kept))
		return VB_EBADMSG;
	child->is_ready = 1;
	ipc_set_phase(child->ipc, PHASE_RUN);
	event_del(&child->restart_ev);
	log_debug("%s ready pid=%d", child_name(child), (int)child->pid);
	join_when_ready(child);
	if (child->role == ROLE_BROKER)
		sup->ops->broker_ready(sup->arg);
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
on_left(void *arg, const void *body, int *fd)
{
	const struct msg_left *left = body;
	struct child *child = arg;
	uint32_t i;
	int result = 0;

	(void)fd;
	if (left->count > LEFT_MAX)
		return VB_EBADMSG;
	for (i = 0; i < left->count && result == 0; i++)
		result = sources_give(
		    child->supervisor->sources, left->places[i], child->index);
	return result;
}

static int
on_load(void *arg, const void *body, int *fd)
{
	const struct msg_load *load = body;
	struct child *child = arg;
	struct supervisor *sup = child->supervisor;

	(void)fd;
	if (load->taken > child->handed - child->taken ||
	    load->ended > child->taken + load->taken - child->ended ||
	    sources_held(sup->sources, child->index) >
		child->handed - child->ended - load->ended)
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
		    !PROTO_IS_TEXT(listed->entries[i].user) ||
		    !PROTO_IS_TEXT(listed->entries[i].subject.name) ||
		    !PROTO_IS_TEXT(listed->entries[i].subject.others))
			return VB_EBADMSG;
	child->supervisor->ops->listed(child->supervisor->arg, listed);
	return 0;
}

static int
on_audit(void *arg, const void *body, int *fd)
{
	struct child *child = arg;
	struct supervisor *sup = child->supervisor;

	(void)fd;
	return sup->ops->audited(sup->arg, child->role, body);
}

/* What the keeper says of the keys that a CONF_END brought. */
static int
on_kept(void *arg, const void *body, int *fd)
{
	const struct msg_kept *kept = body;
	struct child *keeper = arg;
	struct supervisor *sup = keeper->supervisor;
	const struct bundle *bundle = supervisor_bundle_of(keeper);
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
	if (sup->offer_step == OFFER_KEEPER) {
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

/* What auth says of the users that a CONF_END brought. */
static int
on_known(void *arg, const void *body, int *fd)
{
	const struct msg_known *known = body;
	struct child *auth = arg;
	struct supervisor *sup = auth->supervisor;
	const struct bundle *bundle = supervisor_bundle_of(auth);
	char error[CONF_ERROR_MAX];

	(void)fd;
	if (!auth->owes_kept || known->generation != bundle->generation ||
	    !PROTO_IS_TEXT(known->text))
		return VB_EBADMSG;
	auth->owes_kept = 0;
	if (known->is_refused)
		bundle_describe(bundle->conf, known, error);
	if (sup->offer_step == OFFER_AUTH)
		supervisor_end_offer(sup, known->is_refused ? error : NULL);
	else if (known->is_refused) {
		log_error("%s", error);
		/* at the start that is the whole reason of its end */
		auth->is_retiring = !sup->has_started;
		child_cut_off(auth);
	}
	return 0;
}

static int
on_logins_are(void *arg, const void *body, int *fd)
{
	const struct msg_logins_are *are = body;
	struct child *child = arg;
	uint32_t i;

	(void)fd;
	if (are->count > AUTH_LOGINS_MAX)
		return VB_EBADMSG;
	for (i = 0; i < are->count; i++)
		if (!PROTO_IS_TEXT(are->entries[i].name) ||
		    !PROTO_IS_TEXT(are->entries[i].groups))
			return VB_EBADMSG;
	child->supervisor->ops->logins_are(child->supervisor->arg, are);
	return 0;
}

static int
on_expelled(void *arg, const void *body, int *fd)
{
	struct child *child = arg;

	(void)fd;
	child->supervisor->ops->expelled(child->supervisor->arg, body);
	return 0;
}

static int
on_groups(void *arg, const void *body, int *fd)
{
	const struct msg_groups *groups = body;
	struct child *child = arg;

	(void)fd;
	if (groups->state > GROUPS_ARE || !PROTO_IS_TEXT(groups->groups))
		return VB_EBADMSG;
	child->supervisor->ops->groups(child->supervisor->arg, groups);
	return 0;
}

static int
on_whyed(void *arg, const void *body, int *fd)
{
	const struct msg_whyed *whyed = body;
	struct child *child = arg;

	(void)fd;
	if (!PROTO_IS_TEXT(whyed->target) || !PROTO_IS_TEXT(whyed->reason) ||
	    !PROTO_IS_TEXT(whyed->rule) || !PROTO_IS_TEXT(whyed->why))
		return VB_EBADMSG;
	child->supervisor->ops->whyed(child->supervisor->arg, whyed);
	return 0;
}

static int
on_ordered(void *arg, const void *body, int *fd)
{
	const struct msg_ordered *ordered = body;
	struct child *child = arg;

	(void)fd;
	if (ordered->code >= ORDER_CODE_COUNT || ordered->scopes > ORDER_SCOPES)
		return VB_EBADMSG;
	child->supervisor->ops->ordered(child->supervisor->arg, ordered);
	return 0;
}

static int
on_targets_are(void *arg, const void *body, int *fd)
{
	const struct msg_targets_are *are = body;
	struct child *child = arg;
	uint32_t i;

	(void)fd;
	if (are->count > TARGETS_MAX || are->total > PROTO_TARGETS_MAX)
		return VB_EBADMSG;
	for (i = 0; i < are->count; i++)
		if (are->entries[i].mode >= LEASE_MODE_COUNT ||
		    !PROTO_IS_TEXT(are->entries[i].name) ||
		    !PROTO_IS_TEXT(are->entries[i].holder) ||
		    !PROTO_IS_TEXT(are->entries[i].lock_text))
			return VB_EBADMSG;
	child->supervisor->ops->targets_are(child->supervisor->arg, are);
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
	    [MSG_LEFT] = on_left,
	    [MSG_LOAD] = on_load,
	    [MSG_METRICS] = count_on_metrics,
	    [MSG_UNJOINED] = complaints_on_unjoined,
	    [MSG_ALIVE] = watchdog_on_alive,
	    [MSG_COUNTED] = count_on_counted,
	},
    .closed = on_channel_closed,
};

static const struct ipc_ops broker_ops = {
    .on =
	{
	    [MSG_READY] = on_ready,
	    [MSG_LOG] = on_log,
	    [MSG_LISTED] = on_listed,
	    [MSG_AUDIT] = on_audit,
	    [MSG_WHYED] = on_whyed,
	    [MSG_ORDERED] = on_ordered,
	    [MSG_TARGETS_ARE] = on_targets_are,
	    [MSG_DROPPED] = complaints_on_dropped,
	    [MSG_UNJOINED] = complaints_on_unjoined,
	    [MSG_ALIVE] = watchdog_on_alive,
	    [MSG_COUNTED] = count_on_counted,
	},
    .closed = on_channel_closed,
};

static const struct ipc_ops auth_ops = {
    .on =
	{
	    [MSG_READY] = on_ready,
	    [MSG_LOG] = on_log,
	    [MSG_KNOWN] = on_known,
	    [MSG_AUDIT] = on_audit,
	    [MSG_LOGINS_ARE] = on_logins_are,
	    [MSG_EXPELLED] = on_expelled,
	    [MSG_UNJOINED] = complaints_on_unjoined,
	    [MSG_GROUPS] = on_groups,
	    [MSG_DROPPED] = complaints_on_dropped,
	    [MSG_ALIVE] = watchdog_on_alive,
	    [MSG_COUNTED] = count_on_counted,
	},
    .closed = on_channel_closed,
};

/* fetch, pam and runner */
static const struct ipc_ops asked_ops = {
    .on =
	{
	    [MSG_READY] = on_ready,
	    [MSG_LOG] = on_log,
	    [MSG_DROPPED] = complaints_on_dropped,
	    [MSG_ALIVE] = watchdog_on_alive,
	    [MSG_COUNTED] = count_on_counted,
	},
    .closed = on_channel_closed,
};

static const struct ipc_ops keeper_ops = {
    .on =
	{
	    [MSG_READY] = on_ready,
	    [MSG_LOG] = on_log,
	    [MSG_KEPT] = on_kept,
	    [MSG_DROPPED] = complaints_on_dropped,
	    [MSG_ALIVE] = watchdog_on_alive,
	    [MSG_COUNTED] = count_on_counted,
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
	    {ROLE_AUTH, &auth_ops},
	    {ROLE_FETCH, &asked_ops},
	    {ROLE_PAM, &asked_ops},
	    {ROLE_RUNNER, &asked_ops},
	};
	size_t i;

	for (i = 0; rows[i].role != role; i++)
		continue;
	return rows[i].ops;
}
