/* SPDX-License-Identifier: ISC */
/*
 * What a process that was taken over would try. Each attempt runs in a
 * process of its own: what it needs is made, the sandbox is entered, the
 * attempt is made.
 */
#ifndef VB_TEST_ATTEMPTS_H
#define VB_TEST_ATTEMPTS_H

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

/* The port that the process under test may connect to, if any. */
extern unsigned short attempt_allowed_port;

/* Makes an attempt behind enter(). Any other outcome fails the test. */
enum attempt_outcome
attempt_run(const struct attempt *attempt, void (*enter)(void));

/*
 * The calls that enter() allows have, where a newer architecture lacks
 * one, what the C library makes of it there. Does not enter.
 */
void rows_check(void (*enter)(void));

/*
 * A suite of one test for each attempt: those named in works (NULL ends it)
 * must work, all others must be refused or killed. And the rows are checked.
 */
int attempt_main(
    const char *process, void (*enter)(void), const char *const *works);

#endif
