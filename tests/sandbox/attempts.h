/* SPDX-License-Identifier: ISC */
/*
 * What a process that was taken over would try. Each attempt runs in a
 * process of its own: what it needs is made, the sandbox is entered, the
 * attempt is made.
 */
#ifndef VB_TEST_ATTEMPTS_H
#define VB_TEST_ATTEMPTS_H

#include <sys/types.h>

enum attempt_outcome {
	ATTEMPT_WORKED,
	ATTEMPT_REFUSED, /* the kernel said no */
	ATTEMPT_KILLED	 /* by the filter: SIGSYS */
};

struct attempt {
	const char *name;
	int (*make)(void);    /* before the sandbox; a value for run, or -1 */
	int (*run)(int made); /* 0 if it worked, -1 if it was refused */
};

extern const struct attempt attempts[];
extern const int attempt_count;

/* reach.c */
int reach_make_victim(void);
int reach_kill(int made);
int reach_by_owner(int made);
int reach_by_sendto(int listener);
int reach_by_sendmsg(int listener);
int reach_by_sendmmsg(int listener);
int reach_make_abstract(void);
int reach_abstract(int made);

/* calls.c: what the filter kills in every process */
extern const int call_count;
const char *call_name(int i);
int call_is_here(int i);
int call_make(int i, int given); /* a socket that was there before */

/* The port that the process under test may connect to, if any. */
extern unsigned short attempt_allowed_port;

/*
 * Makes an attempt behind enter(), as on a kernel whose Landlock is of this
 * ABI, or on this one (0). Any other outcome fails the test.
 */
enum attempt_outcome
attempt_run(const struct attempt *attempt, void (*enter)(void), int abi);

/* Removes the file that an attempt of that process may have made. */
void attempt_clean_up(pid_t pid);

/* What the kernel says of its Landlock, until it is entered; 0: the truth. */
extern int old_kernel_abi;

/* The ABI of this kernel, as it is now. */
int old_kernel_real_abi(void);

/*
 * The calls that enter() allows have, where a newer architecture lacks
 * one, what the C library makes of it there. Does not enter.
 */
void rows_check(void (*enter)(void));

#define LANDLOCK_TCP	4 /* the ABI that knows TCP ports */
#define LANDLOCK_SCOPES 6 /* and signals and abstract sockets */

/* An attempt that only Landlock stops, from an ABI on. */
struct attempt_before {
	const char *name; /* NULL ends the table */
	int abi;
};

/*
 * A suite of one test for each attempt on each ABI: those named in works
 * (NULL ends it) must work, those in before on an older kernel; all others
 * must be refused or killed. Each of calls.c must be killed. And the rows are
 * checked.
 */
int attempt_main(const char *process, void (*enter)(void),
    const char *const *works, const struct attempt_before *before);

/*
 * The same where calls of no row are refused (SANDBOX_REFUSE): each of calls.c
 * must be killed, or be answered as if there were no such call, but for those
 * in open (NULL ends it): "name", or "name: what".
 */
int attempt_main_refusing(const char *process, void (*enter)(void),
    const char *const *works, const struct attempt_before *before,
    const char *const *open);

#endif
