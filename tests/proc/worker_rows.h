/* SPDX-License-Identifier: ISC */
/* What a broker may not say to a worker: each handler's rules, broken once. */
#ifndef VB_TEST_WORKER_ROWS_H
#define VB_TEST_WORKER_ROWS_H

#include <stddef.h>

#include "common/proto.h"
#include "tests/unit/breach.h"

/* The numbers of the worker's connections. */
#define WORKER_FIRST   1 /* a session */
#define WORKER_WAITING 2 /* one that the broker is asked about */
#define WORKER_NOBODY  4711

struct worker_row {
	enum msg_type type;
	const char *what;
	breach_fill *fill;
	int is_passed; /* late, or for nobody: nothing happens */
};

extern const struct worker_row worker_rows[];
extern const size_t worker_row_count;

void worker_fill_opened_nobody(union proto_any *body);
void worker_fill_stated_nobody(union proto_any *body);

#endif
