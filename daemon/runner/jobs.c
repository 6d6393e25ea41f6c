/* SPDX-License-Identifier: ISC */
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "daemon/runner/command.h"
#include "daemon/runner/jobs.h"
#include "daemon/runner/wake.h"

#define LATE_MS	      5000 /* for a monitor to end what it finds */
#define STUCK_LOOK_MS 500  /* from one look at what is left to the next */

enum job_state {
	JOB_WAITING,
	JOB_RUNNING,
	JOB_ENDING,
	JOB_STUCK
};

struct job {
	TAILQ_ENTRY(job) entry;
	struct jobs *jobs;
	enum job_state state;
	struct msg_run ask; /* number 0: nobody waits for the answer */
	struct command command;
	struct event deadline_ev;
	uint64_t begun_ms;
	uint32_t timeout_sec;
	uint8_t was_late;
	uint8_t lives;	  /* when its monitor has ended */
	uint8_t was_told; /* STUCK: the log knows */
};

void
jobs_tell_started(struct jobs *jobs)
{
	struct started *started;
	struct msg_ran ran;

	TAILQ_FOREACH (started, &jobs->started, entry) {
		memset(&ran, 0, sizeof(ran));
		ran.kind = HOOK_START;
		memcpy(ran.target, started->target, sizeof(ran.target));
		jobs->answer(jobs->arg, &ran);
	}
}

/* ---- the end of one ---- */

static void
begin_others(struct jobs *jobs)
{
	event_active(&jobs->begin_ev, EV_TIMEOUT, 0);
}

static void
count_stuck(struct jobs *jobs, int more)
{
	jobs->stuck += (unsigned)more;
	metrics_set(METRIC_COMMANDS_STUCK, jobs->stuck);
}

static void
free_job(struct job *job)
{
	if (job->was_told)
		count_stuck(job->jobs, -1);
	TAILQ_REMOVE(&job->jobs->list, job, entry);
	job->jobs->count--;
	event_del(&job->deadline_ev);
	free(job);
}

static void
look_again(struct job *job)
{
	struct timeval tv = clock_timeval(STUCK_LOOK_MS);

	job->state = JOB_STUCK;
	/* without memory for it, it is taken for gone */
	if (event_add(&job->deadline_ev, &tv) == -1)
		free_job(job);
}

/* Answered or not, what lives keeps its target from another command. */
static void
finish(struct job *job, enum hook_outcome outcome, uint32_t status)
{
	struct jobs *jobs = job->jobs;
	int is_good = outcome == HOOK_EXITED && status == 0;
	struct msg_ran ran;

	memset(&ran, 0, sizeof(ran));
	ran.number = job->ask.number;
	ran.kind = job->ask.kind;
	ran.outcome = outcome;
	ran.status = status;
	memcpy(ran.target, job->ask.target, sizeof(ran.target));
	if (is_good && ran.kind == HOOK_START)
		started_note(&jobs->started, ran.target);
	if (is_good && ran.kind == HOOK_STOP)
		started_forget(&jobs->started, ran.target);
	if (job->lives)
		look_again(job);
	else
		free_job(job);
	begin_others(jobs);
	if (ran.number != 0)
		jobs->answer(jobs->arg, &ran);
}

/* A target's name has letters, digits and "-_." only. */
static const char *
describe(const struct job *job, char out[OUTPUT_LABEL_MAX])
{
	snprintf(out, OUTPUT_LABEL_MAX, "target=\"%s\" command=%s",
	    job->ask.target, hooks_kind_name(job->ask.kind));
	return out;
}

static enum hook_outcome
outcome_of(const struct job *job, uint32_t *status, char text[64])
{
	const struct command *command = &job->command;

	*status = 0;
	if (!command->has_ended) {
		snprintf(text, 64, "error=\"its monitor was killed\"");
		return HOOK_NOT_BEGUN;
	}
	if (WIFSIGNALED(command->status)) {
		*status = (uint32_t)WTERMSIG(command->status);
		snprintf(text, 64, "signal=%u (%s)", *status,
		    strsignal((int)*status));
		return HOOK_KILLED;
	}
	*status = (uint32_t)WEXITSTATUS(command->status);
	snprintf(text, 64, "status=%u", *status);
	return HOOK_EXITED;
}

/* Its monitor has ended. */
static void
conclude(struct job *job)
{
	char what[OUTPUT_LABEL_MAX], text[64];
	uint64_t ran_ms = clock_now_ms() - job->begun_ms, lines;
	int is_left, is_well;
	enum hook_outcome outcome;
	uint32_t status;

	/* hears what it has said last, too */
	command_stop(&job->command);
	outcome = outcome_of(job, &status, text);
	is_left = outcome == HOOK_EXITED && status == 0 &&
	    job->ask.kind == HOOK_START;
	/* that it does not run is what a check is for */
	is_well = outcome == HOOK_EXITED &&
	    (status == 0 || job->ask.kind == HOOK_CHECK);
	lines = command_end(&job->command, is_left);
	job->lives = (uint8_t)(!is_left && command_lives(&job->command));
	job->jobs->running--;
	if (job->was_late)
		log_error("hook %s had not ended after %u s: killed lines=%llu",
		    describe(job, what), job->timeout_sec,
		    (unsigned long long)lines);
	else
		(is_well ? log_info : log_error)(
		    "hook %s ended %s ran=%llums lines=%llu",
		    describe(job, what), text, (unsigned long long)ran_ms,
		    (unsigned long long)lines);
	finish(job, job->was_late ? HOOK_LATE : outcome, status);
}

int
jobs_reap(struct jobs *jobs, pid_t pid)
{
	struct job *job;

	TAILQ_FOREACH (job, &jobs->list, entry)
		if (job->state != JOB_WAITING && job->command.monitor == pid)
			break;
	if (job == NULL)
		return 0;
	conclude(job);
	return 1;
}

/* ---- time ---- */

static void
set_deadline(struct job *job, uint64_t ms)
{
	struct timeval tv = clock_timeval(ms);

	/* without it, it would run for ever */
	if (event_add(&job->deadline_ev, &tv) == -1)
		command_kill(&job->command);
}

static void
look_at_stuck(struct job *job)
{
	struct jobs *jobs = job->jobs;
	char text[OUTPUT_LABEL_MAX];

	if (command_lives(&job->command)) {
		if (!job->was_told) {
			job->was_told = 1;
			count_stuck(jobs, 1);
			log_error("hook %s cannot be ended: pid=%d; until it "
				  "has gone, nothing else is run for it",
			    describe(job, text), (int)job->command.group);
		}
		look_again(job);
		return;
	}
	if (job->was_told)
		log_info("hook %s has gone", describe(job, text));
	free_job(job);
	begin_others(jobs);
}

static void
on_deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	struct job *job = arg;

	(void)fd;
	(void)what;
	if (job->state == JOB_STUCK) {
		look_at_stuck(job);
		return;
	}
	if (job->state == JOB_ENDING) {
		command_kill(&job->command);
		return;
	}
	command_stop(&job->command);
	job->state = JOB_ENDING;
	/* if it has just ended, that counts, and its monitor is about to */
	job->was_late = !job->command.has_ended;
	set_deadline(job, LATE_MS);
}

/* ---- the beginning ---- */

static void
fail(struct job *job, const char *why)
{
	char what[OUTPUT_LABEL_MAX];

	log_error("hook %s cannot be started: %s", describe(job, what), why);
	finish(job, HOOK_NOT_BEGUN, 0);
}

static void
run(struct job *job, const struct hook *hook)
{
	struct jobs *jobs = job->jobs;
	char what[OUTPUT_LABEL_MAX];
	enum hook_kind kind = job->ask.kind;
	struct command_start start = {.outputs = jobs->outputs,
	    .label = describe(job, what),
	    .input = -1,
	    .may_leave = kind == HOOK_START};
	struct hook_call *call =
	    hooks_call(jobs->hooks, hook, &hook->commands[kind]);

	start.call = call;
	if (call == NULL || command_begin(&job->command, &start) < 0) {
		fail(job,
		    call == NULL ? vb_strerror(VB_ENOMEM) : strerror(errno));
		free(call);
		return;
	}
	free(call);
	log_info("hook %s begins", what);
	job->state = JOB_RUNNING;
	jobs->running++;
	job->begun_ms = clock_now_ms();
	job->timeout_sec = kind == HOOK_START ? hook->head.start_timeout_sec
					      : jobs->hooks->timeout_sec;
	set_deadline(job, (uint64_t)job->timeout_sec * MS_PER_SEC);
}

/* Returns 0 if that has failed, and is answered. */
static int
wake(struct job *job, const struct hook *hook)
{
	char addr[ADDR_TEXT_MAX], what[OUTPUT_LABEL_MAX];

	if (wake_send(hook->head.mac, &hook->head.wake_addr) < 0) {
		fail(job, strerror(errno));
		return 0;
	}
	log_info("hook %s wakes it by addr=%s", describe(job, what),
	    addr_format(&hook->head.wake_addr, addr));
	return 1;
}

static int
is_stuck(const struct job *job)
{
	const struct job *other;

	TAILQ_FOREACH (other, &job->jobs->list, entry)
		if (other->was_told &&
		    strcmp(other->ask.target, job->ask.target) == 0)
			return 1;
	return 0;
}

static void
begin(struct job *job)
{
	const struct hook *hook = hooks_find(job->jobs->hooks, job->ask.target);
	int is_wake =
	    hook != NULL && job->ask.kind == HOOK_START && hook->head.has_wake;

	if (is_stuck(job)) {
		fail(job, "the one before lives, and cannot be ended");
		return;
	}
	if (hook == NULL ||
	    (hook->commands[job->ask.kind].argc == 0 && !is_wake)) {
		finish(job, HOOK_UNKNOWN, 0);
		return;
	}
	if (is_wake && !wake(job, hook))
		return;
	if (hook->commands[job->ask.kind].argc > 0)
		run(job, hook);
	else
		finish(job, HOOK_EXITED, 0);
}

/* One of a target at a time, in the order in which they came. */
static int
may_begin(const struct job *job)
{
	const struct jobs *jobs = job->jobs;
	const struct job *other;

	if (job->state != JOB_WAITING ||
	    job->ask.generation > jobs->hooks->generation ||
	    jobs->running >= PROTO_RUNNING_MAX)
		return 0;
	TAILQ_FOREACH (other, &jobs->list, entry) {
		if (other == job)
			return 1;
		if (!other->was_told &&
		    strcmp(other->ask.target, job->ask.target) == 0)
			return 0;
	}
	return 1;
}

static void
on_begin_cb(evutil_socket_t fd, short what, void *arg)
{
	struct jobs *jobs = arg;
	struct job *job, *next;

	(void)fd;
	(void)what;
	TAILQ_FOREACH_SAFE (job, &jobs->list, entry, next)
		if (may_begin(job))
			begin(job);
}

/* ---- for the channels ---- */

static struct job *
find_same(const struct jobs *jobs, const struct msg_run *run)
{
	struct job *job;

	TAILQ_FOREACH (job, &jobs->list, entry)
		if (job->ask.kind == run->kind && job->state != JOB_ENDING &&
		    job->state != JOB_STUCK &&
		    strcmp(job->ask.target, run->target) == 0)
			break;
	return job;
}

int
jobs_ask(struct jobs *jobs, const struct msg_run *run)
{
	struct job *job;

	if (run->number == 0 || run->kind >= HOOK_TARGET_KINDS ||
	    !PROTO_IS_TEXT(run->target))
		return VB_EBADMSG;
	/* the broker before was asked for the same */
	if ((job = find_same(jobs, run)) != NULL) {
		if (job->ask.number != 0)
			return VB_EBADMSG;
		job->ask.number = run->number;
		return 0;
	}
	if (jobs->count == JOBS_MAX)
		return VB_EBADMSG;
	if ((job = calloc(1, sizeof(*job))) == NULL)
		return VB_ENOMEM;
	job->jobs = jobs;
	job->ask = *run;
	if (event_assign(&job->deadline_ev, jobs->base, -1, 0, on_deadline_cb,
		job) == -1) {
		free(job);
		return VB_ENOMEM;
	}
	TAILQ_INSERT_TAIL(&jobs->list, job, entry);
	jobs->count++;
	begin_others(jobs);
	return 0;
}

void
jobs_use(struct jobs *jobs)
{
	begin_others(jobs);
}

/* One that has not begun is not wanted any more: a new broker says so. */
void
jobs_forget_asker(struct jobs *jobs)
{
	struct job *job, *next;

	TAILQ_FOREACH_SAFE (job, &jobs->list, entry, next) {
		job->ask.number = 0;
		if (job->state == JOB_WAITING)
			free_job(job);
	}
}

void
jobs_end(struct jobs *jobs)
{
	struct job *job;

	while ((job = TAILQ_FIRST(&jobs->list)) != NULL) {
		/* its monitor sees to it */
		if (job->state != JOB_WAITING && job->state != JOB_STUCK)
			command_end(&job->command, 0);
		free_job(job);
	}
	started_clear(&jobs->started);
}

int
jobs_init(struct jobs *jobs)
{
	TAILQ_INIT(&jobs->list);
	TAILQ_INIT(&jobs->started);
	return event_assign(
		   &jobs->begin_ev, jobs->base, -1, 0, on_begin_cb, jobs) == -1
	    ? VB_ENOMEM
	    : 0;
}
