/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tests/unit/supervise_rows.h"

static void
fill_version(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->ready.proto_version = PROTO_VERSION + 1;
}

static void
fill_level(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->log.level = 4;
}

static void
fill_endless_line(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	memset(body->log.line, 'a', sizeof(body->log.line));
}

static void
fill_dropped_lines(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->log.dropped = UINT32_MAX;
}

static void
fill_taken(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->load.taken = 1;
}

static void
fill_ended(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->load.ended = 1;
}

static void
fill_left(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->left.count = 1;
	body->left.places[0] = 1;
}

static void
fill_left_none(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->left.count = 1;
}

static void
fill_left_count(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->left.count = LEFT_MAX + 1;
}

static void
fill_wrap(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->load.taken = body->load.ended = UINT32_MAX;
}

static void
fill_no_reason(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fence;
	body->unjoined.role = ROLE_BROKER;
}

static void
fill_no_role(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fence;
	body->unjoined.reason = UNJOINED_LOST;
}

static void
fill_own_role(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fence;
	body->unjoined.reason = UNJOINED_LOST;
	body->unjoined.role = ROLE_WORKER;
}

/* The keeper's channel has another fence. */
static void
fill_others_role(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fence;
	body->unjoined.reason = UNJOINED_LOST;
	body->unjoined.role = ROLE_KEEPER;
}

static void
fill_kept(union proto_any *body, const struct fake *offender)
{
	body->kept.generation = offender->generation;
}

static void
fill_reason(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fence;
	body->unjoined.reason = UNJOINED_LOST + 1;
	body->unjoined.role = ROLE_BROKER;
}

static void
fill_no_fence(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->unjoined.reason = UNJOINED_NONSENSE;
	body->unjoined.role = ROLE_BROKER;
}

static void
fill_others_fence(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fence + 1000;
	body->unjoined.reason = UNJOINED_NONSENSE;
	body->unjoined.role = ROLE_BROKER;
}

static void
fill_nothing(union proto_any *body, const struct fake *offender)
{
	(void)body;
	(void)offender;
}

static void
fill_count(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->listed.count = PROTO_LIST_MAX + 1;
}

static void
fill_count_wrap(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->listed.count = UINT32_MAX;
}

static void
fill_endless_target(union proto_any *body, const struct fake *offender)
{
	struct list_entry *last = &body->listed.entries[PROTO_LIST_MAX - 1];

	(void)offender;
	body->listed.count = PROTO_LIST_MAX;
	memset(last->target, 'a', sizeof(last->target));
}

static void
fill_endless_subject(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->listed.count = 1;
	memset(body->listed.entries[0].subject.others, 'a',
	    sizeof(body->listed.entries[0].subject.others));
}

static void
fill_index(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.index = RIG_WORKERS;
	body->dropped.fence = rig.workers[0].fence;
	body->dropped.asker = ROLE_WORKER;
}

static void
fill_index_wrap(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.index = UINT32_MAX;
	body->dropped.fence = rig.workers[0].fence;
	body->dropped.asker = ROLE_WORKER;
}

static void
fill_unknown_dropped(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.fence = rig.workers[0].fence + 1000;
	body->dropped.asker = ROLE_WORKER;
}

/* The keeper's word counts for its own channel only. */
static void
fill_brokers_dropped(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.fence = rig.workers[0].fence;
	body->dropped.asker = ROLE_WORKER;
}

static void
fill_ready(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->ready.proto_version = PROTO_VERSION;
}

static void
fill_others_dropped(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	/* the fence of worker 1, with the index of worker 0 */
	body->dropped.fence = rig.workers[1].fence;
	body->dropped.asker = ROLE_WORKER;
}

/* Right but for who asks. */
static void
fill_no_asker(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.fence = rig.workers[0].fence;
}

static void
fill_broker_as_asker(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.fence = rig.workers[0].fence;
	body->dropped.asker = ROLE_BROKER;
}

/* The broker asks auth, and nobody else. */
static void
fill_unjoined_keeper(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->auth_fence;
	body->unjoined.reason = UNJOINED_LOST;
	body->unjoined.role = ROLE_KEEPER;
}

static void
fill_unjoined_broker(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->auth_fence;
	body->unjoined.reason = UNJOINED_LOST;
	body->unjoined.role = ROLE_BROKER;
}

static void
fill_unjoined_auth_reason(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->auth_fence;
	body->unjoined.reason = UNJOINED_LOST + 1;
	body->unjoined.role = ROLE_AUTH;
}

static void
fill_unjoined_no_fence(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->unjoined.reason = UNJOINED_NONSENSE;
	body->unjoined.role = ROLE_AUTH;
}

static void
fill_unjoined_stale(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->auth_fence + 1000;
	body->unjoined.reason = UNJOINED_NONSENSE;
	body->unjoined.role = ROLE_AUTH;
}

static void
fill_unjoined_fetch_stale(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fetch_fence + 1000;
	body->unjoined.reason = UNJOINED_NONSENSE;
	body->unjoined.role = ROLE_FETCH;
}

static void
fill_endless_user(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->listed.count = 1;
	memset(body->listed.entries[0].user, 'a',
	    sizeof(body->listed.entries[0].user));
}

static void
fill_endless_whyed(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	memset(body->whyed.why, 'a', sizeof(body->whyed.why));
}

static void
fill_audit(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->audit.kind = AUDIT_REFUSE;
}

static void
fill_ordered_code(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->ordered.code = ORDER_CODE_COUNT;
}

static void
fill_ordered_scopes(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->ordered.scopes = ORDER_SCOPES + 1;
}

static void
fill_targets_count(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->targets_are.count = TARGETS_MAX + 1;
}

static void
fill_targets_total(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->targets_are.total = PROTO_TARGETS_MAX + 1;
}

static void
fill_targets_mode(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->targets_are.count = 1;
	body->targets_are.entries[0].mode = LEASE_MODE_COUNT;
}

static void
fill_endless_holder(union proto_any *body, const struct fake *offender)
{
	struct target_entry *entry =
	    &body->targets_are.entries[TARGETS_MAX - 1];

	(void)offender;
	body->targets_are.count = TARGETS_MAX;
	memset(entry->holder, 'a', sizeof(entry->holder));
}

static void
fill_endless_lock(union proto_any *body, const struct fake *offender)
{
	struct target_entry *entry = &body->targets_are.entries[0];

	(void)offender;
	body->targets_are.count = 1;
	memset(entry->lock_text, 'a', sizeof(entry->lock_text));
}

const struct supervise_row supervise_rows[] = {
    {ROLE_WORKER, MSG_LOG, "a level that is none", fill_level, REPLACED},
    {ROLE_WORKER, MSG_LOG, "a line without an end", fill_endless_line,
	REPLACED},
    {ROLE_WORKER, MSG_LOG, "all lines are lost", fill_dropped_lines, PASSED},
    {ROLE_WORKER, MSG_LOAD, "took what it was not given", fill_taken, REPLACED},
    {ROLE_WORKER, MSG_LOAD, "ended what it did not take", fill_ended, REPLACED},
    {ROLE_WORKER, MSG_LOAD, "counts that wrap", fill_wrap, REPLACED},
    {ROLE_WORKER, MSG_LEFT, "a place that nobody has", fill_left, REPLACED},
    {ROLE_WORKER, MSG_LEFT, "no place", fill_left_none, REPLACED},
    {ROLE_WORKER, MSG_LEFT, "more than fit", fill_left_count, REPLACED},
    {ROLE_WORKER, MSG_LEFT, "of none", fill_nothing, PASSED},
    {ROLE_WORKER, MSG_UNJOINED, "no reason", fill_no_reason, REPLACED},
    {ROLE_WORKER, MSG_UNJOINED, "a reason that is none", fill_reason, REPLACED},
    {ROLE_WORKER, MSG_UNJOINED, "of no PEER", fill_no_fence, REPLACED},
    {ROLE_WORKER, MSG_UNJOINED, "of another PEER", fill_others_fence, PASSED},
    {ROLE_WORKER, MSG_UNJOINED, "of no role", fill_no_role, REPLACED},
    {ROLE_WORKER, MSG_UNJOINED, "of a worker", fill_own_role, REPLACED},
    {ROLE_WORKER, MSG_UNJOINED, "of the other channel", fill_others_role,
	PASSED},
    {ROLE_WORKER, MSG_ALIVE, "nobody asked", fill_nothing, REPLACED},
    {ROLE_WORKER, MSG_COUNTED, "nobody asked", fill_nothing, REPLACED},
    {ROLE_WORKER, MSG_METRICS, "of no number", fill_nothing, PASSED},
    {ROLE_BROKER, MSG_LOG, "a level that is none", fill_level, REPLACED},
    {ROLE_BROKER, MSG_LOG, "a line without an end", fill_endless_line,
	REPLACED},
    {ROLE_BROKER, MSG_LISTED, "more than fit", fill_count, REPLACED},
    {ROLE_BROKER, MSG_LISTED, "a count that wraps", fill_count_wrap, REPLACED},
    {ROLE_BROKER, MSG_LISTED, "a text without an end", fill_endless_target,
	REPLACED},
    {ROLE_BROKER, MSG_LISTED, "a subject without an end", fill_endless_subject,
	REPLACED},
    {ROLE_BROKER, MSG_LISTED, "a user without an end", fill_endless_user,
	REPLACED},
    {ROLE_BROKER, MSG_AUDIT, "what audit_hear() refuses", fill_nothing,
	REPLACED},
    {ROLE_BROKER, MSG_AUDIT, "what audit_hear() takes", fill_audit, PASSED},
    {ROLE_BROKER, MSG_WHYED, "words without an end", fill_endless_whyed,
	REPLACED},
    {ROLE_BROKER, MSG_WHYED, "nobody asked", fill_nothing, PASSED},
    {ROLE_BROKER, MSG_ORDERED, "a code that is none", fill_ordered_code,
	REPLACED},
    {ROLE_BROKER, MSG_ORDERED, "a scope that is none", fill_ordered_scopes,
	REPLACED},
    {ROLE_BROKER, MSG_ORDERED, "nobody asked", fill_nothing, PASSED},
    {ROLE_BROKER, MSG_TARGETS_ARE, "more than fit", fill_targets_count,
	REPLACED},
    {ROLE_BROKER, MSG_TARGETS_ARE, "more than may be", fill_targets_total,
	REPLACED},
    {ROLE_BROKER, MSG_TARGETS_ARE, "a mode that is none", fill_targets_mode,
	REPLACED},
    {ROLE_BROKER, MSG_TARGETS_ARE, "a holder without an end",
	fill_endless_holder, REPLACED},
    {ROLE_BROKER, MSG_TARGETS_ARE, "a text without an end", fill_endless_lock,
	REPLACED},
    {ROLE_BROKER, MSG_TARGETS_ARE, "nobody asked", fill_nothing, PASSED},
    {ROLE_BROKER, MSG_UNJOINED, "of the keeper", fill_unjoined_keeper,
	REPLACED},
    {ROLE_BROKER, MSG_UNJOINED, "of itself", fill_unjoined_broker, REPLACED},
    {ROLE_BROKER, MSG_UNJOINED, "a reason that is none",
	fill_unjoined_auth_reason, REPLACED},
    {ROLE_BROKER, MSG_UNJOINED, "of no PEER", fill_unjoined_no_fence, REPLACED},
    {ROLE_BROKER, MSG_UNJOINED, "of another PEER", fill_unjoined_stale, PASSED},
    {ROLE_BROKER, MSG_DROPPED, "no such worker", fill_index, REPLACED},
    {ROLE_BROKER, MSG_DROPPED, "an index that wraps", fill_index_wrap,
	REPLACED},
    {ROLE_BROKER, MSG_DROPPED, "of no asker", fill_no_asker, REPLACED},
    {ROLE_BROKER, MSG_DROPPED, "of itself", fill_broker_as_asker, REPLACED},
    {ROLE_BROKER, MSG_DROPPED, "of no PEER", fill_nothing, REPLACED},
    {ROLE_BROKER, MSG_DROPPED, "of a PEER that never was", fill_unknown_dropped,
	PASSED},
    {ROLE_BROKER, MSG_DROPPED, "of another's PEER", fill_others_dropped,
	PASSED},
    {ROLE_BROKER, MSG_ALIVE, "nobody asked", fill_nothing, REPLACED},
    {ROLE_BROKER, MSG_COUNTED, "nobody asked", fill_nothing, REPLACED},
    {ROLE_KEEPER, MSG_LOG, "a level that is none", fill_level, REPLACED},
    {ROLE_KEEPER, MSG_KEPT, "nobody asked", fill_kept, REPLACED},
    {ROLE_KEEPER, MSG_DROPPED, "no such worker", fill_index, REPLACED},
    {ROLE_KEEPER, MSG_DROPPED, "of the broker", fill_broker_as_asker, REPLACED},
    {ROLE_KEEPER, MSG_DROPPED, "of the broker's PEER", fill_brokers_dropped,
	PASSED},
    {ROLE_KEEPER, MSG_ALIVE, "nobody asked", fill_nothing, REPLACED},
    {ROLE_KEEPER, MSG_COUNTED, "nobody asked", fill_nothing, REPLACED},
    {ROLE_KEEPER, MSG_READY, "before KEPT", fill_ready, REPLACED},
    {ROLE_WORKER, MSG_UNJOINED, "of fetch", fill_unjoined_fetch_stale,
	REPLACED},
    /* READY is for PHASE_SETUP: the last row of each role */
    {ROLE_WORKER, MSG_READY, "another version", fill_version, REPLACED},
    {ROLE_BROKER, MSG_READY, "another version", fill_version, REPLACED},
};

const size_t supervise_row_count =
    sizeof(supervise_rows) / sizeof(supervise_rows[0]);
