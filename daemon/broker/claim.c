/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/close_code.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/broker/access.h"
#include "daemon/broker/audit.h"
#include "daemon/broker/claim.h"
#include "daemon/broker/claim_rights.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/expel.h"
#include "daemon/broker/journal.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/pending.h"
#include "daemon/broker/say.h"

#define WAITING_MAX   256 /* of one target */
#define QUESTIONS_MAX 4	  /* to one target's holder: who would read more? */

static struct session *
find_holder(const struct configured *t, uint64_t fence)
{
	struct session *s;

	TAILQ_FOREACH (s, &t->holders, of_target)
		if (s->fence == fence && s->is_open)
			return s;
	return NULL;
}

static struct configured *
target_of(const struct request *r)
{
	return conf_find_name(r->broker->conf, r->lease->name);
}

/* Everybody hears their new place. */
static void
tell_places(struct lease *lease)
{
	struct msg_tell tell;
	struct request *r, *next;
	uint32_t place = 0;

	TAILQ_FOREACH_SAFE (r, &lease->waiting, of_lease, next) {
		place++;
		if (r->question != 0 || r->is_taking || r->told_place == place)
			continue;
		r->told_place = place;
		memset(&tell, 0, sizeof(tell));
		tell.kind = TELL_QUEUED;
		tell.place = place;
		tell.is_waiting = 1;
		say_to(r->session, &tell);
	}
}

static void
end_question(struct request *r)
{
	struct leases *leases = &r->broker->leases;
	struct session *holder;
	struct configured *t;
	struct msg_tell tell;

	if (r->question == 0)
		return;
	memset(&tell, 0, sizeof(tell));
	tell.kind = TELL_ASK_OVER;
	tell.number = r->question;
	r->question = 0;
	leases->question_count--;
	if ((t = target_of(r)) != NULL &&
	    (holder = find_holder(t, r->want_fence)) != NULL)
		say_to(holder, &tell);
}

static void
leave(struct request *r)
{
	struct lease *lease = r->lease;

	end_question(r);
	TAILQ_REMOVE(&lease->waiting, r, of_lease);
	lease->waiting_count--;
	r->lease = NULL;
	r->leave = NULL;
	r->is_taking = 0;
	r->told_place = 0;
	/* those behind it move up, or have a place now */
	leases_wake(&r->broker->leases, lease);
}

static int
join(struct request *r, struct configured *t, int is_first)
{
	struct lease *lease = leases_of(&r->broker->leases, t);

	if (lease == NULL || lease->waiting_count >= WAITING_MAX)
		return VB_EFULL;
	r->lease = lease;
	r->leave = leave;
	lease->waiting_count++;
	if (is_first)
		TAILQ_INSERT_HEAD(&lease->waiting, r, of_lease);
	else
		TAILQ_INSERT_TAIL(&lease->waiting, r, of_lease);
	return 0;
}

/* It has its turn: everything is judged again, as if it had come now. */
static void
let_in(struct request *r)
{
	struct session *s = r->session;
	struct msg_tell tell;

	leave(r);
	s->is_served = 1;
	r->has_been_told = 0; /* of a start, which may follow */
	memset(&tell, 0, sizeof(tell));
	tell.kind = TELL_QUEUED;
	tell.is_waiting = 1;
	tell.wait_sec = r->conf->start.settings.connect_timeout_sec;
	say_to(s, &tell);
	conf_unref(r->conf);
	r->conf = NULL;
	session_clear_subject(s);
	r->begin(r);
}

/*
 * Nobody is ended, or asked to go, for who could not get in then. Returns 1 if
 * it was refused.
 */
static int
is_full(struct request *r, const struct session *holder)
{
	if (access_has_place(r->broker->conf, r->session, holder))
		return 0;
	journal_refused(r->session,
	    "target=\"%s\" why=\"max-sessions of its access section reached\"",
	    r->session->target);
	request_refuse(r, CODE_TOO_MANY, NULL, REQUEST_FULL);
	return 1;
}

/*
 * The holder is ended; once its worker has said that it is, or has died, there
 * is a place. Nothing is dialled before: no target sees two. Returns 1 if it
 * was ended just now; any request may have gone then.
 */
static int
end_holder(struct request *r, struct configured *t)
{
	struct session *holder = find_holder(t, r->want_fence);
	char name[LEASE_NAME_MAX], reason[PROTO_REASON_MAX];
	uint32_t code = CODE_TAKEN_OVER;

	if (holder == NULL || holder->is_expelled)
		return 0;
	if (r->want == INTENT_MOVE || r->want == INTENT_RESUME) {
		code = CODE_MOVED;
		strlcpy(reason,
		    r->want == INTENT_MOVE ? "moved to another device"
					   : "its page has connected again",
		    sizeof(reason));
	} else
		snprintf(reason, sizeof(reason), "%s %s",
		    r->is_given ? "given to" : "taken over by",
		    lease_name(r->session, name));
	audit_session(
	    holder, AUDIT_TAKEOVER, lease_name(r->session, name), code, reason);
	r->has_ended = 1;
	session_expel(r->broker, holder, code, reason, reason);
	return 1;
}

const struct session *
claim_replaces(const struct request *r, const struct configured *t)
{
	const struct session *s = r->session, *holder;

	if (t == NULL ||
	    (r->want != INTENT_TAKE && r->want != INTENT_MOVE &&
		r->want != INTENT_RESUME))
		return NULL;
	holder = find_holder(t, r->want_fence);
	if (holder == NULL || holder->is_expelled)
		return NULL; /* or somebody else was before */
	if (r->want == INTENT_TAKE)
		return claim_may_take(r->conf, t, s) ? holder : NULL;
	if (s->login != NULL &&
	    (holder->login == NULL ||
		strcmp(holder->login->name, s->login->name) != 0))
		return NULL;
	return holder;
}

/* Returns 0 if it may not, or there is nothing to take any more. */
static int
take_over(struct request *r, struct configured *t)
{
	const struct session *holder = claim_replaces(r, t);

	if (holder == NULL)
		return 0;
	if (is_full(r, holder))
		return 1;
	if (join(r, t, 1) < 0)
		return 0;
	r->is_taking = 1;
	end_holder(r, t);
	return 1;
}

static void
decide(struct request *r, uint32_t answer, const char *why)
{
	char name[LEASE_NAME_MAX];
	struct configured *t = target_of(r);
	struct session *holder =
	    t == NULL ? NULL : find_holder(t, r->want_fence);

	if (holder != NULL && holder->is_expelled && answer == LEASE_GIVE)
		answer = LEASE_KEEP; /* to somebody else, just now */
	if (holder == NULL || answer == LEASE_SHARE) {
		r->session->is_invited = holder != NULL;
		let_in(r);
	} else if (answer == LEASE_GIVE) {
		if (is_full(r, holder))
			return;
		end_question(r);
		TAILQ_REMOVE(&r->lease->waiting, r, of_lease);
		TAILQ_INSERT_HEAD(&r->lease->waiting, r, of_lease);
		r->is_taking = r->is_given = 1;
		end_holder(r, t);
	} else {
		lease_name(holder, name);
		request_refuse(r, CODE_IN_USE, NULL, "%s %s", name, why);
	}
}

static unsigned
count_questions(const struct configured *t)
{
	const struct request *r;
	unsigned n = 0;

	if (t->lease != NULL)
		TAILQ_FOREACH (r, &t->lease->waiting, of_lease)
			n += r->question != 0;
	return n;
}

static void
tell_question(struct request *r, struct session *holder, uint32_t timeout_sec)
{
	struct msg_tell tell;

	memset(&tell, 0, sizeof(tell));
	tell.number = r->question;
	tell.time_sec = timeout_sec;
	tell.kind = TELL_ASKED;
	lease_name(r->session, tell.user);
	say_to(holder, &tell);
	tell.kind = TELL_ASKING;
	tell.is_waiting = 1;
	lease_name(holder, tell.user);
	say_to(r->session, &tell);
}

/* Returns 0 if nobody can be asked. */
static int
ask(struct request *r, struct configured *t)
{
	struct leases *leases = &r->broker->leases;
	struct session *holder = lease_holder(t);
	char name[LEASE_NAME_MAX];

	if (t->conf.mode != LEASE_MODE_ASK || holder == NULL ||
	    count_questions(t) >= QUESTIONS_MAX)
		return 0;
	if (is_full(r, holder))
		return 1;
	if (join(r, t, 0) < 0)
		return 0;
	r->want_fence = holder->fence;
	r->question = leases_next_fence(leases); /* no other broker's */
	r->ask_until_ms =
	    clock_now_ms() + (uint64_t)t->conf.ask_timeout_sec * MS_PER_SEC;
	leases->question_count++;
	if (!holder->can_wait) /* its client shows no question */
		r->ask_until_ms = 0;
	audit_session(holder, AUDIT_ASK, lease_name(r->session, name), 0, "");
	tell_question(r, holder, t->conf.ask_timeout_sec);
	leases_wake(leases, r->lease);
	return 1;
}

static int
wait_in_queue(struct request *r, struct configured *t)
{
	if (t->conf.mode != LEASE_MODE_QUEUE || !r->session->can_wait)
		return 0;
	if (join(r, t, 0) < 0) {
		request_refuse(r, CODE_TOO_MANY, NULL, "too many wait for it");
		return 1;
	}
	tell_places(r->lease);
	return 1;
}

int
claim_begin(struct request *r, struct configured *t)
{
	/* who it is held by is a secret to those who can't be granted it */
	if (!access_may_tell(r->conf, r->session) || lease_is_locked(t))
		return 0;
	switch (r->want) {
	case INTENT_TAKE:
	case INTENT_MOVE:
	case INTENT_RESUME:
		if (take_over(r, t))
			return 1;
		break;
	case INTENT_ASK:
		if (ask(r, t))
			return 1;
		break;
	default:
		break;
	}
	if (!r->must_replace && wait_in_queue(r, t))
		return 1;
	claim_tell_in_use(r, t);
	return 0;
}

void
claim_tell_in_use(struct request *r, const struct configured *t)
{
	struct session *holder = lease_holder(t);
	struct msg_tell tell;

	if (holder == NULL)
		return;
	memset(&tell, 0, sizeof(tell));
	tell.kind = TELL_IN_USE;
	tell.time_sec = holder->since_sec;
	lease_name(holder, tell.user);
	if (t->conf.mode == LEASE_MODE_ASK)
		tell.place |= TELL_MAY_ASK;
	if (claim_may_take(r->conf, t, r->session))
		tell.place |= TELL_MAY_TAKE;
	if (claim_may_watch(r->conf, t, r->session))
		tell.place |= TELL_MAY_WATCH;
	say_to(r->session, &tell);
}

int
claim_answer(struct peer *peer, const struct msg_said *said)
{
	struct session *s = peer_find_session(peer, said->conn_id);
	struct request *r;

	if (said->answer >= LEASE_ANSWER_COUNT)
		return VB_EBADMSG;
	if (s == NULL || s->configured == NULL || s->configured->lease == NULL)
		return 0;
	TAILQ_FOREACH (r, &s->configured->lease->waiting, of_lease) {
		/* late, or to another's question: it decides nothing */
		if (r->question != said->number || said->number == 0 ||
		    find_holder(s->configured, r->want_fence) != s)
			continue;
		decide(r, said->answer, "keeps it");
		break;
	}
	return 0;
}

/*
 * Whoever has ended a holder has that one's place, even if others were invited
 * beside it. Returns 0 while the holder is still there.
 */
static int
inherit(struct request *r, struct configured *t)
{
	if (find_holder(t, r->want_fence) != NULL)
		return end_holder(r, t);
	if (r->has_ended && !lease_is_locked(t)) {
		r->session->is_invited = 1;
		let_in(r);
	} else
		request_refuse_in_use(r, t);
	return 1;
}

/*
 * One step, or 0 if there is none to be done. After one, any request may have
 * gone: with a worker that could not be told, all of its.
 */
static int
serve_one(struct lease *lease, struct configured *t)
{
	struct request *r;

	TAILQ_FOREACH (r, &lease->waiting, of_lease) {
		r->session->is_served = 1;
		if (r->must_replace && t != NULL &&
		    find_holder(t, r->want_fence) != NULL)
			continue; /* places there may be, but not for it */
		if (t == NULL || lease_has_room(r->session, t)) {
			let_in(r);
			return 1;
		}
		if (r->is_taking && inherit(r, t))
			return 1;
		/* who was asked has gone: it asks who has it now */
		if (r->question != 0 && lease_holder(t) != NULL &&
		    find_holder(t, r->want_fence) == NULL) {
			let_in(r);
			return 1;
		}
	}
	return 0;
}

static void
serve(struct leases *leases, struct lease *lease)
{
	struct configured *t = conf_find_name(leases->conf, lease->name);
	unsigned n = lease->waiting_count + 1;

	while (n-- > 0 && serve_one(lease, t))
		;
	tell_places(lease);
}

static struct request *
find_late(struct leases *leases, uint64_t now_ms)
{
	struct lease *lease;
	struct request *r;

	RB_FOREACH (lease, lease_tree, &leases->tree)
		TAILQ_FOREACH (r, &lease->waiting, of_lease)
			if (r->question != 0 && r->ask_until_ms <= now_ms)
				return r;
	return NULL;
}

static void
tick(struct leases *leases, uint64_t now_ms)
{
	struct configured *t;
	struct request *r;

	while (leases->question_count > 0 &&
	    (r = find_late(leases, now_ms)) != NULL) {
		t = target_of(r);
		decide(r, t == NULL ? LEASE_KEEP : t->conf.ask_answer,
		    "did not answer");
	}
}

int
claims_init(struct broker *b)
{
	b->leases.serve = serve;
	b->leases.tick = tick;
	return leases_init(&b->leases, b->base);
}
