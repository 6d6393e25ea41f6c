/* SPDX-License-Identifier: ISC */
/*
 * The page of metrics as OpenMetrics, of the master's page, which is the text
 * format 0.0.4 (daemon/master/metrics/page.h): a family has no "_total" or
 * "_info", and its unit is told; bounds are numbers with a point; the end is
 * said.
 */
#ifndef VB_OPENMETRICS_H
#define VB_OPENMETRICS_H

#include <stddef.h>

#include "common/errors.h"

struct evbuffer;

#define OPENMETRICS_TYPE \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Appends it. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int
openmetrics_write(const char *page, size_t len, struct evbuffer *out);

#endif
