/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/quota.h"
#include "common/clock.h"
#include "daemon/broker/authority.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/dial.h"
#include "daemon/broker/journal.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/policy.h"
#include "daemon/broker/reason.h"
#include "daemon/broker/request.h"
#include "daemon/broker/resolve.h"

/* Names that c-ares may have at a time for one worker, cancelled ones too. */
#define LOOKUPS_MAX 1024

struct request {
	TAILQ_ENTRY(request) entry; /* of broker->waiting */
	struct broker *broker;
	struct peer *peer;
	struct session *session;
	struct conf *conf;	     /* NULL while it waits */
	struct presented *presented; /* owned; NULL: no certificate */
	struct addr local;	     /* the listener that it came to */
	struct lookup *lookup;
	struct dial *dial;
	uint64_t deadline_ms;
	uint8_t is_waiting;
	uint8_t is_name_allowed;
	uint8_t is_target_named; /* a configured target, by what it wrote */
	uint8_t has_own_name;	 /* by its name, not by its address */
	uint32_t tls_id;	 /* of what it wrote */
	struct target where;
	char text[TARGET_TEXT_MAX]; /* what the client wrote */
};

static void request_begin(struct request *r);

static void
request_free(struct request *r)
{
	if (r->is_waiting)
		TAILQ_REMOVE(&r->broker->waiting, r, entry);
	lookup_cancel(r->lookup);
	dial_cancel(r->dial);
	r->session->request = NULL;
	presented_free(r->presented);
	conf_unref(r->conf);
	free(r);
}

/* Not to be got round by an address, or by a name that leads to one. */
static uint32_t
tls_of(const struct request *r, const struct addr *addr)
{
	if (r->has_own_name || r->tls_id != 0)
		return r->tls_id;
	return conf_tls_of_addr(r->conf, addr);
}

/*
 * Answers, and ends the request. **Takes** fd. A code that is not 0 ends
 * the session too.
 */
static void
request_end(struct request *r, uint32_t code, const struct addr *addr, int fd,
    const char *reason)
{
	struct session *s = r->session;
	struct broker *b = r->broker;
	struct peer *peer = r->peer;
	struct msg_opened opened;

	memset(&opened, 0, sizeof(opened));
	opened.conn_id = s->conn_id;
	opened.code = code;
	if (addr != NULL)
		opened.addr = *addr;
	if (code == 0) {
		opened.tls_id = tls_of(r, addr);
		conf_fill_greeting(r->conf, s->configured, &opened);
	}
	if (s->target != NULL)
		snprintf(opened.target, sizeof(opened.target), "%s", s->target);
	else
		log_escape(r->text, strlen(r->text), opened.target,
		    sizeof(opened.target));
	snprintf(opened.reason, sizeof(opened.reason), "%s", reason);
	if (s->subject != NULL)
		opened.subject = *s->subject;
	journal_answered(s, opened.target, code, reason);
	request_free(r);
	if (code == 0)
		session_set_open(&b->sessions, s);
	else
		peer_remove_session(peer, s);
	peer_send_opened(peer, &opened, fd);
}

static void VB_PRINTF(4, 5) request_refuse(struct request *r, uint32_t code,
    const struct addr *addr, const char *fmt, ...)
{
	char reason[PROTO_REASON_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	request_end(r, code, addr, -1, reason);
}

static void
refuse_without_memory(struct request *r)
{
	request_refuse(r, CODE_TOO_MANY, NULL, "the bridge is out of memory");
}

static void
refuse_in_use(struct request *r, const struct configured *t)
{
	char reason[PROTO_REASON_MAX];

	lease_format_holder(t, (uint64_t)time(NULL), reason, sizeof(reason));
	request_end(r, CODE_IN_USE, NULL, -1, reason);
}

/*
 * A reload has come meanwhile: what was allowed when it began, and whom its
 * certificate named, is asked again. Returns 1 if so.
 */
static int
begin_again(struct request *r)
{
	if (r->conf == r->broker->conf)
		return 0;
	conf_unref(r->conf);
	session_clear_subject(r->session);
	request_begin(r);
	return 1;
}

static void
dial_succeeded(struct request *r, const struct dial_outcome *outcome)
{
	struct session *s = r->session;
	struct configured *t = s->configured;
	int fd = outcome->fd;

	if (begin_again(r)) {
		close(fd);
		return;
	}
	s->addr = outcome->addr;
	/* A name's lease is that of the address that has won. */
	if (!r->is_target_named)
		t = lease_find(r->broker->conf, s);
	if (lease_take(s, t) < 0) {
		close(fd);
		refuse_in_use(r, t);
		return;
	}
	request_end(r, 0, &outcome->addr, fd, "");
}

static void
dial_failed(struct request *r, const struct dial_outcome *outcome)
{
	char reason[PROTO_REASON_MAX];
	uint32_t code = reason_of_dial(
	    outcome, r->conf->start.settings.connect_timeout_sec, reason);

	if (code == CODE_TOO_MANY)
		quota_log(LOG_LEVEL_ERROR, &r->session->client,
		    "dial error=\"%s\"", strerror(outcome->error));
	request_end(r, code, &outcome->addr, -1, reason);
}

static void
on_dialled(void *arg, const struct dial_outcome *outcome)
{
	struct request *r = arg;

	r->dial = NULL;
	if (outcome->fd != -1)
		dial_succeeded(r, outcome);
	else
		dial_failed(r, outcome);
}

static void
start_dial(struct request *r, const struct addr *addrs, size_t count)
{
	r->dial = dial_start(r->broker->base, addrs, count,
	    r->conf->start.settings.socket_buffer_bytes, r->deadline_ms,
	    on_dialled, r);
	if (r->dial == NULL)
		refuse_without_memory(r);
}

/*
 * True if the address may be dialled. is_literal tells that it is what the
 * client or the configuration wrote, and no name's.
 */
static int
is_allowed(struct request *r, const struct addr *addr, int is_literal)
{
	struct policy_question q;
	char text[ADDR_TEXT_MAX];
	const char *why;

	memset(&q, 0, sizeof(q));
	q.addr = *addr;
	q.port = r->where.port;
	q.is_name_allowed = r->is_name_allowed;
	q.is_literal_target = is_literal && r->is_target_named;
	if (policy_needs_own_host(r->conf->policy, q.port))
		q.is_own_host = (uint8_t)dial_is_own_host(addr);
	if (policy_check_addr(r->conf->policy, &q, &why) == POLICY_ALLOWED)
		return 1;
	journal_refused(
	    r->session, "addr=%s why=\"%s\"", addr_format(addr, text), why);
	return 0;
}

/*
 * A name may lead to a configured target's address: its lease counts then
 * too. Returns 0, and the target, if the address must be left out, since it
 * is an exclusive target's that somebody holds, or since the session has
 * another's lease already.
 */
static int
take_lease_of_addr(
    struct request *r, const struct addr *addr, struct configured **in_use)
{
	struct configured *t;

	if (r->is_target_named)
		return 1;
	t = conf_find_addr(r->broker->conf, addr, addr->port);
	if (t == NULL || !t->conf.is_exclusive || t == r->session->configured)
		return 1;
	if (r->session->configured == NULL && lease_take(r->session, t) == 0)
		return 1;
	*in_use = t;
	return 0;
}

static void
on_resolved(void *arg, enum resolve_status status, const struct addr *addrs,
    size_t count, const char *detail)
{
	struct request *r = arg;
	struct addr allowed[RESOLVE_ADDRS_MAX], denied = {0};
	struct configured *in_use = NULL;
	char text[ADDR_TEXT_MAX], reason[PROTO_REASON_MAX];
	uint32_t code;
	size_t i, n = 0;

	r->lookup = NULL;
	if (begin_again(r))
		return;
	if (status != RESOLVE_OK) {
		code = reason_of_lookup(status, r->where.name, detail, reason);
		request_end(r, code, NULL, -1, reason);
		return;
	}
	for (i = 0; i < count; i++) {
		allowed[n] = addrs[i];
		allowed[n].port = r->where.port;
		if (!is_allowed(r, &allowed[n], 0))
			denied = allowed[n];
		else if (take_lease_of_addr(r, &allowed[n], &in_use))
			n++;
	}
	if (n > 0)
		start_dial(r, allowed, n);
	else if (in_use != NULL)
		refuse_in_use(r, in_use);
	else
		request_refuse(r, CODE_NOT_ALLOWED, &denied,
		    "%s is not allowed", addr_format(&denied, text));
}

static void
start_lookup(struct request *r)
{
	if (r->peer->lookups >= LOOKUPS_MAX) {
		request_refuse(r, CODE_TOO_MANY, NULL,
		    "the bridge waits for too many names now");
		return;
	}
	r->lookup = resolver_start(r->conf->resolver, r->where.name,
	    r->deadline_ms, &r->peer->lookups, on_resolved, r);
	if (r->lookup == NULL)
		refuse_without_memory(r);
}

static void
check_name(struct request *r)
{
	char name[REASON_NAME_MAX];
	const char *why;

	switch (policy_check_name(r->conf->policy, r->where.name, r->where.port,
	    r->is_target_named, &why)) {
	case POLICY_ALLOWED:
		r->is_name_allowed = 1;
		break;
	case POLICY_UNDECIDED:
		break;
	case POLICY_DENIED:
		journal_refused(r->session, "name=%s port=%u why=\"%s\"",
		    r->where.name, r->where.port, why);
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
	char text[ADDR_TEXT_MAX];

	addr.port = r->where.port;
	if (is_allowed(r, &addr, 1))
		start_dial(r, &addr, 1);
	else
		request_refuse(r, CODE_NOT_ALLOWED, &addr, "%s is not allowed",
		    addr_format(&addr, text));
}

/*
 * Finds out where to, and writes the canonical target: a configured
 * target's name, or host and port. Returns 0, or an error of target_parse
 * or VB_ENOMEM.
 */
static int
find_target(struct request *r, struct configured **configured)
{
	struct configured *t = conf_find_name(r->conf, r->text);
	char canonical[TARGET_TEXT_MAX];
	int error;

	*configured = t;
	if (t != NULL) {
		r->where = t->conf.address;
		r->has_own_name = 1;
		r->tls_id = t->conf.tls_id;
		return session_set_target(r->session, t->conf.name);
	}
	error = target_parse(
	    r->text, (uint16_t)r->conf->start.settings.default_port, &r->where);
	if (error < 0)
		return error;
	*configured = conf_find_address(r->conf, &r->where);
	r->tls_id = conf_tls_of_address(r->conf, &r->where);
	return session_set_target(
	    r->session, target_format(&r->where, canonical));
}

/*
 * Whether its listener lets it in, and whom the client's certificate names,
 * if it has shown one. Returns 1, or 0 if that was refused.
 */
static int
identify(struct request *r)
{
	char reason[PROTO_REASON_MAX];
	struct subject subject;
	enum authority_verdict verdict;
	const char *why;
	uint32_t code;

	verdict = authority_check(
	    r->conf->authorities, &r->local, r->presented, &subject, &why);
	if (verdict == AUTHORITY_GOOD) {
		if (subject.name[0] == '\0' ||
		    session_set_subject(r->session, &subject) == 0)
			return 1;
		refuse_without_memory(r);
		return 0;
	}
	journal_refused(r->session, "certificate why=\"%s\"", why);
	code = reason_of_verdict(verdict, why, reason);
	request_end(r, code, NULL, -1, reason);
	return 0;
}

static void
request_begin(struct request *r)
{
	struct configured *t;
	int error;

	r->conf = conf_ref(r->broker->conf);
	r->has_own_name = 0;
	r->deadline_ms = clock_now_ms() +
	    (uint64_t)r->conf->start.settings.connect_timeout_sec * MS_PER_SEC;
	error = find_target(r, &t);
	if (r->broker->is_draining) {
		request_refuse(
		    r, CODE_RESTARTING, NULL, "the bridge is restarting");
	} else if (error == VB_ENOMEM) {
		refuse_without_memory(r);
	} else if (error < 0) {
		request_refuse(r, CODE_NOT_ALLOWED, NULL,
		    "not a valid host name or address%s",
		    error == VB_ERANGE ? " (port out of range)" : "");
	} else if (session_table_is_over(&r->broker->sessions,
		       r->conf->start.settings.max_sessions)) {
		request_refuse(r, CODE_TOO_MANY, NULL, "too many sessions");
	} else if (!identify(r)) {
		return;
	} else if (lease_take(r->session, t) < 0) {
		refuse_in_use(r, t);
	} else {
		/* a configured target is an allowed one, but for deny */
		r->is_target_named = r->is_name_allowed = t != NULL;
		if (r->where.addr.family != ADDR_NONE)
			check_literal(r);
		else
			check_name(r);
	}
}

int
request_open(struct peer *peer, const struct msg_open *open)
{
	struct broker *b = peer->broker;
	struct presented *presented;
	struct session *s;
	struct request *r;

	if (!PROTO_IS_TEXT(open->target) || open->conn_id == 0 ||
	    peer_find_session(peer, open->conn_id) != NULL)
		return VB_EBADMSG;
	if (presented_take(&peer->presented, open, &presented) < 0)
		return VB_EBADMSG;
	s = peer_add_session(peer, open->conn_id);
	if (s == NULL || (r = calloc(1, sizeof(*r))) == NULL) {
		if (s != NULL)
			peer_remove_session(peer, s);
		presented_free(presented);
		peer_refuse_open(peer, open);
		return 0;
	}
	s->request = r;
	s->client = open->client;
	s->since_sec = (uint64_t)time(NULL);
	r->local = open->local;
	r->presented = presented;
	r->broker = b;
	r->peer = peer;
	r->session = s;
	memcpy(r->text, open->target, sizeof(r->text));
	if (b->is_holding_back) {
		r->is_waiting = 1;
		TAILQ_INSERT_TAIL(&b->waiting, r, entry);
	} else {
		request_begin(r);
	}
	return 0;
}

void
request_cancel(struct session *s)
{
	request_refuse(s->request, CODE_TCP_ERROR, NULL, "the client has gone");
}

void
request_abort(struct session *s)
{
	request_free(s->request);
}

void
request_release_all(struct broker *b)
{
	struct request *r;

	while ((r = TAILQ_FIRST(&b->waiting)) != NULL) {
		TAILQ_REMOVE(&b->waiting, r, entry);
		r->is_waiting = 0;
		request_begin(r);
	}
}
