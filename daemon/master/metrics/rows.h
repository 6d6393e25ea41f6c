/* SPDX-License-Identifier: ISC */
/* What the counts of the processes are called. */
#ifndef VB_METRICS_ROWS_H
#define VB_METRICS_ROWS_H

#include <stdint.h>

struct metrics_row {
	const char *name;   /* NULL: the same as that of the row before */
	const char *help;   /* the same */
	const char *labels; /* NULL: none; of a code in upper case */
	uint32_t metric;    /* enum metric; a histogram's first */
};

/* A row without a metric, whose labels are NULL, is behind the last. */
extern const struct metrics_row metrics_rows[];
extern const struct metrics_row metrics_histograms[];
extern const uint32_t metrics_row_count;
extern const uint32_t metrics_histogram_count;

#endif
