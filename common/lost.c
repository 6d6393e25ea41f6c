/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <string.h>

#include "common/clock.h"
#include "common/lost.h"
#include "common/metrics.h"

static void
on_minute_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	lost_tell(arg);
}

int
lost_init(struct lost *lost, struct event_base *base, enum metric metric,
    void (*say)(uint64_t count))
{
	memset(lost, 0, sizeof(*lost));
	lost->every_ms = LOST_MS;
	lost->metric = metric;
	lost->say = say;
	return event_assign(&lost->ev, base, -1, 0, on_minute_cb, lost) == -1
	    ? VB_ENOMEM
	    : 0;
}

void
lost_note(struct lost *lost)
{
	metrics_count(lost->metric);
	lost->count++;
	if (!event_pending(&lost->ev, EV_TIMEOUT, NULL))
		lost_tell(lost);
}

void
lost_tell(struct lost *lost)
{
	struct timeval tv = clock_timeval(lost->every_ms);
	uint64_t count = lost->count;

	if (count == 0)
		return;
	lost->count = 0;
	/* without memory for it, the next one is told of at once */
	(void)event_add(&lost->ev, &tv);
	lost->say(count);
}

void
lost_end(struct lost *lost)
{
	lost_tell(lost);
	event_del(&lost->ev);
}
