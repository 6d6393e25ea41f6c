/* SPDX-License-Identifier: ISC */
/*
 * The sandbox: a process declares what it needs, with a reason for each
 * row, and enters it for good. The mechanism is sandbox_linux.c; another
 * system gets a file of its own behind the same functions. It fails closed.
 */
#ifndef VB_SANDBOX_H
#define VB_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

/* How a row restricts one argument of its call. */
enum sandbox_test {
	SANDBOX_ANY = 0,   /* no restriction */
	SANDBOX_EQUAL,	   /* argument == value */
	SANDBOX_BITS_CLEAR /* (argument & value) == 0 */
};

/* A system call that is allowed. Rows of the same name are alternatives. */
struct sandbox_call {
	const char *name; /* NULL ends the table */
	const char *reason;
	enum sandbox_test test;
	unsigned argument; /* 0 to 5 */
	uint64_t value;
};

enum sandbox_right {
	SANDBOX_READ = 1,   /* read files and list directories below */
	SANDBOX_EXEC = 2,   /* execute */
	SANDBOX_REMOVE = 4, /* remove files in the directory */
	SANDBOX_WRITE = 8   /* write to what exists */
};

struct sandbox_path {
	const char *path; /* NULL ends the table; one that is not there is
			     passed over: nothing is allowed there */
	unsigned rights;  /* enum sandbox_right, a set */
};

enum sandbox_flag {
	SANDBOX_NO_FILE_WRITE = 1, /* RLIMIT_FSIZE 0 */
	SANDBOX_NO_PROCESS = 2,	   /* RLIMIT_NPROC 0 */
	SANDBOX_TCP = 4		   /* TCP: no bind, connect to ports[] only */
};

struct sandbox {
	const struct sandbox_call *calls;
	const struct sandbox_path *paths;
	const uint16_t *ports; /* with SANDBOX_TCP */
	size_t port_count;
	unsigned flags; /* enum sandbox_flag, a set */
};

#define SANDBOX_REPORT_MAX 256

/*
 * Enters: no_new_privs, not dumpable, rlimits, Landlock, seccomp (default:
 * kill the process), in this order, for good. report gets one line: what
 * was entered, or what could not be. What the kernel is too old for beyond
 * the file rules (TCP ports, scopes) is named in the line, not an error.
 * Returns 0 or VB_ESYS.
 */
VB_MUST_CHECK int
sandbox_enter(const struct sandbox *sandbox, char report[SANDBOX_REPORT_MAX]);

/* Set once the process is inside. */
extern int sandbox_is_entered;

/*
 * What the build's own instrumentation needs beyond the tables; one of
 * sandbox_plain.c, sandbox_asan.c and sandbox_coverage.c, chosen by
 * configure.
 */
extern const struct sandbox_call sandbox_build_calls[];
extern const struct sandbox_path sandbox_build_paths[];
extern const char *const sandbox_build_environment[]; /* kept over exec */

#endif
