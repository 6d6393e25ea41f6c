/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "daemon/broker/access.h"
#include "daemon/broker/presented.h"
#include "daemon/broker/claim.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/intent.h"
#include "daemon/broker/hook.h"
#include "daemon/broker/journal.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/limits.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/pending.h"
#include "daemon/broker/reach.h"
#include "daemon/broker/reason.h"
#include "daemon/broker/request.h"
#include "daemon/broker/vouch.h"
#include "daemon/broker/watch.h"

/*
 * Finds out where to, and writes the canonical target: a configured
 * target's name, or host and port. Returns 0, or an error of target_parse
 * or VB_ENOMEM.
 */
static int
find_target(struct request *r, struct configured **t)
{
	char canonical[TARGET_TEXT_MAX];
	int error = conf_find_target(r->conf, r->text, t, &r->where, canonical);

	if (error < 0)
		return error;
	r->has_own_name = (uint8_t)(error == CONF_BY_NAME);
	r->tls_id = r->has_own_name ? (*t)->conf.tls_id
				    : conf_tls_of_address(r->conf, &r->where);
	return session_set_target(r->session, canonical, &r->where);
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
	enum presented_verdict verdict;
	const char *why;
	uint32_t code;

	verdict = presented_judge(
	    r->conf->authorities, &r->local, r->presented, &subject, &why);
	if (verdict == PRESENTED_GOOD) {
		if (subject.name[0] == '\0' ||
		    session_set_subject(r->session, &subject) == 0)
			return 1;
		request_refuse_memory(r);
		return 0;
	}
	journal_refused(r->session, "certificate why=\"%s\"", why);
	code = reason_of_verdict(verdict, why, reason);
	request_end(r, code, NULL, -1, reason);
	return 0;
}

/*
 * Returns 1 if more sessions are there than may be, and says so; but for that
 * whose place it takes.
 */
static int
is_too_much(struct request *r, const struct session *replaced)
{
	const struct settings *settings = &r->conf->start.settings;
	char reason[PROTO_REASON_MAX];
	const char *setting =
	    limits_exceeded(r->session, NULL, settings, 0, reason);

	r->must_replace = 0;
	if (setting == NULL)
		return 0;
	if (replaced != NULL &&
	    limits_exceeded(r->session, replaced, settings, 0, reason) ==
		NULL) {
		r->must_replace = 1;
		return 0;
	}
	journal_refused(r->session, "why=\"%s reached\"", setting);
	request_refuse(r, CODE_TOO_MANY, NULL, "%s", reason);
	return 1;
}

/* It has no place, or takes another's. */
static void
claim(struct request *r, struct configured *t)
{
	if (claim_begin(r, t))
		return;
	if (!r->must_replace || !is_too_much(r, NULL))
		reach_refuse_in_use(r, t);
}

static void
refuse_nobody(struct request *r)
{
	journal_refused(r->session, "why=\"not logged in\"");
	request_refuse(r, CODE_ENDED, NULL, "you are not logged in");
}

static void
begin(struct request *r)
{
	struct configured *t;
	int error;

	r->conf = conf_ref(r->broker->conf);
	session_clear_section(r->session); /* another configuration's, maybe */
	r->has_own_name = 0;
	r->is_ungranted = r->is_full = 0;
	r->alias_of = NULL;
	r->deadline_ms = clock_now_ms() +
	    (uint64_t)r->conf->start.settings.connect_timeout_sec * MS_PER_SEC;
	error = find_target(r, &t);
	if (r->broker->is_draining) {
		request_refuse(
		    r, CODE_RESTARTING, NULL, "the bridge is restarting");
	} else if (r->broker->is_refusing) {
		request_refuse(r, CODE_RESTARTING, NULL, REQUEST_REFUSING);
	} else if (error == VB_ENOMEM) {
		request_refuse_memory(r);
	} else if (error < 0) {
		request_refuse(r, CODE_NOT_ALLOWED, NULL,
		    "not a valid host name or address%s",
		    error == VB_ERANGE ? " (port out of range)" : "");
	} else if (intent_use(r), is_too_much(r, claim_replaces(r, t))) {
		return;
	} else if (r->conf->start.settings.has_auth &&
	    r->session->login == NULL) {
		/* a reload has brought logins while it was under way */
		refuse_nobody(r);
	} else if (!access_is_for(r->conf, r->session)) {
		journal_refused(
		    r->session, "why=\"no access section is for it\"");
		request_refuse(
		    r, CODE_NOT_ALLOWED, NULL, "no desktop is open to you now");
	} else if (!identify(r)) {
		return;
	} else if (!access_may_grant(r->conf, r->session)) {
		/* before anything that tells what is there */
		journal_refused(r->session,
		    "target=\"%s\" why=\"no access section grants it\"",
		    r->session->target);
		request_refuse_ungranted(r, NULL);
	} else if (r->want == INTENT_WATCH && !watch_begin(r, t)) {
		return;
	} else if (r->must_replace || lease_take(r->session, t) < 0) {
		claim(r, t);
	} else {
		/* a configured target is an allowed one, but for deny */
		r->is_target_named = r->is_name_allowed = t != NULL;
		/* nothing is started for who may turn out to have no right */
		if (!access_may_tell(r->conf, r->session) || !hook_begin(r))
			reach_begin(r);
	}
}

static void
on_vouched(void *arg, const struct msg_vouched *who)
{
	struct request *r = arg;
	struct login *login;

	r->vouch = NULL;
	if (!r->broker->conf_has_auth) {
		begin(r); /* since a reload, nobody logs in */
	} else if (who == NULL) {
		request_refuse(r, CODE_NO_SERVICE, NULL,
		    "the bridge can't check your login at the moment");
	} else if (who->login_id == 0) {
		refuse_nobody(r);
	} else if ((login = logins_add(&r->broker->logins, who->login_id,
			r->session)) == NULL) {
		request_refuse_memory(r);
	} else {
		login_know(login, who);
		begin(r);
	}
}

static int
has_cookie(const struct request *r)
{
	static const uint8_t none[AUTH_COOKIE_BYTES];

	return memcmp(r->cookie, none, sizeof(none)) != 0;
}

/* Whose it is comes first, where people log in. */
static void
start(struct request *r)
{
	struct broker *b = r->broker;

	if (request_refuse_unrecorded(r))
		return;
	if (!b->conf_has_auth || b->is_draining || b->is_refusing)
		begin(r); /* or, to whoever it is, no more */
	else if (!has_cookie(r))
		refuse_nobody(r);
	else if ((r->vouch = vouch_ask(
		      &b->vouches, r->cookie, 0, on_vouched, r)) == NULL)
		request_refuse_memory(r);
	else
		explicit_bzero(r->cookie, sizeof(r->cookie));
}

static void
abort_request(struct session *s)
{
	request_free(s->request);
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
	if (s == NULL || peer_set_client(peer, s, &open->client) < 0 ||
	    (r = calloc(1, sizeof(*r))) == NULL) {
		if (s != NULL)
			peer_remove_session(peer, s);
		presented_free(presented);
		peer_refuse_open(peer, open);
		return 0;
	}
	s->request = r;
	b->abort = abort_request;
	s->since_sec = (uint32_t)time(NULL);
	r->local = open->local;
	r->presented = presented;
	r->broker = b;
	r->begin = begin;
	r->reach = reach_begin;
	r->peer = peer;
	r->session = s;
	memcpy(r->text, open->target, sizeof(r->text));
	memcpy(r->cookie, open->cookie, sizeof(r->cookie));
	memcpy(r->intent, open->intent, sizeof(r->intent));
	s->can_wait = (uint8_t)(open->can_wait != 0);
	if (b->is_holding_back) {
		r->is_waiting = 1;
		TAILQ_INSERT_TAIL(&b->waiting, r, entry);
	} else {
		start(r);
	}
	return 0;
}

void
request_cancel(struct session *s)
{
	request_refuse(s->request, CODE_TCP_ERROR, NULL, "the client has gone");
}

void
request_release_all(struct broker *b)
{
	struct request *r;

	while ((r = TAILQ_FIRST(&b->waiting)) != NULL) {
		TAILQ_REMOVE(&b->waiting, r, entry);
		r->is_waiting = 0;
		start(r);
	}
}
