/* SPDX-License-Identifier: ISC */
/*
 * Tells whoever started the daemon how it is: systemd through NOTIFY_SOCKET
 * (sd_notify(3), whose protocol is one datagram), the parent of a
 * daemonized master through a pipe.
 */
#ifndef VB_NOTIFY_H
#define VB_NOTIFY_H

#include "common/errors.h"

/*
 * Opens what NOTIFY_SOCKET names, if it is set, and removes it from the
 * environment.
 */
void notify_open(void);

/* Sends a state such as "READY=1\nMAINPID=..."; silent without a socket. */
void notify_send(const char *state);

/*
 * Forks: the parent waits for notify_parent() or the child's end and exits
 * with an honest status; the child goes on, in a session of its own.
 * Returns 0 in the child, or VB_ESYS.
 */
VB_MUST_CHECK int notify_daemonize(void);

/* The daemonized master is ready; silent if there is no parent. */
void notify_parent(void);

#endif
