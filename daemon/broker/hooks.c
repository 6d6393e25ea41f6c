/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/broker/hooks.h"

#define BUSY_MS 1000 /* until stop is tried again, while another one runs */

struct hook *
hooks_find(const struct broker *b, const char *target)
{
	struct hook *hook;

	LIST_FOREACH (hook, &b->hooks, entry)
		if (strcmp(hook->target, target) == 0)
			break;
	return hook;
}

void
hooks_forget_old(struct broker *b)
{
	struct hook *hook, *next;

	LIST_FOREACH_SAFE (hook, &b->hooks, entry, next) {
		hook->failures = 0;
		hook->again_ms = 0;
		if (hook->number != 0 || !TAILQ_EMPTY(&hook->waiting) ||
		    conf_find_name(b->conf, hook->target) != NULL)
			continue;
		LIST_REMOVE(hook, entry);
		event_del(&hook->tick_ev);
		event_del(&hook->stop_ev);
		free(hook);
	}
}

int
hooks_has(const struct hook *hook, enum hook_kind kind)
{
	const struct configured *t =
	    conf_find_name(hook->broker->conf, hook->target);

	return t != NULL && (t->conf.hooks & HOOK_BIT(kind)) != 0;
}

int
hooks_run(struct hook *hook, enum hook_kind kind)
{
	struct broker *b = hook->broker;
	struct msg_run run;
	int result;

	if (b->runner == NULL)
		return VB_ENOTFOUND;
	memset(&run, 0, sizeof(run));
	run.number = b->last_run + 1;
	run.generation = b->conf->start.generation;
	run.kind = kind;
	memcpy(run.target, hook->target, sizeof(run.target));
	if ((result = ipc_send(b->runner, MSG_RUN, &run, -1)) < 0)
		return result;
	hook->number = ++b->last_run;
	return 0;
}

static void
arm(struct hook *hook, uint64_t ms)
{
	struct timeval tv = clock_timeval(ms);

	if (event_add(&hook->stop_ev, &tv) == -1)
		log_error("out of memory: %s is not stopped", hook->target);
}

/*
 * Held, by somebody who waits for it too, or shown to somebody; or before it is
 * known who holds.
 */
static int
is_wanted(const struct hook *hook)
{
	const struct configured *t =
	    conf_find_name(hook->broker->conf, hook->target);

	return t == NULL || t->holder_count + t->watcher_count > 0;
}

static void
on_stop_cb(evutil_socket_t fd, short what, void *arg)
{
	struct hook *hook = arg;

	(void)fd;
	(void)what;
	if (hook->broker->is_holding_back ||
	    (hook->state != HOOK_IDLE && hook->state != HOOK_STARTED)) {
		arm(hook, BUSY_MS);
		return;
	}
	if (is_wanted(hook) || !hooks_has(hook, HOOK_STOP))
		return;
	if (hooks_run(hook, HOOK_STOP) < 0) {
		arm(hook, BUSY_MS); /* there is no runner now */
		return;
	}
	hook->state = HOOK_STOPPING;
	hook->was_started = 0;
	log_info("target=\"%s\" is stopped: its last session has gone",
	    hook->target);
}

struct hook *
hooks_get(struct broker *b, const char *target)
{
	struct hook *hook = hooks_find(b, target);

	if (hook != NULL)
		return hook;
	if ((hook = calloc(1, sizeof(*hook))) == NULL)
		return NULL;
	hook->broker = b;
	TAILQ_INIT(&hook->waiting);
	strlcpy(hook->target, target, sizeof(hook->target));
	evtimer_assign(&hook->stop_ev, b->base, on_stop_cb, hook);
	evtimer_assign(&hook->tick_ev, b->base, b->hook_tick, hook);
	LIST_INSERT_HEAD(&b->hooks, hook, entry);
	return hook;
}

void
hooks_opened(struct broker *b, const struct configured *t)
{
	struct hook *hook;

	if (t->conf.hooks == 0 || (hook = hooks_find(b, t->conf.name)) == NULL)
		return;
	if (hook->state == HOOK_STARTED)
		hook->state = HOOK_IDLE;
}

void
hooks_left(struct broker *b, const struct configured *t, int was_open)
{
	uint32_t after_sec = t->conf.stop_after_sec;
	struct hook *hook;

	if (t->holder_count + t->watcher_count > 0 ||
	    (t->conf.hooks & HOOK_BIT(HOOK_STOP)) == 0 ||
	    (hook = hooks_get(b, t->conf.name)) == NULL ||
	    (!was_open && !hook->was_started))
		return;
	if (after_sec == 0)
		after_sec = b->conf->start.settings.stop_after_sec;
	arm(hook, (uint64_t)after_sec * MS_PER_SEC);
}
