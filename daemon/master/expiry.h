/* SPDX-License-Identifier: ISC */
/*
 * Says in the log, in time, that a certificate is going to end: 21, 7 and 1
 * days before, and when it has.
 */
#ifndef VB_EXPIRY_H
#define VB_EXPIRY_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct conf;

/* How near its end a certificate is. */
enum expiry_step {
	EXPIRY_FAR,
	EXPIRY_IN_21_DAYS,
	EXPIRY_IN_7_DAYS,
	EXPIRY_IN_1_DAY,
	EXPIRY_OVER
};

/* ends_sec 0 (unknown) is far. */
enum expiry_step expiry_step(uint64_t ends_sec, time_t now);

/* After a reload: everything is said again. */
void expiry_forget(void);

/* To be called now and then; each step of a certificate is said once. */
void
expiry_check(const struct conf *conf, const uint64_t *ends_sec, time_t now);

#endif
