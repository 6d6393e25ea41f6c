/* SPDX-License-Identifier: ISC */
/*
 * What this process counts (proto_metrics.h): plain numbers, one set for the
 * process, as its log is one. Nothing here reads a clock or allocates.
 */
#ifndef VB_METRICS_H
#define VB_METRICS_H

#include <stdint.h>

#include "common/proto_metrics.h"

/* One more. */
void metrics_count(enum metric metric);

/* So many more. */
void metrics_add(enum metric metric, uint64_t more);

/* A gauge, or a count that is kept elsewhere. */
void metrics_set(enum metric metric, uint64_t value);

/* One more of that HTTP status; of that close code; of that code in OPENED. */
void metrics_count_status(int status);
void metrics_count_ended(uint32_t code);
void metrics_count_opened(uint32_t code);

/* One more in a histogram, which metric names. */
void metrics_observe(enum metric metric, uint64_t ms);

/* Since the start of the process; **borrowed**. */
const uint64_t *metrics_values(void);

/* Sums end at the greatest number: what others say may be anything. */
static inline uint64_t
metrics_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* What a metric is of: a role's bit, and whether it is a gauge. */
uint32_t metrics_role(uint32_t metric);
int metrics_is_gauge(uint32_t metric);

/*
 * Who else fills an answer: gauges, and what is kept elsewhere. **Keeps** arg.
 * Called before the values are copied into counted.
 */
typedef void metrics_filler(void *arg, struct msg_counted *counted);
void metrics_fill_by(metrics_filler *filler, void *arg);

/* The answer to a COUNT. */
void metrics_fill(struct msg_counted *counted);

/* How many descriptors this process has. */
uint32_t metrics_descriptors(void);

#endif
