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
fill_nothing(union proto_any *body, const struct fake *offender)
{
	(void)body;
	(void)offender;
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

static void
fill_two_askers(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.fence = rig.workers[0].auth_fence;
	body->dropped.asker = ROLE_BROKER | ROLE_WORKER;
}

/* There is one broker. */
static void
fill_second_broker(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.fence = rig.broker.auth_fence;
	body->dropped.asker = ROLE_BROKER;
	body->dropped.index = 1;
}

static void
fill_brokers_fence(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.fence = rig.broker.auth_fence;
	body->dropped.asker = ROLE_WORKER;
}

static void
fill_workers_fence(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.fence = rig.workers[0].auth_fence;
	body->dropped.asker = ROLE_BROKER;
}

static void
fill_unjoined_broker(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->auth_fence;
	body->unjoined.reason = UNJOINED_LOST;
	body->unjoined.role = ROLE_BROKER;
}

/* auth asks fetch, and nobody else. */
static void
fill_unjoined_auth(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fetch_fence;
	body->unjoined.reason = UNJOINED_LOST;
	body->unjoined.role = ROLE_AUTH;
}

static void
fill_unjoined_fetch_reason(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fetch_fence;
	body->unjoined.role = ROLE_FETCH;
}

static void
fill_unjoined_fetch_stale(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fetch_fence + 1000;
	body->unjoined.reason = UNJOINED_NONSENSE;
	body->unjoined.role = ROLE_FETCH;
}

static void
fill_auth_as_asker(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.index = 1;
	body->dropped.fence = 1;
	body->dropped.asker = ROLE_AUTH;
}

static void
fill_auth_stale(union proto_any *body, const struct fake *offender)
{
	body->dropped.fence = offender->fetch_fence + 1000;
	body->dropped.asker = ROLE_AUTH;
}

static void
fill_known(union proto_any *body, const struct fake *offender)
{
	body->known.generation = offender->generation;
}

static void
fill_logins_count(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->logins_are.count = AUTH_LOGINS_MAX + 1;
}

static void
fill_logins_count_wrap(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->logins_are.count = UINT32_MAX;
}

static void
fill_endless_name(union proto_any *body, const struct fake *offender)
{
	struct login_entry *last =
	    &body->logins_are.entries[AUTH_LOGINS_MAX - 1];

	(void)offender;
	body->logins_are.count = AUTH_LOGINS_MAX;
	memset(last->name, 'a', sizeof(last->name));
}

static void
fill_endless_groups(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->logins_are.count = 1;
	memset(body->logins_are.entries[0].groups, 'a',
	    sizeof(body->logins_are.entries[0].groups));
}

static void
fill_state(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->groups.state = GROUPS_ARE + 1;
}

static void
fill_many_groups(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	memset(body->groups.groups, 'a', sizeof(body->groups.groups));
}

const struct supervise_row supervise_rows_auth[] = {
    {ROLE_AUTH, MSG_LOG, "a level that is none", fill_level, REPLACED},
    {ROLE_AUTH, MSG_KNOWN, "nobody asked", fill_known, REPLACED},
    {ROLE_AUTH, MSG_LOGINS_ARE, "more than fit", fill_logins_count, REPLACED},
    {ROLE_AUTH, MSG_LOGINS_ARE, "a count that wraps", fill_logins_count_wrap,
	REPLACED},
    {ROLE_AUTH, MSG_LOGINS_ARE, "a name without an end", fill_endless_name,
	REPLACED},
    {ROLE_AUTH, MSG_LOGINS_ARE, "groups without an end", fill_endless_groups,
	REPLACED},
    {ROLE_AUTH, MSG_AUDIT, "what audit_hear() refuses", fill_nothing, REPLACED},
    {ROLE_AUTH, MSG_EXPELLED, "nobody asked", fill_nothing, PASSED},
    {ROLE_AUTH, MSG_GROUPS, "nobody asked", fill_nothing, PASSED},
    {ROLE_AUTH, MSG_GROUPS, "a state that is none", fill_state, REPLACED},
    {ROLE_AUTH, MSG_GROUPS, "groups without an end", fill_many_groups,
	REPLACED},
    {ROLE_AUTH, MSG_DROPPED, "no such worker", fill_index, REPLACED},
    {ROLE_AUTH, MSG_DROPPED, "of no asker", fill_no_asker, REPLACED},
    {ROLE_AUTH, MSG_DROPPED, "of two askers", fill_two_askers, REPLACED},
    {ROLE_AUTH, MSG_DROPPED, "of no PEER", fill_nothing, REPLACED},
    {ROLE_AUTH, MSG_DROPPED, "of a second broker", fill_second_broker,
	REPLACED},
    {ROLE_AUTH, MSG_DROPPED, "of the broker's PEER as a worker's",
	fill_brokers_fence, PASSED},
    {ROLE_AUTH, MSG_DROPPED, "of a worker's PEER as the broker's",
	fill_workers_fence, PASSED},
    {ROLE_AUTH, MSG_ALIVE, "nobody asked", fill_nothing, REPLACED},
    {ROLE_AUTH, MSG_COUNTED, "nobody asked", fill_nothing, REPLACED},
    {ROLE_AUTH, MSG_UNJOINED, "of itself", fill_unjoined_auth, REPLACED},
    {ROLE_AUTH, MSG_UNJOINED, "of the broker", fill_unjoined_broker, REPLACED},
    {ROLE_AUTH, MSG_UNJOINED, "no reason", fill_unjoined_fetch_reason,
	REPLACED},
    {ROLE_AUTH, MSG_UNJOINED, "of another PEER", fill_unjoined_fetch_stale,
	PASSED},
    {ROLE_FETCH, MSG_LOG, "a level that is none", fill_level, REPLACED},
    {ROLE_FETCH, MSG_DROPPED, "a second auth", fill_auth_as_asker, REPLACED},
    {ROLE_FETCH, MSG_DROPPED, "of the broker", fill_broker_as_asker, REPLACED},
    {ROLE_FETCH, MSG_DROPPED, "of a worker", fill_others_dropped, REPLACED},
    {ROLE_FETCH, MSG_DROPPED, "of no PEER", fill_nothing, REPLACED},
    {ROLE_FETCH, MSG_DROPPED, "of another PEER", fill_auth_stale, PASSED},
    {ROLE_FETCH, MSG_READY, "of another version", fill_version, REPLACED},
    {ROLE_FETCH, MSG_ALIVE, "nobody asked", fill_nothing, REPLACED},
    {ROLE_FETCH, MSG_COUNTED, "nobody asked", fill_nothing, REPLACED},
    {ROLE_AUTH, MSG_READY, "before KNOWN", fill_ready, REPLACED},
};

const size_t supervise_row_auth_count =
    sizeof(supervise_rows_auth) / sizeof(supervise_rows_auth[0]);
