/* SPDX-License-Identifier: ISC */
/*
 * What has to be dropped since there is no room for it: each is counted, and
 * the log hears how many at once, and then once in a minute.
 */
#ifndef VB_LOST_H
#define VB_LOST_H

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto_metrics.h"

#define LOST_MS 60000

struct event_base;

struct lost {
	uint64_t count; /* since the last word about it */
	uint64_t every_ms;
	struct event ev; /* pending: there was one less than that ago */
	enum metric metric;
	void (*say)(uint64_t count);
};

/* say writes the line. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int lost_init(struct lost *lost, struct event_base *base,
    enum metric metric, void (*say)(uint64_t count));

/* One more. */
void lost_note(struct lost *lost);

/* Says now what has not been said, if there is something. */
void lost_tell(struct lost *lost);

/* The same, for the last time. */
void lost_end(struct lost *lost);

#endif
