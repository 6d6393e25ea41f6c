/* SPDX-License-Identifier: ISC */
/*
 * The sandbox: a process declares what it needs, with a reason for each
 * row, and enters it for good. The mechanism is sandbox_linux.c; another system
 * gets a file of its own with the same functions. It fails closed.
 */
#ifndef VB_SANDBOX_H
#define VB_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

/*
 * What an argument of a call must be: argument & mask == value. Most are an
 * int, of which the kernel looks at the lower half only.
 */
struct sandbox_test {
	unsigned argument; /* 0 to 5 */
	uint64_t mask;	   /* 0: no test */
	uint64_t value;
};

#define SANDBOX_INT 0xffffffffull

/* it is v */
#define SANDBOX_IS(n, v)                        \
	{                                       \
		n, SANDBOX_INT, (v)&SANDBOX_INT \
	}
/* it is v, with any of bits */
#define SANDBOX_WITH(n, v, bits)                        \
	{                                               \
		n, SANDBOX_INT & ~(uint64_t)(bits), (v) \
	}
/* it has no other bits than these */
#define SANDBOX_ONLY(n, bits) SANDBOX_WITH(n, 0, bits)
/* it has none of these bits */
#define SANDBOX_CLEAR(n, bits) \
	{                      \
		n, (bits), 0   \
	}
/* it is NULL */
#define SANDBOX_NULL(n)     \
	{                   \
		n, ~0ull, 0 \
	}

/* the level and the name of getsockopt(2) and setsockopt(2) */
#define SANDBOX_OPTION(level, name) SANDBOX_IS(1, level), SANDBOX_IS(2, name)

#define SANDBOX_TESTS_MAX	    3 /* of a row; of different arguments */

/*
 * A system call that is allowed, if it passes all tests of the row. Rows of
 * the same name are alternatives.
 */
struct sandbox_call {
	const char *name; /* NULL ends the table */
	const char *reason;
	struct sandbox_test tests[SANDBOX_TESTS_MAX];
};

enum sandbox_right {
	SANDBOX_READ = 1,   /* read files and list directories below */
	SANDBOX_EXEC = 2,   /* execute */
	SANDBOX_REMOVE = 4, /* remove files in the directory */
	SANDBOX_WRITE = 8,  /* write to what exists */
	SANDBOX_MAKE = 16   /* make files in the directory */
};

struct sandbox_path {
	const char *path; /* NULL ends the table; one that does not exist
			     is passed over: nothing is allowed there */
	unsigned rights;  /* enum sandbox_right, a set */
};

enum sandbox_flag {
	SANDBOX_NO_FILE_WRITE = 1, /* RLIMIT_FSIZE 0 */
	SANDBOX_NO_PROCESS = 2,	   /* RLIMIT_NPROC 0 */
	SANDBOX_TCP = 4,	   /* TCP: no bind, connect to ports[] only */
	SANDBOX_REFUSE = 8	   /* other calls fail with ENOSYS */
};

#define SANDBOX_PORTS_ALL 65535

struct sandbox {
	const struct sandbox_call *calls;
	const struct sandbox_path *paths;
	const uint16_t *ports; /* with SANDBOX_TCP; each once */
	size_t port_count;
	unsigned flags; /* enum sandbox_flag, a set */
};

#define SANDBOX_REPORT_MAX 400

/*
 * Enters: no_new_privs, not dumpable, rlimits, Landlock, seccomp (default:
 * kill the process; with SANDBOX_REFUSE refuse the call), in this order, for
 * good. report gets one line: what was entered, or what could not be. What the
 * kernel is too old for beyond the file rules (TCP ports, scopes) is named in
 * the line, not an error.
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
extern const int sandbox_build_reports; /* to standard error, kept as well */

#endif
