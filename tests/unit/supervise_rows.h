/* SPDX-License-Identifier: ISC */
/*
 * What a child may say by the table of messages, and yet never in its place:
 * one row for each way, for check_supervise.c.
 */
#ifndef VB_TEST_SUPERVISE_ROWS_H
#define VB_TEST_SUPERVISE_ROWS_H

#include "tests/unit/supervise_rig.h"

enum outcome {
	REPLACED, /* it costs the sender its place */
	PASSED	  /* late or for nobody: nothing happens */
};

/* Fills a body; the offender is as after rig_start(). */
typedef void fill_body(union proto_any *body, const struct fake *offender);

struct supervise_row {
	enum proto_role role;
	enum msg_type type;
	const char *what;
	fill_body *fill;
	enum outcome outcome;
};

/* For each role, READY in PHASE_SETUP is its last. */
extern const struct supervise_row supervise_rows[];
extern const size_t supervise_row_count;

/* auth's and fetch's: supervise_rows_auth.c */
extern const struct supervise_row supervise_rows_auth[];
extern const size_t supervise_row_auth_count;

#endif
