/* SPDX-License-Identifier: ISC */
/*
 * What processes have left behind when they ended: whose parent was to become
 * this process (PR_SET_CHILD_SUBREAPER), and who is no child that it started.
 */
#ifndef VB_ORPHANS_H
#define VB_ORPHANS_H

#include <sys/types.h>

#include "common/errors.h"

/* Whether it is one that was started here. */
typedef int orphans_is_own(const void *arg, pid_t pid);

/*
 * Kills the others, as the kernel lists them; their own children become ours
 * when they have ended: SIGCHLD is the time to call it. Returns how many, or
 * VB_ESYS where the list can't be read.
 */
int orphans_kill(orphans_is_own *is_own, const void *arg);

/*
 * At the end, when nothing is left that is to go on: kills all children, and
 * theirs, and waits for their end, a second at the most.
 */
void orphans_end(void);

#endif
