/* SPDX-License-Identifier: ISC */
/*
 * The door: a process that the master has started before its sandbox, and that
 * waits outside. A sandbox is inherited and can't be widened, and what the
 * runner starts must not be in one. So the runner is not forked by the master,
 * but here, at the master's word; and it is the master's child all the same
 * (CLONE_PARENT), which hears of its end. The door reads nothing but that.
 */
#ifndef VB_DOOR_H
#define VB_DOOR_H

#include <sys/types.h>

#include "common/errors.h"

#define DOOR_WORD "door" /* the runner's program's first, which makes it one */

/*
 * For the master: there is a door, with this channel. **Takes** fd. It is its
 * child of that number.
 */
void door_use(int fd, pid_t pid);

/* At the end: it is closed, and its end is waited for, a second at most. */
void door_shut(void);

int door_is_there(void);
int door_is(pid_t pid);

/* It has ended by itself: there is none any more. */
void door_lost(void);

/*
 * Has the door start a process whose PROCESS_MASTER_FD is channel; **borrows**
 * it. Returns its number, or VB_ESYS.
 */
VB_MUST_CHECK pid_t door_fork(int channel);

/*
 * Has it kill a process with SIGKILL: of one outside of the sandbox the master
 * itself may not be able to. Returns 0 or VB_ESYS.
 */
VB_MUST_CHECK int door_kill(pid_t pid);

/*
 * For the door, whose channel is PROCESS_MASTER_FD: serves until the master has
 * gone, and ends then. Returns in each process that it has started.
 */
void door_serve(void);

#endif
