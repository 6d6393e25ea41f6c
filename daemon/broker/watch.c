/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <string.h>

#include "common/close_code.h"
#include "daemon/broker/access.h"
#include "daemon/broker/claim_rights.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/expel.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/pending.h"
#include "daemon/broker/say.h"
#include "daemon/broker/watch.h"

#define HAS_LEFT "who you watched has left"

/* ---- to look on ---- */

static void
refuse(struct request *r, struct configured *t)
{
	if (t == NULL || !access_may_tell(r->conf, r->session))
		request_refuse_ungranted(r, NULL);
	else if (lease_is_locked(t))
		request_refuse_in_use(r, t);
	else if (!claim_may_watch(r->conf, t, r->session))
		request_refuse(r, CODE_NOT_ALLOWED, NULL, WATCH_NOT_ALLOWED);
	else
		request_refuse(r, CODE_ENDED_BY_ADMIN, NULL, HAS_LEFT);
}

int
watch_begin(struct request *r, struct configured *t)
{
	struct session *s = r->session;
	const struct session *holder = t == NULL ? NULL : lease_holder(t);

	if (holder == NULL || holder->fence != r->want_fence ||
	    lease_is_locked(t) || !claim_may_watch(r->conf, t, s) ||
	    !access_may_tell(r->conf, s)) {
		refuse(r, t);
		return 0;
	}
	lease_drop(s);
	s->is_watching = 1;
	lease_share(s, t);
	return 1;
}

/* ---- as long as somebody is there, and it may ---- */

static int
has_holder(const struct configured *t)
{
	const struct session *s;

	TAILQ_FOREACH (s, &t->holders, of_target)
		if (s->is_open)
			return 1;
	return 0;
}

/* Why it must look on no more; NULL: it goes on. */
static const char *
judge(const struct broker *b, const struct session *s, uint32_t *code)
{
	const struct configured *t = s->configured;
	int is_known = s->login == NULL || s->login->is_known;

	*code = CODE_NOT_ALLOWED;
	if (t == NULL || (is_known && !claim_may_watch(b->conf, t, s)))
		return WATCH_NOT_ALLOWED;
	*code = CODE_ENDED_BY_ADMIN;
	return has_holder(t) ? NULL : HAS_LEFT;
}

/*
 * Any others may go with one that is pending, or with the worker of one that
 * can't be told: then it begins again from the first.
 */
static void
end_all(struct broker *b)
{
	struct session *s, *next;
	const char *why;
	uint32_t code;
	int is_open;

	for (s = TAILQ_FIRST(&b->watchers); s != NULL; s = next) {
		next = TAILQ_NEXT(s, of_target);
		if (s->is_expelled || (why = judge(b, s, &code)) == NULL)
			continue;
		is_open = s->is_open;
		if (!session_expel(b, s, code, why, why) || !is_open)
			next = TAILQ_FIRST(&b->watchers);
	}
}

/* ---- who is told ---- */

static void
tell_holder(struct session *holder, const struct session *s, uint32_t kind)
{
	struct msg_tell tell;

	memset(&tell, 0, sizeof(tell));
	tell.kind = kind;
	tell.number = s->fence;
	lease_name(s, tell.user);
	say_to(holder, &tell);
}

static void
tell_holders(const struct session *s, uint32_t kind)
{
	struct session *holder;

	TAILQ_FOREACH (holder, &s->configured->holders, of_target)
		if (holder->is_open)
			tell_holder(holder, s, kind);
}

static void
tell_watcher(struct session *s)
{
	const struct session *holder = lease_holder(s->configured);
	struct msg_tell tell;

	memset(&tell, 0, sizeof(tell));
	tell.kind = TELL_WATCHING;
	if (holder != NULL)
		lease_name(holder, tell.user);
	say_to(s, &tell);
}

static void
tell_of_watchers(struct session *holder)
{
	struct session *s;

	TAILQ_FOREACH (s, &holder->broker->watchers, of_target)
		if (s->configured == holder->configured && s->is_announced)
			tell_holder(holder, s, TELL_WATCHED);
}

/* It may, and whose it is, is known: a worker's word alone tells nobody. */
static void
announce(struct session *s)
{
	if (s->is_announced || s->is_expelled || !s->is_open ||
	    (s->login != NULL && !s->login->is_known))
		return;
	s->is_announced = 1;
	tell_watcher(s);
	tell_holders(s, TELL_WATCHED);
}

static void
on_watch_cb(evutil_socket_t fd, short what, void *arg)
{
	struct broker *b = arg;
	struct session *s;

	(void)fd;
	(void)what;
	if (b->unheard_count > 0)
		return; /* who is there is not known yet */
	end_all(b);
	TAILQ_FOREACH (s, &b->watchers, of_target)
		announce(s);
}

void
watch_tell(struct session *s)
{
	if (s->configured == NULL)
		return;
	if (!s->is_watching) {
		if (s->configured->watcher_count > 0)
			tell_of_watchers(s);
		return;
	}
	/* it is judged first */
	event_active(&s->broker->watch_ev, EV_TIMEOUT, 0);
}

static void
watcher_left(struct session *s)
{
	if (s->configured != NULL && s->is_announced)
		tell_holders(s, TELL_WATCH_OVER);
}

void
watch_init(struct broker *b)
{
	TAILQ_INIT(&b->watchers);
	b->watcher_left = watcher_left;
	event_assign(&b->watch_ev, b->base, -1, 0, on_watch_cb, b);
}
