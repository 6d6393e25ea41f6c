/* SPDX-License-Identifier: ISC */
/*
 * Times of the week: "Mon-Fri 08:00-20:00, Sat 10:00-14:00". An item is days,
 * a time of the day, or both; days alone are whole days, a time alone is that
 * of each day. Days are Mon, Tue ... Sun, one or a range; one that ends before
 * it begins goes on over Sunday. A time that ends before it begins ends on the
 * next day; 24:00 is the end of a day.
 */
#ifndef VB_SCHEDULE_H
#define VB_SCHEDULE_H

#include <stdint.h>
#include <time.h>

#include "common/errors.h"

#define SCHEDULE_SPANS_MAX 16

struct schedule_span {
	uint8_t days; /* bit 0: Monday */
	uint8_t zero[1];
	uint16_t from_min; /* of the day */
	uint16_t to_min;   /* not part of it; up to from_min: of the next day */
};

struct schedule {
	uint32_t count; /* 0: always */
	struct schedule_span spans[SCHEDULE_SPANS_MAX];
};

/* Returns 0, VB_ESYNTAX, or VB_EFULL (too many items). "" is an error. */
VB_MUST_CHECK int schedule_parse(const char *text, struct schedule *out);

/* True if the local time is in it. */
int schedule_has(const struct schedule *schedule, const struct tm *local);

#endif
