/* SPDX-License-Identifier: ISC */
/*
 * What every child of the master does alike: how it begins, listens to the
 * master, shows that it lives, and ends.
 *
 * A new child has a folder with main.c, master.c (what the master says) and
 * sandbox.c (its system calls, with a reason for each), and a row in
 *
 *   common/proto.h              PROTO_ROLES and the sets after it;
 *                               PROTO_MESSAGES: who may send what to whom
 *   daemon/master/children/     spawn.c, programs[]: what is run
 *                               conf_send.c, senders[]: what it is told
 *                               reports.c, reports_ops(): what it may say
 *                               supervise.c, init_servers(): there is one
 *   daemon/README.privsep       who may what
 *   Makefile.am                 its library and its program
 *
 * The rest, with its tests: doc/HACKING.md.
 */
#ifndef VB_PROCESS_H
#define VB_PROCESS_H

#include "common/errors.h"
#include "common/ipc.h"
#include "common/sandbox.h"
#include "common/settings.h"

#define PROCESS_MASTER_FD 3 /* where a child finds the master's channel */

struct event_base;

/*
 * First of all: ends a program that was not started by the master, closes
 * what was inherited but the channel, and sends what it logs there. title is
 * what ps(1) shows: run from a descriptor, it has no name of its own.
 */
void process_begin(const char *title);

/*
 * Makes the event loop, without locks. The master alone decides what a signal
 * to the daemon means: they are ignored. Ends the process on failure.
 */
struct event_base *process_loop(void);

/*
 * Opens the master's channel. **Takes** fd, **keeps** ops and arg. NULL
 * without memory.
 */
struct ipc *process_connect(struct event_base *base, int fd,
    enum proto_role self, const struct ipc_ops *ops, void *arg);

/* From here on lines are queued for the master; the last ones are sent. */
void process_speak(void);

/*
 * After a fork, in one that is another process from now on: it has no master,
 * and what it logs is lost.
 */
void process_forget(void);

/* Runs the loop until the master's channel closes. Returns main()'s value. */
int process_run(void);

/* Ends the process if the master is of another version. */
void process_check_version(const struct msg_conf_start *start);

/* Enters the sandbox, or ends the process; says which, or that it is off. */
void
process_sandbox(const struct settings *settings, const struct sandbox *sandbox);

/* Says READY: from now on the master sends what a child in service gets. */
void process_ready(void);

/* The handler of PROBE, for the row in ops. */
int process_on_probe(void *arg, const void *body, int *fd);

/* The handler of DRAIN, where what has begun may come to its end. */
int process_on_drain(void *arg, const void *body, int *fd);

/* The handler of COUNT, the same: says what common/metrics.h has. */
int process_on_count(void *arg, const void *body, int *fd);

/* For ops: without a master there is nothing to do, and no one to tell. */
void process_on_closed(void *arg, int reason);

#endif
