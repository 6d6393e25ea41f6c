/* SPDX-License-Identifier: ISC */
/*
 * The page of metrics, as Prometheus reads it (text format 0.0.4). Pure: from
 * what it is given it makes a text, and nothing else. How many series there
 * are is bounded by the tables here, the processes, PROTO_CERTS_MAX and
 * METRICS_TARGETS_MAX: what a client names is never a label.
 */
#ifndef VB_METRICS_PAGE_H
#define VB_METRICS_PAGE_H

#include "common/errors.h"
#include "common/proto.h"

struct evbuffer;

struct metrics_cert {
	const char *path;
	uint64_t ends_sec; /* since 1970, 0: unknown */
};

/* All of it is **borrowed**. */
struct metrics_page {
	const struct msg_ctl_status_is *status;
	uint32_t
	    descriptors[CTL_PROCESS_MAX]; /* of its processes; 0: unknown */
	uint64_t descriptors_max;
	const uint64_t *values; /* METRICS_COUNT, of all processes */
	const struct metrics_cert *certs;
	size_t cert_count;
	/* the first of the configured targets; none: nobody has counted */
	const char *const *targets;
	const uint32_t *target_sessions;
	size_t target_count; /* METRICS_TARGETS_MAX at most */
	int has_more_targets;
};

/* The type of the text, for HTTP. */
#define METRICS_PAGE_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends it. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int
metrics_page_write(const struct metrics_page *page, struct evbuffer *out);

#endif
