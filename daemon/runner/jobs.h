/* SPDX-License-Identifier: ISC */
/*
 * The commands of targets that are asked for:
 *
 *   state    what ends it
 *   WAITING  it has the configuration, no other of that target runs, and there
 *            is a place: it begins
 *   RUNNING  the command ends, or its time is over
 *   ENDING   all that it has started is ended, or LATE_MS are over
 *   STUCK    what can't be ended (another user's, by sudo(8)) ends by itself;
 *            nothing of that target is run meanwhile. It was answered.
 *
 * Each is answered once, to the broker that is there by then.
 */
#ifndef VB_RUNNER_JOBS_H
#define VB_RUNNER_JOBS_H

#include <sys/types.h>

#include <event2/event_struct.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/runner/hooks.h"
#include "daemon/runner/output.h"
#include "daemon/runner/started.h"

#define JOBS_MAX (PROTO_TARGETS_MAX * HOOK_TARGET_KINDS)

struct job;

TAILQ_HEAD(job_list, job);

struct jobs {
	struct event_base *base;
	const struct hooks *hooks; /* those that apply */
	struct outputs *outputs;
	struct job_list list; /* in the order in which they came */
	unsigned count;
	unsigned running;
	unsigned stuck;		     /* of which the log knows */
	struct started_list started; /* targets, and not stopped since */
	struct event begin_ev;	     /* some may begin */
	void (*answer)(void *arg, const struct msg_ran *ran);
	void *arg;
};

/* Zeroed before; the caller sets all but lists and events. 0 or VB_ENOMEM. */
VB_MUST_CHECK int jobs_init(struct jobs *jobs);

/*
 * Asks for one. Returns 0, VB_ENOMEM, or VB_EBADMSG: there is no such kind, it
 * has no number, or there are too many.
 */
VB_MUST_CHECK int jobs_ask(struct jobs *jobs, const struct msg_run *run);

/* Another configuration applies: those that wait for it may begin. */
void jobs_use(struct jobs *jobs);

/* Nobody waits for the answers of those that were asked for until now. */
void jobs_forget_asker(struct jobs *jobs);

/* Tells of each target that was started and not stopped since. */
void jobs_tell_started(struct jobs *jobs);

/* A child has ended. Returns 1 if it was one of these. */
int jobs_reap(struct jobs *jobs, pid_t pid);

/* Ends all that run, without an answer. What was started goes on. */
void jobs_end(struct jobs *jobs);

#endif
