/* SPDX-License-Identifier: ISC */
/*
 * The runner's jobs with real processes: shells, whose scripts find in MARK an
 * argument that only this test's processes have.
 */
#ifndef VB_HOOK_RIG_H
#define VB_HOOK_RIG_H

#include <event2/event.h>

#include "daemon/runner/jobs.h"

#define HOOK_RIG_LOG_BYTES 65536
#define HOOK_RIG_MARK_MAX  64
#define HOOK_RIG_TEST_SEC  120
#define HOOK_RIG_LATE_SEC  1 /* the limit of those that never end */
#define HOOK_RIG_AMPLE_SEC 100

struct hook_told {
	unsigned count;
	struct msg_ran ran; /* the last */
	struct msg_ran all[64];
};

extern struct event_base *base;
extern struct hooks hooks;
extern struct jobs jobs;
extern struct hook_told told;
extern char logged[HOOK_RIG_LOG_BYTES];
extern unsigned says; /* lines that a command has in the log */
extern char mark[HOOK_RIG_MARK_MAX];

void hook_rig_setup(void);
void hook_rig_teardown(void);

void hook_rig_target(const char *name, uint32_t timeout_sec);

/* Of the last target. */
void hook_rig_command(enum hook_kind kind, const char *script);

void hook_rig_ask(const char *target, enum hook_kind kind, uint64_t number);

/* Until so many answers have come. */
void hook_rig_run(unsigned count);

/* How many processes have MARK among their arguments. */
unsigned hook_rig_marked(void);

/* "vm" has that start, which is asked for as number 7, and ends. */
void hook_rig_start(const char *script, uint32_t timeout_sec);

#endif
