/* SPDX-License-Identifier: ISC */
/* The way to a target: from a name to its addresses, judged, and dialled. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/metrics.h"
#include "common/quota.h"
#include "daemon/broker/access.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/decider.h"
#include "daemon/broker/dial.h"
#include "daemon/broker/hook.h"
#include "daemon/broker/journal.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/own_host.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/reach.h"
#include "daemon/broker/policy.h"
#include "daemon/broker/reason.h"
#include "daemon/names/resolve.h"

/* By the access sections. It counts as one's, from then on. */
static int
is_granted(struct request *r, const struct addr *addr)
{
	char text[ADDR_TEXT_MAX], rule[DECIDER_TEXT_MAX];
	struct decider decider;
	const char *why, *full;

	switch (access_grants(r->conf, r->session, addr, &full)) {
	case ACCESS_GRANTED:
		return 1;
	case ACCESS_FULL:
		why = "max-sessions of its access section reached";
		r->is_full = 1;
		break;
	default:
		why = "no access section grants it";
		r->is_ungranted = 1;
		break;
	}
	decider_of_section(&decider, r->conf, full);
	journal_refused(r->session, "addr=%s why=\"%s\"%s",
	    addr_format(addr, text), why, decider_format(&decider, rule));
	return 0;
}

/* The entry that says no goes into the log with it. */
static const char *
format_why(const struct policy_why *why, char out[DECIDER_TEXT_MAX])
{
	struct decider decider;

	decider_of_policy(&decider, why);
	return decider_format(&decider, out);
}

static void
refuse_address(struct request *r, const struct addr *addr)
{
	char text[ADDR_TEXT_MAX];

	if (r->is_full) {
		request_refuse(r, CODE_TOO_MANY, addr, REQUEST_FULL);
		return;
	}
	if (r->is_ungranted)
		request_refuse_ungranted(r, addr);
	else
		request_refuse(r, CODE_NOT_ALLOWED, addr, "%s is not allowed",
		    addr_format(addr, text));
}

void
reach_refuse_in_use(struct request *r, const struct configured *t)
{
	if (access_may_tell(r->conf, r->session)) {
		request_refuse_in_use(r, t);
		return;
	}
	journal_refused(r->session,
	    "target=\"%s\" why=\"in use, and granted by no name\"",
	    t->conf.name);
	request_refuse_ungranted(r, NULL);
}

/* Of what is no configured target, the address counts. Refuses it then. */
static int
is_full(struct request *r, const struct addr *addr)
{
	uint32_t most = r->conf->start.settings.max_sessions_of_target;
	char text[ADDR_TEXT_MAX];

	if (most == 0 ||
	    lease_count_others(&r->broker->sessions, r->session, addr) < most)
		return 0;
	request_refuse_full(r, addr_format(addr, text), most);
	return 1;
}

static void
dial_succeeded(struct request *r, const struct dial_outcome *outcome)
{
	struct session *s = r->session;
	struct configured *t = s->configured;
	int fd = outcome->fd;

	if (request_begin_again(r)) {
		close(fd);
		return;
	}
	/* by now another address's section, which may have had a place */
	if (!is_granted(r, &outcome->addr)) {
		close(fd);
		refuse_address(r, &outcome->addr);
		return;
	}
	s->addr = outcome->addr;
	if (r->broker->is_audit_failing) {
		close(fd);
		(void)request_refuse_unrecorded(r);
		return;
	}
	/* A name's lease is that of the address that has won. */
	if (r->alias_of != NULL &&
	    session_set_target(s, s->target, &r->alias_of->conf.address) < 0) {
		close(fd);
		request_refuse_memory(r);
		return;
	}
	if (!r->is_target_named)
		t = lease_find(r->broker->conf, s);
	if (lease_take(s, t) < 0) {
		close(fd);
		reach_refuse_in_use(r, t);
		return;
	}
	if (t == NULL && is_full(r, &outcome->addr)) {
		close(fd);
		return;
	}
	if (t != NULL)
		t->down_sec = 0;
	request_end(r, 0, &outcome->addr, fd, "");
}

/* The board says so, until somebody reaches it. */
static void
note_down(const struct request *r)
{
	if (r->session->configured != NULL)
		r->session->configured->down_sec = (uint64_t)time(NULL);
}

static void
dial_failed(struct request *r, const struct dial_outcome *outcome)
{
	char reason[PROTO_REASON_MAX];
	uint32_t code;

	if (hook_takes(r, outcome->error))
		return;
	code = reason_of_dial(
	    outcome, r->conf->start.settings.connect_timeout_sec, reason);
	if (code == CODE_TOO_MANY)
		quota_log(LOG_LEVEL_ERROR, &r->session->client,
		    "dial error=\"%s\"", strerror(outcome->error));
	else
		note_down(r);
	request_end(r, code, &outcome->addr, -1, reason);
}

static void
on_dialled(void *arg, const struct dial_outcome *outcome)
{
	struct request *r = arg;

	r->dial = NULL;
	request_give_back(r);
	if (outcome->fd != -1)
		dial_succeeded(r, outcome);
	else
		dial_failed(r, outcome);
}

static void
refuse_too_many(struct request *r, const char *what)
{
	quota_log(LOG_LEVEL_WARN, &r->session->client,
	    "refused: too many %s under way", what);
	request_refuse(
	    r, CODE_TOO_MANY, NULL, "too many %s are under way now", what);
}

static void
start_dial(struct request *r, const struct addr *addrs, size_t count)
{
	unsigned sockets =
	    count < DIAL_SOCKETS_MAX ? (unsigned)count : DIAL_SOCKETS_MAX;

	r->asker = shares_find(&r->broker->shares, &r->session->client);
	if (r->asker == NULL) {
		request_refuse_memory(r);
		return;
	}
	if (share_take(&r->broker->shares, r->asker, &r->peer->sockets, sockets,
		r->broker->conf->start.worker_count) < 0) {
		refuse_too_many(r, "connections");
		return;
	}
	r->sockets = sockets;
	r->dial = dial_start(r->broker->base, addrs, count,
	    r->conf->start.settings.socket_buffer_bytes, r->deadline_ms,
	    on_dialled, r);
	if (r->dial == NULL)
		request_refuse_memory(r);
}

/* Also the v4 address in it, which something on the way may take it for. */
static int
is_own_host(const struct addr *addr)
{
	struct addr v4;

	return own_host_has(addr) ||
	    (addr_embedded_v4(addr, &v4) && own_host_has(&v4));
}

/*
 * True if the address may be dialled. is_literal tells that it is what the
 * client or the configuration wrote, and no name's.
 */
static int
is_allowed(struct request *r, const struct addr *addr, int is_literal)
{
	struct policy_question q;
	char text[ADDR_TEXT_MAX], rule[DECIDER_TEXT_MAX];
	struct policy_why why;

	memset(&q, 0, sizeof(q));
	q.addr = *addr;
	q.port = r->where.port;
	q.is_name_allowed = r->is_name_allowed;
	q.is_literal_target = is_literal && r->is_target_named;
	if (policy_needs_own_host(r->conf->policy, q.port))
		q.is_own_host = (uint8_t)is_own_host(addr);
	if (policy_check_addr(r->conf->policy, &q, &why) == POLICY_ALLOWED)
		return is_granted(r, addr);
	journal_refused(r->session, "addr=%s why=\"%s\"%s",
	    addr_format(addr, text), why.text, format_why(&why, rule));
	return 0;
}

/*
 * A name may lead to a configured target's address: its lease counts then too.
 * Returns 0, and the target, if the address must be left out, since it is a
 * target's that can have no more, or since the session has another's lease
 * already.
 */
static int
take_lease_of(
    struct request *r, struct configured *t, struct configured **in_use)
{
	if (r->is_target_named)
		return 1;
	if (t == NULL || (t->most == 0 && !lease_is_locked(t)) ||
	    t == r->session->configured)
		return 1;
	if (r->session->configured == NULL && lease_take(r->session, t) == 0)
		return 1;
	*in_use = t;
	return 0;
}

/*
 * The names that this one stands for: a deny entry covers them too, and what
 * is configured for one of them is not circumvented by another name for it.
 * Returns 0 if the request was refused.
 */
static int
check_aliases(struct request *r, const struct name_answer *answer)
{
	struct target where = r->where;
	char cut[REASON_NAME_MAX], rule[DECIDER_TEXT_MAX];
	struct policy_why why;
	size_t i;

	for (i = 0; i < answer->alias_count; i++) {
		memcpy(where.name, answer->aliases[i], sizeof(where.name));
		if (policy_check_alias(r->conf->policy, where.name, where.port,
			&why) == POLICY_DENIED) {
			journal_refused(r->session,
			    "name=%s stands-for=%s port=%u why=\"%s\"%s",
			    r->where.name, where.name, where.port, why.text,
			    format_why(&why, rule));
			request_refuse(r, CODE_NOT_ALLOWED, NULL,
			    "%s:%u is not allowed",
			    reason_name(r->where.name, cut), where.port);
			return 0;
		}
		if (r->tls_id == 0 && !r->has_own_name)
			r->tls_id = conf_tls_of_address(r->conf, &where);
	}
	return 1;
}

/* As take_lease_of(), by the names that this one stands for. */
static int
take_lease_of_aliases(struct request *r, const struct name_answer *answer,
    struct configured **in_use)
{
	struct target where = r->where;
	struct configured *t;
	size_t i;

	for (i = 0; i < answer->alias_count; i++) {
		memcpy(where.name, answer->aliases[i], sizeof(where.name));
		t = conf_find_address(r->broker->conf, &where);
		if (!take_lease_of(r, t, in_use))
			return 0;
		if (r->alias_of == NULL)
			r->alias_of = t;
	}
	return 1;
}

/* Judges each address, and dials those that may be. */
static void
dial_answer(struct request *r, const struct name_answer *answer)
{
	struct addr allowed[NAMES_ADDRS_MAX], denied = {0}, addr;
	struct configured *in_use = NULL;
	size_t i, n = 0;

	if (!check_aliases(r, answer))
		return;
	if (!take_lease_of_aliases(r, answer, &in_use)) {
		reach_refuse_in_use(r, in_use);
		return;
	}
	for (i = 0; i < answer->count; i++) {
		addr = answer->addrs[i];
		addr.port = r->where.port;
		if (!is_allowed(r, &addr, 0))
			denied = addr;
		else if (take_lease_of(r,
			     conf_find_addr(r->broker->conf, &addr, addr.port),
			     &in_use))
			allowed[n++] = addr;
	}
	if (n > 0)
		start_dial(r, allowed, n);
	else if (in_use != NULL)
		reach_refuse_in_use(r, in_use);
	else
		refuse_address(r, &denied);
}

static void
on_resolved(void *arg, enum resolve_status status,
    const struct name_answer *answer, const char *detail)
{
	struct request *r = arg;
	char reason[PROTO_REASON_MAX];
	uint32_t code;

	r->lookup = NULL;
	metrics_count(METRIC_LOOKUP_FOUND + (status - RESOLVE_OK));
	if (request_begin_again(r))
		return;
	if (status == RESOLVE_OK) {
		dial_answer(r, answer);
		return;
	}
	if (status == RESOLVE_NOT_FOUND &&
	    access_may_tell(r->conf, r->session) && hook_takes(r, ENOENT))
		return;
	note_down(r);
	code = reason_of_lookup(status, r->where.name, detail, reason);
	request_end(r, code, NULL, -1, reason);
}

static void
start_lookup(struct request *r)
{
	struct broker *b = r->broker;
	struct name_answer answer;
	struct asker *asker;

	if (names_find_host(b->hosts != NULL ? b->hosts : "", b->hosts_len,
		r->where.name, &answer) > 0) {
		on_resolved(r, RESOLVE_OK, &answer, NULL);
		return;
	}
	if ((asker = shares_find(&b->shares, &r->session->client)) == NULL) {
		request_refuse_memory(r);
		return;
	}
	if (asker->lookups >= SHARE_LOOKUPS_CLIENT ||
	    r->peer->lookups >= SHARE_LOOKUPS_WORKER) {
		refuse_too_many(r, "names");
		return;
	}
	r->lookup = resolver_start(b->resolver, r->where.name, r->deadline_ms,
	    (unsigned *[2]){&asker->lookups, &r->peer->lookups}, on_resolved,
	    r);
	if (r->lookup == NULL)
		request_refuse_memory(r);
}

static void
check_name(struct request *r)
{
	char name[REASON_NAME_MAX], rule[DECIDER_TEXT_MAX];
	struct policy_why why;

	switch (policy_check_name(r->conf->policy, r->where.name, r->where.port,
	    r->is_target_named, &why)) {
	case POLICY_ALLOWED:
		r->is_name_allowed = 1;
		break;
	case POLICY_UNDECIDED:
		break;
	case POLICY_DENIED:
		journal_refused(r->session, "name=%s port=%u why=\"%s\"%s",
		    r->where.name, r->where.port, why.text,
		    format_why(&why, rule));
		request_refuse(r, CODE_NOT_ALLOWED, NULL,
		    "%s:%u is not allowed", reason_name(r->where.name, name),
		    r->where.port);
		return;
	}
	start_lookup(r);
}

static void
check_literal(struct request *r)
{
	struct addr addr = r->where.addr;

	addr.port = r->where.port;
	if (is_allowed(r, &addr, 1))
		start_dial(r, &addr, 1);
	else
		refuse_address(r, &addr);
}

void
reach_begin(struct request *r)
{
	if (r->where.addr.family != ADDR_NONE)
		check_literal(r);
	else
		check_name(r);
}
