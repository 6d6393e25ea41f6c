/* SPDX-License-Identifier: ISC */
#include "worker/client/idle.h"

#define LARGE_MAX 512 /* with 32 KiB each, 16 MiB of a worker */

static void
leave(struct client *c)
{
	struct worker *w = c->worker;

	if (c->is_idle == IDLE_WAITS)
		TAILQ_REMOVE(&w->idle, c, idle_entry);
	else if (c->is_idle == IDLE_LARGE) {
		TAILQ_REMOVE(&w->large, c, idle_entry);
		w->large_count--;
	}
	c->is_idle = IDLE_NOT;
}

void
idle_set(struct client *c, int is_idle)
{
	leave(c);
	if (!is_idle)
		return;
	TAILQ_INSERT_TAIL(&c->worker->idle, c, idle_entry);
	c->is_idle = IDLE_WAITS;
}

struct client *
idle_grow(struct client *c)
{
	struct worker *w = c->worker;

	if (c->is_idle == IDLE_LARGE)
		return NULL;
	leave(c);
	TAILQ_INSERT_TAIL(&w->large, c, idle_entry);
	c->is_idle = IDLE_LARGE;
	return ++w->large_count > LARGE_MAX ? TAILQ_FIRST(&w->large) : NULL;
}
