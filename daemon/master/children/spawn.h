/* SPDX-License-Identifier: ISC */
/*
 * The children's programs: opened once, at the start, and run from then on.
 */
#ifndef VB_SPAWN_H
#define VB_SPAWN_H

#include "common/errors.h"
#include "daemon/bundle/privs.h"
#include "daemon/master/children/child.h"

/*
 * Starts the child's program, with its end of a new channel on descriptor
 * PROCESS_MASTER_FD, /dev/null for input and output, nothing else open, and
 * an empty environment. **Gives** *channel, the master's end. Sets pid.
 * Returns 0 or VB_ESYS.
 */
VB_MUST_CHECK int spawn_child(struct child *child, int *channel);

/*
 * Opens the door (common/door.h), by which the runner is started from then on:
 * before this process drops privileges, and with them sudo(8), and before the
 * sandbox. **Borrows** privs: what the door becomes. Returns 0 or VB_ESYS.
 */
VB_MUST_CHECK int spawn_open_door(const struct privs *privs);

/*
 * Remembers what spawn_child() needs and could not get in the sandbox, and
 * opens the programs: an update replaces the files, and those that belong
 * together are to be run until the daemon ends. A child gets /dev/null for its
 * standard streams: on a terminal or in a journal, it could write lines that
 * look like the master's. keep_stderr (with -d): builds that report there keep
 * it. Returns 0, or VB_ESYS with error set.
 */
VB_MUST_CHECK int
spawn_prepare(int keep_stderr, char *error, size_t error_size);

/* The paths of the programs; NULL after the last. */
const char *spawn_program(size_t i);

#endif
