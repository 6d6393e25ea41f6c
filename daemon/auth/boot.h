/* SPDX-License-Identifier: ISC */
/* Time as auth counts it: nobody gains or loses by a change of the clock. */
#ifndef VB_AUTH_BOOT_H
#define VB_AUTH_BOOT_H

#include <stdint.h>
#include <time.h>

/* Seconds since the machine's start. */
static inline uint64_t
boot_now_sec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec;
}

#endif
