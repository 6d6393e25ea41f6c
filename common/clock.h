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
clock_ms_of(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * MS_PER_SEC +
	    (uint64_t)ts.tv_nsec / NS_PER_MS;
}

static inline uint64_t
clock_now_ms(void)
{
	return clock_ms_of(CLOCK_MONOTONIC);
}

/*
 * The same as of the kernel's last tick, up to 10 ms ago, and never ahead of
 * clock_now_ms(): for what is asked several times for each message.
 */
static inline uint64_t
clock_tick_ms(void)
{
	return clock_ms_of(CLOCK_MONOTONIC_COARSE);
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
