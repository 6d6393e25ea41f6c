/* SPDX-License-Identifier: ISC */
#include "common/log.h"
#include "worker/stages/answer.h"
#include "worker/idle.h"
#include "worker/client/journal.h"

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

void
idle_grow(struct client *c)
{
	struct worker *w = c->worker;
	struct client *oldest;

	if (c->is_idle == IDLE_LARGE)
		return;
	leave(c);
	TAILQ_INSERT_TAIL(&w->large, c, idle_entry);
	c->is_idle = IDLE_LARGE;
	if (++w->large_count <= LARGE_MAX)
		return;
	oldest = TAILQ_FIRST(&w->large);
	journal_refused(oldest, 503, "too many clients wait with large heads");
	oldest->keeps_alive = 0;
	client_keep(oldest, NULL, 0);
	answer_error(oldest, 503, 0);
	client_settle(oldest);
}

int
idle_displace(struct worker *w)
{
	struct client *c = TAILQ_FIRST(&w->idle);
	int had_place;

	if (c == NULL)
		c = TAILQ_FIRST(&w->large);
	if (c == NULL)
		return 0;
	had_place = !c->is_refused;
	w->displaced++;
	client_cut(c);
	return had_place;
}

void
idle_report(struct worker *w)
{
	if (w->displaced == 0)
		return;
	log_warn("max-connections reached: closed=%u idle", w->displaced);
	w->displaced = 0;
}
