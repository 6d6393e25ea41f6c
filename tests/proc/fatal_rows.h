/* SPDX-License-Identifier: ISC */
/* What a master may not say: each handler's rules, broken once. */
#ifndef VB_TEST_FATAL_ROWS_H
#define VB_TEST_FATAL_ROWS_H

#include <stddef.h>

#include "common/proto.h"
#include "tests/unit/breach.h"

enum outcome {
	ENDS,
	GOES_ON
};

/* is_started: behind a CONF_START, where it is a matter of PHASE_SETUP. */
struct fatal_row {
	enum proto_role role;
	enum msg_type type;
	const char *what;
	breach_fill *fill;
	breach_fd *make;
	int is_started;
	enum outcome outcome;
};

extern const struct fatal_row fatal_rows[];
extern const size_t fatal_row_count;

/* auth's: fatal_rows_auth.c */
extern const struct fatal_row fatal_rows_auth[];
extern const size_t fatal_row_auth_count;

/* fetch's: fatal_rows_fetch.c */
extern const struct fatal_row fatal_rows_fetch[];
extern const size_t fatal_row_fetch_count;

/* pam's: fatal_rows_pam.c */
extern const struct fatal_row fatal_rows_pam[];
extern const size_t fatal_row_pam_count;

/* runner's: fatal_rows_runner.c */
extern const struct fatal_row fatal_rows_runner[];
extern const size_t fatal_row_runner_count;

/* On loopback. */
int fatal_make_listener(void);

#endif
