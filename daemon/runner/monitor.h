/* SPDX-License-Identifier: ISC */
/*
 * The process around a command: whatever that starts, and however often it
 * forks, ends up as a child of this one (PR_SET_CHILD_SUBREAPER), which finds
 * it and ends it. It is forked by the runner and runs nothing itself.
 */
#ifndef VB_MONITOR_H
#define VB_MONITOR_H

#include <stdint.h>

#include "daemon/runner/hooks.h"

enum monitor_word {
	MONITOR_BEGUN, /* value: the command's process, and its group */
	MONITOR_ENDED, /* value: waitpid(2)'s status */
	MONITOR_FAILED /* value: errno of what could not be done */
};

/* What it says on its channel (SOCK_SEQPACKET). */
struct monitor_said {
	uint32_t word;
	int32_t value;
};

struct monitor_start {
	int channel; /* its end: the command, and all with it, is killed */
	int input;
	int output;
	const struct hook_call *call;
	int may_leave; /* what it leaves in the background, if it succeeds */
};

/* In the new process, after fork(2). */
void __attribute__((noreturn)) monitor_run(const struct monitor_start *start);

#endif
