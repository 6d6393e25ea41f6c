/* SPDX-License-Identifier: ISC */
/* Monotonic time, for deadlines and durations. */
#ifndef VB_CLOCK_H
#define VB_CLOCK_H

#include <sys/time.h>
#include <stdint.h>
#include <time.h>

#define MS_PER_SEC 1000
#define US_PER_MS  1000
#define NS_PER_MS  1000000

static inline uint64_t
clock_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * MS_PER_SEC +
	    (uint64_t)ts.tv_nsec / NS_PER_MS;
}

static inline struct timeval
clock_timeval(uint64_t ms)
{
	struct timeval tv;

	tv.tv_sec = (time_t)(ms / MS_PER_SEC);
	tv.tv_usec = (suseconds_t)(ms % MS_PER_SEC * US_PER_MS);
	return tv;
}

/* How long it is until the deadline; 0 if it has passed. */
static inline struct timeval
clock_until(uint64_t deadline_ms, uint64_t now_ms)
{
	return clock_timeval(deadline_ms > now_ms ? deadline_ms - now_ms : 0);
}

#endif
