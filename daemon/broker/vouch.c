/* SPDX-License-Identifier: ISC */
/*
 * Invariants: late_ev is pending exactly while the list is not empty. Those
 * that auth was asked come first, by rising numbers; the others have none.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/broker/vouch.h"

struct vouch {
	TAILQ_ENTRY(vouch) entry;
	struct vouches *vouches;
	struct msg_vouch question; /* its number is 0 until it is asked */
	uint64_t deadline_ms;
	vouch_done *done;
	void *arg;
};

static void
arm(struct vouches *v)
{
	const struct vouch *first = TAILQ_FIRST(&v->list);
	struct timeval tv;

	event_del(&v->late_ev);
	if (first == NULL)
		return;
	tv = clock_until(first->deadline_ms, clock_now_ms());
	if (event_add(&v->late_ev, &tv) == -1)
		log_fatal("no memory for the event loop");
}

static void
drop(struct vouch *vouch)
{
	struct vouches *v = vouch->vouches;

	TAILQ_REMOVE(&v->list, vouch, entry);
	explicit_bzero(vouch, sizeof(*vouch));
	free(vouch);
	arm(v);
}

static void
end(struct vouch *vouch, const struct msg_vouched *who)
{
	vouch_done *done = vouch->done;
	void *arg = vouch->arg;

	drop(vouch);
	done(arg, who);
}

static void
on_late_cb(evutil_socket_t fd, short what, void *arg)
{
	struct vouches *v = arg;
	struct vouch *first;

	(void)fd;
	(void)what;
	while ((first = TAILQ_FIRST(&v->list)) != NULL &&
	    clock_now_ms() >= first->deadline_ms)
		end(first, NULL);
	arm(v);
}

int
vouches_init(struct vouches *v, struct event_base *base)
{
	TAILQ_INIT(&v->list);
	return evtimer_assign(&v->late_ev, base, on_late_cb, v) == -1
	    ? VB_ENOMEM
	    : 0;
}

/* Without memory for one now, it is tried again with the next. */
static void
ask_more(struct vouches *v)
{
	struct vouch *vouch;

	TAILQ_FOREACH (vouch, &v->list, entry) {
		if (v->auth == NULL ||
		    v->last_asked - v->last_answered == VOUCHES_MAX)
			return;
		if (vouch->question.number != 0)
			continue;
		vouch->question.number = v->last_asked + 1;
		if (ipc_send(v->auth, MSG_VOUCH, &vouch->question, -1) < 0) {
			log_error("auth cannot be asked");
			vouch->question.number = 0;
			return;
		}
		v->last_asked++;
	}
}

struct vouch *
vouch_ask(struct vouches *v, const uint8_t cookie[AUTH_COOKIE_BYTES],
    uint64_t login_id, vouch_done *done, void *arg)
{
	struct vouch *vouch = calloc(1, sizeof(*vouch));

	if (vouch == NULL)
		return NULL;
	vouch->vouches = v;
	vouch->question.login_id = login_id;
	if (login_id == 0)
		memcpy(vouch->question.cookie, cookie, AUTH_COOKIE_BYTES);
	vouch->deadline_ms = clock_now_ms() + VOUCH_MS;
	vouch->done = done;
	vouch->arg = arg;
	TAILQ_INSERT_TAIL(&v->list, vouch, entry);
	if (TAILQ_FIRST(&v->list) == vouch)
		arm(v);
	ask_more(v);
	return vouch;
}

void
vouch_cancel(struct vouch *vouch)
{
	if (vouch != NULL)
		drop(vouch);
}

void
vouches_use(struct vouches *v, struct ipc *auth)
{
	struct vouch *vouch;

	v->auth = auth;
	v->last_answered = v->last_asked;
	TAILQ_FOREACH (vouch, &v->list, entry)
		vouch->question.number = 0;
	ask_more(v);
}

void
vouches_give_up(struct vouches *v)
{
	struct vouch *first;

	while ((first = TAILQ_FIRST(&v->list)) != NULL)
		end(first, NULL);
}

static int
is_due(const struct vouch *vouch, const struct msg_vouched *who)
{
	return vouch != NULL && vouch->question.number == who->number;
}

int
vouch_is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
			return 0;
	return 1;
}

/* A login that was asked about is that one, or nobody's. */
static int
is_sound(const struct vouch *vouch, const struct msg_vouched *who)
{
	return PROTO_IS_TEXT(who->name) && vouch_is_plain(who->name) &&
	    PROTO_IS_TEXT(who->groups) && vouch_is_plain(who->groups) &&
	    (who->login_id == 0) == (who->name[0] == '\0') &&
	    PROTO_IS_TEXT(who->reason) && vouch_is_plain(who->reason) &&
	    (who->login_id == 0 || who->reason[0] == '\0') &&
	    (!is_due(vouch, who) || vouch->question.login_id == 0 ||
		who->login_id == 0 ||
		who->login_id == vouch->question.login_id);
}

int
vouches_take(struct vouches *v, const struct msg_vouched *who)
{
	struct vouch *first = TAILQ_FIRST(&v->list);

	if (v->last_answered == v->last_asked ||
	    who->number != v->last_answered + 1 || !is_sound(first, who))
		return VB_EBADMSG;
	v->last_answered++;
	if (is_due(first, who)) /* else nobody waits for it any more */
		end(first, who);
	ask_more(v);
	return 0;
}
