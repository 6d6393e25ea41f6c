/* SPDX-License-Identifier: ISC */
#include "common/log.h"
#include "worker/idle.h"

void
idle_set(struct client *c, int is_idle)
{
	if (c->is_idle)
		TAILQ_REMOVE(&c->worker->idle, c, idle_entry);
	if (is_idle)
		TAILQ_INSERT_TAIL(&c->worker->idle, c, idle_entry);
	c->is_idle = is_idle != 0;
}

int
idle_displace(struct worker *w)
{
	struct client *c = TAILQ_FIRST(&w->idle);
	int had_place;

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
	log_warn("max-connections are there: closed=%u that asked for nothing",
	    w->displaced);
	w->displaced = 0;
}
