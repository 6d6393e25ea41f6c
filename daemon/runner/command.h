/* SPDX-License-Identifier: ISC */
/*
 * A command that runs, with its monitor. The owner waits for its end with
 * SIGCHLD: command_hear() says then what became of it.
 */
#ifndef VB_COMMAND_H
#define VB_COMMAND_H

#include <sys/types.h>

#include "common/errors.h"
#include "daemon/runner/hooks.h"
#include "daemon/runner/output.h"

struct command {
	pid_t monitor; /* 0: none runs */
	pid_t group;   /* the command's own; 0: not known */
	int channel;   /* to the monitor; -1: it is to end */
	struct output *output;
	int has_ended;
	int status; /* waitpid(2)'s, if it has */
};

struct command_start {
	struct outputs *outputs;
	const char *label; /* as the log has it */
	const struct hook_call *call;
	int input; /* borrowed; -1: /dev/null */
	int may_leave;
};

/* Starts it. Returns 0, VB_ESYS or VB_ENOMEM, and nothing is left then. */
VB_MUST_CHECK int
command_begin(struct command *command, const struct command_start *start);

/* Ends it, and all that it has started; its monitor's death says when. */
void command_stop(struct command *command);

/* It had time for that: its monitor, too. */
void command_kill(struct command *command);

/*
 * Its monitor has died: whether some of its processes live nevertheless, such
 * as another user's, which can't be ended.
 */
int command_lives(const struct command *command);

/*
 * Its monitor has died. Returns how many lines it has written; what it has left
 * in the background goes on writing if is_left.
 */
uint64_t command_end(struct command *command, int is_left);

#endif
