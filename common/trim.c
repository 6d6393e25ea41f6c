/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <malloc.h>

#include "common/clock.h"
#include "common/trim.h"

#define CHURN_MIN   256 /* worth a look through the heap: milliseconds */
#define QUIET_TICKS 5	/* then less is worth it, too */

static void
arm(struct trim *t)
{
	struct timeval tv = clock_timeval(MS_PER_SEC);

	(void)event_add(&t->ev, &tv); /* if it fails: with the next note */
}

static void
on_tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct trim *t = arg;

	(void)fd;
	(void)what;
	if (!trim_tick(t))
		arm(t);
}

void
trim_init(struct trim *t, struct event_base *base)
{
	*t = (struct trim){0};
	evtimer_assign(&t->ev, base, on_tick_cb, t);
}

void
trim_note(struct trim *t)
{
	t->churn++;
	if (event_initialized(&t->ev) && !evtimer_pending(&t->ev, NULL))
		arm(t);
}

int
trim_tick(struct trim *t)
{
	if (t->churn == t->trimmed)
		return 1;
	t->quiet_ticks = t->churn == t->seen ? t->quiet_ticks + 1 : 0;
	t->seen = t->churn;
	if (t->quiet_ticks == 0 ||
	    (t->quiet_ticks < QUIET_TICKS && t->churn - t->trimmed < CHURN_MIN))
		return 0;
	(void)malloc_trim(0);
	t->trimmed = t->churn;
	t->quiet_ticks = 0;
	return 1;
}
