/* SPDX-License-Identifier: ISC */
/*
 * What is done with one that waits may end others, too, with a whole worker:
 * no list is walked meanwhile, but looked through for who has not had a turn.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/close_code.h"
#include "common/log.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/hook.h"
#include "daemon/broker/hooks.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/reason.h"
#include "daemon/broker/say.h"

#define TICK_MS		1000 /* from one try to the next, and word about it */
#define AGAIN_FIRST_MS	1000 /* after the second failure in a row */
#define AGAIN_MAX_MS	30000
#define AGAIN_SHIFT_MAX 5
#define RAN_SEC		8 /* a command that is late is ended, which is told */

#define LATE		"was started, and did not answer in time"

static uint32_t
timeout_sec(const struct request *r)
{
	const struct configured *t = r->session->configured;

	return t->conf.start_timeout_sec != 0
	    ? t->conf.start_timeout_sec
	    : r->conf->start.settings.start_timeout_sec;
}

/* ---- who waits ---- */

static void
say(struct request *r, const struct hook *hook, uint64_t now_ms)
{
	static const char *const doing[] = {
	    [HOOK_IDLE] = "is about to be started",
	    [HOOK_CHECKING] = "is looked for",
	    [HOOK_STARTING] = "is being started",
	    [HOOK_STARTED] = "was started, and does not answer yet",
	    [HOOK_STOPPING] = "is just being stopped, to be started again"};
	char text[PROTO_REASON_MAX], name[REASON_NAME_MAX];

	snprintf(text, sizeof(text), "%s %s (%llu s)",
	    reason_name(hook->target, name), doing[hook->state],
	    (unsigned long long)(now_ms - r->hook_since_ms) / MS_PER_SEC);
	say_starting(r->session, text);
}

static void
start_tick(struct hook *hook)
{
	struct timeval tv = clock_timeval(TICK_MS);

	/* without it, deadlines of workers end what waits */
	if (!event_pending(&hook->tick_ev, EV_TIMEOUT, NULL) &&
	    event_add(&hook->tick_ev, &tv) == -1)
		log_error("no memory for the event loop");
}

/* It gets start-timeout, and one more try after that: as often as it waits. */
static void
wait_for(struct request *r, struct hook *hook)
{
	uint64_t now_ms = clock_now_ms();
	struct peer *peer = r->peer;

	TAILQ_INSERT_TAIL(&hook->waiting, r, of_hook);
	r->hook_list = &hook->waiting;
	r->hook_turn = hook->turn;
	start_tick(hook);
	if (r->hook_until_ms == 0) {
		r->hook_since_ms = now_ms;
		r->hook_until_ms =
		    now_ms + (uint64_t)timeout_sec(r) * MS_PER_SEC;
	}
	if (r->has_been_told)
		return;
	r->has_been_told = 1;
	say(r, hook, now_ms);
	/* last: without memory it ends the worker's channel, and r with it */
	peer_send_wait(peer, r->session->conn_id,
	    timeout_sec(r) + r->conf->start.settings.connect_timeout_sec +
		RAN_SEC);
}

static void
leave(struct request *r)
{
	TAILQ_REMOVE(r->hook_list, r, of_hook);
	r->hook_list = NULL;
}

static void
go_on(struct request *r)
{
	uint64_t dial_until_ms = clock_now_ms() +
	    (uint64_t)r->conf->start.settings.connect_timeout_sec * MS_PER_SEC;

	leave(r);
	r->deadline_ms = dial_until_ms;
	if (!request_begin_again(r))
		r->reach(r);
}

static void
refuse(struct request *r, const struct hook *hook, const char *why)
{
	char name[REASON_NAME_MAX];

	request_refuse(r, CODE_NOT_STARTED, NULL, "%s %s",
	    reason_name(hook->target, name), why);
}

/* The next one that was there before this turn; NULL: all had theirs. */
static struct request *
next_of_turn(struct hook *hook)
{
	struct request *r;

	TAILQ_FOREACH (r, &hook->waiting, of_hook)
		if (r->hook_turn != hook->turn)
			break;
	if (r != NULL)
		r->hook_turn = hook->turn;
	return r;
}

static void
go_on_all(struct hook *hook)
{
	struct request *r;

	hook->turn++;
	while ((r = next_of_turn(hook)) != NULL)
		go_on(r);
}

static void
refuse_all(struct hook *hook, const char *why)
{
	struct request *r;

	hook->state = HOOK_IDLE;
	hook->turn++;
	while ((r = next_of_turn(hook)) != NULL)
		refuse(r, hook, why);
}

/* What runs has a limit of its own, and its end tells more. */
static int
is_late(const struct request *r, const struct hook *hook, uint64_t now_ms)
{
	uint64_t more_ms = hook->number != 0 ? RAN_SEC * MS_PER_SEC : 0;

	return now_ms >= r->hook_until_ms + more_ms;
}

static void
on_tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct hook *hook = arg;
	struct request *r;
	uint64_t now_ms = clock_now_ms();

	(void)fd;
	(void)what;
	hook->turn++;
	while ((r = next_of_turn(hook)) != NULL) {
		if (is_late(r, hook, now_ms)) {
			refuse(r, hook, LATE);
			continue;
		}
		say(r, hook, now_ms);
		if (hook->state == HOOK_STARTED)
			go_on(r);
	}
	if (!TAILQ_EMPTY(&hook->waiting))
		start_tick(hook);
}

/* ---- what is run for them ---- */

/* However often somebody opens it: what fails is not run all the time. */
static void
note_failure(struct hook *hook, const char *why)
{
	uint32_t shift = hook->failures++;
	uint64_t wait_ms = 0;

	if (shift > AGAIN_SHIFT_MAX)
		shift = AGAIN_SHIFT_MAX;
	if (shift > 0)
		wait_ms = (uint64_t)AGAIN_FIRST_MS << (shift - 1);
	if (wait_ms > AGAIN_MAX_MS)
		wait_ms = AGAIN_MAX_MS;
	hook->again_ms = clock_now_ms() + wait_ms;
	strlcpy(hook->why, why, sizeof(hook->why));
}

/* Returns 1 if it was refused: nothing is run for it now. */
static int
has_just_failed(struct request *r, const struct hook *hook)
{
	if (hook->state != HOOK_IDLE || clock_now_ms() >= hook->again_ms)
		return 0;
	refuse(r, hook, hook->why);
	return 1;
}

static void
begin_start(struct hook *hook)
{
	hook->state = HOOK_STARTING;
	if (!hooks_has(hook, HOOK_START))
		refuse_all(hook, "can no longer be started");
	else if (hooks_run(hook, HOOK_START) < 0)
		refuse_all(hook, "can't be started at the moment");
}

static int
may_start(const struct request *r)
{
	const struct configured *t = r->session->configured;

	return r->is_target_named && t != NULL && !r->session->is_watching &&
	    (t->conf.hooks & HOOK_BIT(HOOK_START)) != 0;
}

int
hook_begin(struct request *r)
{
	struct hook *hook;

	if (!may_start(r) ||
	    (hook = hooks_get(r->broker, r->session->configured->conf.name)) ==
		NULL)
		return 0;
	if (hooks_has(hook, HOOK_CHECK) && has_just_failed(r, hook))
		return 1;
	if (hook->state == HOOK_IDLE && hooks_has(hook, HOOK_CHECK) &&
	    hooks_run(hook, HOOK_CHECK) == 0)
		hook->state = HOOK_CHECKING;
	if (hook->state == HOOK_IDLE || hook->state == HOOK_STARTED)
		return 0;
	wait_for(r, hook);
	return 1;
}

/* What a machine that is off answers, or the one before it. */
static int
may_be_off(int error)
{
	return error == ECONNREFUSED || error == ECONNRESET ||
	    error == ETIMEDOUT || error == EHOSTUNREACH || error == EHOSTDOWN ||
	    error == ENETUNREACH || error == ENOENT;
}

int
hook_takes(struct request *r, int error)
{
	uint64_t now_ms = clock_now_ms();
	struct hook *hook;

	if (!may_start(r) || !may_be_off(error) || r->broker->is_draining ||
	    (hook = hooks_get(r->broker, r->session->configured->conf.name)) ==
		NULL)
		return 0;
	if (r->hook_until_ms != 0 && now_ms >= r->hook_until_ms) {
		refuse(r, hook, LATE);
		return 1;
	}
	if (hook->state == HOOK_STARTED && now_ms >= hook->started_until_ms)
		hook->state = HOOK_IDLE;
	if (has_just_failed(r, hook))
		return 1;
	if (hook->state == HOOK_IDLE) {
		hook->state = HOOK_STARTING;
		wait_for(r, hook);
		begin_start(hook);
	} else
		wait_for(r, hook);
	return 1;
}

/* ---- how it ended ---- */

static void
be_started(struct hook *hook)
{
	const struct configured *t =
	    conf_find_name(hook->broker->conf, hook->target);
	uint32_t wait_sec =
	    hook->broker->conf->start.settings.start_timeout_sec;

	if (t != NULL && t->conf.start_timeout_sec != 0)
		wait_sec = t->conf.start_timeout_sec;
	hook->state = HOOK_STARTED;
	hook->started_until_ms =
	    clock_now_ms() + (uint64_t)wait_sec * MS_PER_SEC;
	go_on_all(hook);
}

static void
describe(const struct msg_ran *ran, char why[PROTO_REASON_MAX])
{
	const char *name = ran->kind == HOOK_CHECK ? "check" : "start";

	switch (ran->outcome) {
	case HOOK_EXITED:
		snprintf(why, PROTO_REASON_MAX,
		    "was not started: its %s command ended with status %u",
		    name, ran->status);
		break;
	case HOOK_KILLED:
		snprintf(why, PROTO_REASON_MAX,
		    "was not started: its %s command died of signal %u", name,
		    ran->status);
		break;
	case HOOK_LATE:
		snprintf(why, PROTO_REASON_MAX,
		    "was not started: its %s command did not end in time",
		    name);
		break;
	default:
		snprintf(why, PROTO_REASON_MAX,
		    "was not started: its %s command could not be run", name);
		break;
	}
}

static void
on_started(struct hook *hook, const struct msg_ran *ran)
{
	const struct configured *t;
	char why[PROTO_REASON_MAX];

	if (ran->outcome != HOOK_EXITED || ran->status != 0) {
		describe(ran, why);
		note_failure(hook, why);
		refuse_all(hook, why);
		return;
	}
	hook->was_started = 1;
	hook->failures = 0;
	be_started(hook);
	/* they may have gone meanwhile */
	if ((t = conf_find_name(hook->broker->conf, hook->target)) != NULL)
		hooks_left(hook->broker, t, 1);
}

static void
on_checked(struct hook *hook, const struct msg_ran *ran)
{
	char why[PROTO_REASON_MAX];

	if (ran->outcome == HOOK_EXITED && ran->status == 0) {
		be_started(hook);
	} else if (ran->outcome == HOOK_EXITED &&
	    !TAILQ_EMPTY(&hook->waiting)) {
		begin_start(hook);
	} else {
		describe(ran, why);
		note_failure(hook, why);
		refuse_all(hook, why);
	}
}

/* Those who have come meanwhile find out what has become of it. */
static void
on_stopped(struct hook *hook)
{
	hook->state = HOOK_IDLE;
	go_on_all(hook);
}

/* The runner has started it for a broker before this one. */
static void
on_started_before(struct broker *b, const struct msg_ran *ran)
{
	const struct configured *t = conf_find_name(b->conf, ran->target);
	struct hook *hook;

	if (t == NULL || (hook = hooks_get(b, ran->target)) == NULL)
		return;
	hook->was_started = 1;
	hooks_left(b, t, 1);
}

int
hook_ran(struct broker *b, const struct msg_ran *ran)
{
	struct hook *hook;

	if (!PROTO_IS_TEXT(ran->target) || ran->kind >= HOOK_TARGET_KINDS ||
	    ran->outcome > HOOK_NOT_BEGUN)
		return VB_EBADMSG;
	if (ran->number == 0) {
		on_started_before(b, ran);
		return 0;
	}
	LIST_FOREACH (hook, &b->hooks, entry)
		if (hook->number == ran->number)
			break;
	if (hook == NULL || strcmp(hook->target, ran->target) != 0)
		return VB_EBADMSG;
	hook->number = 0;
	if (hook->state == HOOK_STARTING)
		on_started(hook, ran);
	else if (hook->state == HOOK_CHECKING)
		on_checked(hook, ran);
	else
		on_stopped(hook);
	return 0;
}

void
hook_lost(struct broker *b)
{
	struct hook *hook;

	LIST_FOREACH (hook, &b->hooks, entry) {
		if (hook->number == 0)
			continue;
		hook->number = 0;
		refuse_all(hook, "can't be started at the moment");
	}
}

void
hook_init(struct broker *b)
{
	LIST_INIT(&b->hooks);
	b->hook_tick = on_tick_cb;
}
