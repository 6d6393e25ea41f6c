/* SPDX-License-Identifier: ISC */
/*
 * Lines of the log that a stranger can cause: a limited number from one source
 * in a minute, and from all. Those beyond it are counted, and reported when the
 * minute is over. A source is an IPv4 address, or the /64 of an IPv6 address,
 * which is the least that anyone has. The memory for it is fixed, and a client
 * with many addresses takes lines from others, but no room.
 */
#ifndef VB_QUOTA_H
#define VB_QUOTA_H

#include <stdint.h>

#include "common/addr.h"
#include "common/log.h"

#define QUOTA_MS	   60000
#define QUOTA_LINES_SOURCE 20
#define QUOTA_LINES_ALL	   200 /* of a process */
#define QUOTA_SOURCES_TOLD 10  /* each by itself; the others in one line */

/*
 * Writes a line, or counts it. from NULL is a source of its own, for what no
 * one in particular has caused. Costs nothing at a level that is not written.
 */
void quota_log(enum log_level level, const struct addr *from, const char *fmt,
    ...) VB_PRINTF(3, 4);

/* Returns 1 if a line about that source may be written; else counts it. */
int quota_take(const struct addr *from);

/* To be called now and then: reports what was held back if a minute is over. */
void quota_tick(void);

/* Reports it at once, and starts over: the process ends. */
void quota_end(void);

#endif
