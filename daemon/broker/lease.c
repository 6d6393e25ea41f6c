/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/broker/broker.h"
#include "daemon/broker/hooks.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/reason.h"

#define SECONDS_OF_DAY 86400
#define DAY_MAX	       48 /* whatever a year may be */
#define OTHERS_MAX     32
#define TM_YEAR_BASE   1900

int
lease_is_locked(const struct configured *t)
{
	return t->lease != NULL && t->lease->is_locked;
}

int
lease_is_unknown(const struct session *s, const struct configured *t)
{
	return s->broker->unheard_count > 0 && TAILQ_EMPTY(&t->holders) &&
	    !lease_is_locked(t);
}

int
lease_has_room(const struct session *s, const struct configured *t)
{
	unsigned used;

	if (t == NULL)
		return 1;
	if (lease_is_locked(t))
		return 0;
	if (t->most == 0 || s->is_invited || s->is_watching ||
	    s->configured == t)
		return 1;
	if (s->broker->unheard_count > 0)
		return 0; /* who has it is not known yet */
	if (t->lease != NULL && leases_has_kept_for(t->lease, s))
		return 1;
	used = t->holder_count;
	if (t->lease != NULL)
		used += leases_owed(t->lease, s);
	return used < t->most;
}

int
lease_take(struct session *s, struct configured *t)
{
	int had_it = s->configured == t;

	if (!lease_has_room(s, t))
		return VB_EFULL;
	lease_share(s, t);
	if (t != NULL && t->lease != NULL && !had_it)
		leases_take_kept(&s->broker->leases, t->lease, s);
	return 0;
}

/* They are in a list of their own, wherever their target has gone. */
static void
add_watcher(struct session *s, struct configured *t)
{
	TAILQ_INSERT_TAIL(&s->broker->watchers, s, of_target);
	s->configured = t;
	if (t != NULL)
		t->watcher_count++;
}

static void
drop_watcher(struct session *s)
{
	struct configured *t = s->configured;

	TAILQ_REMOVE(&s->broker->watchers, s, of_target);
	s->configured = NULL;
	if (t == NULL)
		return;
	t->watcher_count--;
	hooks_left(s->broker, t, 1); /* somebody was there */
}

void
lease_share(struct session *s, struct configured *t)
{
	lease_drop(s);
	s->is_leasing = 1;
	if (s->is_watching) {
		add_watcher(s, t);
		return;
	}
	if (t == NULL)
		return;
	s->configured = t;
	if (s->fence == 0)
		s->fence = leases_next_fence(&s->broker->leases);
	TAILQ_INSERT_TAIL(&t->holders, s, of_target);
	t->holder_count++;
	if (s->is_open)
		t->open_count++;
}

void
lease_drop(struct session *s)
{
	struct configured *t = s->configured;
	int was_leasing = s->is_leasing;

	s->is_leasing = 0;
	if (s->is_watching && was_leasing) {
		drop_watcher(s);
		return;
	}
	if (t == NULL)
		return;
	if (t->watcher_count > 0) /* nobody looks on at what nobody does */
		event_active(&s->broker->watch_ev, EV_TIMEOUT, 0);
	TAILQ_REMOVE(&t->holders, s, of_target);
	t->holder_count--;
	if (s->is_open)
		t->open_count--;
	s->configured = NULL;
	leases_wake(&s->broker->leases, t->lease);
	hooks_left(s->broker, t, s->is_open);
}

void
lease_open(struct session *s)
{
	if (s->configured == NULL || s->is_watching)
		return;
	s->configured->open_count++;
	hooks_opened(s->broker, s->configured);
	/* who waits may ask it now */
	leases_wake(&s->broker->leases, s->configured->lease);
}

struct configured *
lease_find(const struct conf *conf, const struct session *s)
{
	struct configured *t = NULL;
	struct target where;

	if (s->where != NULL && target_parse_canonical(s->where, &where) == 0)
		t = conf_find_address(conf, &where);
	if (t == NULL && s->addr.family != ADDR_NONE)
		t = conf_find_addr(conf, &s->addr, s->addr.port);
	if (t == NULL && (t = conf_find_name(conf, s->target)) != NULL &&
	    s->where != NULL && t->conf.address.addr.family != ADDR_NONE)
		t = NULL; /* that name means another desktop now */
	return t;
}

void
lease_move_all(const struct session_table *table, const struct conf *to)
{
	struct session *s;

	/* By rising id, which is by age, as holders wants it. */
	for (s = session_first(table); s != NULL; s = session_next(s)) {
		if (s->is_leasing)
			lease_share(s, lease_find(to, s));
	}
}

size_t
lease_count_others(const struct session_table *table, const struct session *s,
    const struct addr *addr)
{
	struct session *other;
	size_t n = 0;

	for (other = session_first(table); other != NULL;
	     other = session_next(other))
		n += other != s && other->is_open &&
		    addr_is_same_endpoint(&other->addr, addr);
	return n;
}

const char *
lease_name(const struct session *s, char out[LEASE_NAME_MAX])
{
	char ip[ADDR_TEXT_MAX];

	strlcpy(out,
	    s->login != NULL && s->login->name[0] != '\0'
		? s->login->name
		: addr_format_ip(&s->client, ip),
	    LEASE_NAME_MAX);
	return out;
}

struct session *
lease_holder(const struct configured *t)
{
	struct session *s;

	TAILQ_FOREACH (s, &t->holders, of_target)
		if (s->is_open && !s->is_expelled)
			return s;
	return NULL;
}

static void
format_holder(
    const struct configured *t, uint64_t now_sec, char *out, size_t size)
{
	const struct session *holder = TAILQ_FIRST(&t->holders);
	time_t since = (time_t)holder->since_sec;
	char name[LEASE_NAME_MAX], day[DAY_MAX], more[OTHERS_MAX] = "";
	struct tm tm;
	int n = 0;

	/* no strftime(3): it would look for a time zone file */
	if (gmtime_r(&since, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	if (now_sec - holder->since_sec >= SECONDS_OF_DAY)
		n = snprintf(day, sizeof(day), "%04d-%02d-%02d ",
		    tm.tm_year + TM_YEAR_BASE, tm.tm_mon + 1, tm.tm_mday);
	day[n] = '\0';
	if (t->holder_count > 1)
		snprintf(more, sizeof(more), ", and by %u more",
		    t->holder_count - 1);
	snprintf(out, size, "in use by %.40s since %s%02d:%02d UTC%s",
	    lease_name(holder, name), day, tm.tm_hour, tm.tm_min, more);
}

uint32_t
lease_refusal(
    const struct configured *t, uint64_t now_sec, char reason[PROTO_REASON_MAX])
{
	char name[REASON_NAME_MAX];

	if (lease_is_locked(t)) {
		snprintf(reason, PROTO_REASON_MAX, "%s is locked%s%.*s",
		    reason_name(t->conf.name, name),
		    t->lease->lock_text[0] == '\0' ? "" : ": ",
		    ORDER_REASON_MAX, t->lease->lock_text);
		reason_mend(reason);
		return CODE_LOCKED;
	}
	if (t->conf.mode != LEASE_MODE_SHARE) {
		if (TAILQ_EMPTY(&t->holders))
			strlcpy(reason,
			    "kept for somebody who was there "
			    "before you",
			    PROTO_REASON_MAX);
		else
			format_holder(t, now_sec, reason, PROTO_REASON_MAX);
		return CODE_IN_USE;
	}
	return lease_refusal_full(t->conf.name, t->most, reason);
}

uint32_t
lease_refusal_full(
    const char *target, uint32_t most, char reason[PROTO_REASON_MAX])
{
	char name[REASON_NAME_MAX];

	snprintf(reason, PROTO_REASON_MAX,
	    "%s has as many viewers as it may have (%u)",
	    reason_name(target, name), most);
	return CODE_TOO_MANY;
}
