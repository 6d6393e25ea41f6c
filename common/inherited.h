/* SPDX-License-Identifier: ISC */
/* What a program inherits from its starter, and must not depend on. */
#ifndef VB_INHERITED_H
#define VB_INHERITED_H

/*
 * Signals are as in a new system: none is ignored (SIGCHLD would hide the end
 * of children) or blocked, and no timer is under way that would send one.
 * At the limits of files and time, a call fails, and no signal ends the
 * process.
 */
void inherited_reset_signals(void);

#endif
