/* SPDX-License-Identifier: ISC */
/* Invariant: a helper has a job exactly while it owes an answer. */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/process.h"
#include "daemon/auth/pool.h"

#define SELF	    "/proc/self/exe"
#define EXEC_FAILED 127
#define HELPER_NICE 10 /* a desktop comes before somebody's wrong password */

struct helper {
	struct pool *pool;
	struct event ev;
	int fd; /* -1: it has ended */
	struct job *job;
};

struct pool {
	struct jobs jobs;
	struct helper helpers[POOL_HELPERS_MAX];
	unsigned count;
	unsigned left;
	pool_lost *lost;
	void *arg;
};

static void __attribute__((noreturn))
run_helper(int program, int fd, int has_sandbox)
{
	char name[] = "vncbridge-auth", mode[] = "hash", off[] = "off";
	char *argv[] = {name, mode, has_sandbox ? NULL : off, NULL};

	/* no orphan: with auth its helpers end, too. Where auth's sandbox lets
	 * it signal nobody, they see it on their sockets */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	setpriority(PRIO_PROCESS, 0, HELPER_NICE);
	if (dup2(fd, PROCESS_MASTER_FD) == -1)
		_exit(EXEC_FAILED);
	/* its environment is auth's, which is what the master has made */
	execveat(program, "", argv, environ, AT_EMPTY_PATH);
	_exit(EXEC_FAILED);
}

static int
start_one(int program, int has_sandbox)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	if ((pid = fork()) == 0)
		run_helper(program, pair[1], has_sandbox);
	close(pair[1]);
	if (pid != -1)
		return pair[0];
	close(pair[0]);
	return -1;
}

int
pool_start(unsigned count, int has_sandbox, int fds[POOL_HELPERS_MAX])
{
	int program = open(SELF, O_PATH | O_CLOEXEC);
	unsigned n;

	if (program == -1)
		return VB_ESYS;
	/* their end is seen on their sockets */
	signal(SIGCHLD, SIG_IGN);
	for (n = 0; n < count && n < POOL_HELPERS_MAX; n++)
		if ((fds[n] = start_one(program, has_sandbox)) == -1)
			break;
	close(program);
	return n > 0 ? (int)n : VB_ESYS;
}

static void
finish(struct job *job, const char *hash)
{
	job->done(job, hash);
	job_free(job);
}

static void
end_job(struct helper *helper, const char *hash)
{
	struct job *job = helper->job;

	helper->job = NULL;
	if (job != NULL)
		finish(job, hash);
}

static void
lose(struct helper *helper, const char *why)
{
	struct pool *pool = helper->pool;

	log_error("a helper for password hashes has ended: %s", why);
	event_del(&helper->ev);
	close(helper->fd);
	helper->fd = -1;
	pool->left--;
	end_job(helper, NULL);
	if (pool->left == 0)
		pool->lost(pool->arg, 0);
}

/* Returns 0 if the helper has ended: the job can be another's. */
static int
give(struct helper *helper, const struct job *job)
{
	struct hash_question question;
	int is_given;

	memset(&question, 0, sizeof(question));
	question.number = job->number;
	strlcpy(question.setting, job->setting, sizeof(question.setting));
	strlcpy(question.password, job->password, sizeof(question.password));
	is_given =
	    send(helper->fd, &question, sizeof(question),
		MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(question);
	explicit_bzero(&question, sizeof(question));
	return is_given;
}

static struct helper *
find_idle(struct pool *pool)
{
	unsigned i;

	for (i = 0; i < pool->count; i++)
		if (pool->helpers[i].fd != -1 && pool->helpers[i].job == NULL)
			return &pool->helpers[i];
	return NULL;
}

/*
 * What is to be hashed now. The last helper that is idle, if it is not the only
 * one, does nothing for a name or an address that another works for: however
 * slow their hash, somebody else's begins at once.
 */
static struct job *
next_job(struct pool *pool)
{
	const struct job *others[POOL_HELPERS_MAX];
	unsigned i, busy = 0;

	for (i = 0; i < pool->count; i++) {
		others[i] = pool->helpers[i].job;
		busy += others[i] != NULL;
	}
	if (busy + 1 < pool->left)
		return jobs_next(&pool->jobs);
	return jobs_next_beside(&pool->jobs, others, pool->count);
}

static void
give_more(struct pool *pool)
{
	struct helper *helper;
	struct job *job = NULL;

	while ((helper = find_idle(pool)) != NULL &&
	    (job != NULL || (job = next_job(pool)) != NULL)) {
		if (!give(helper, job)) {
			lose(helper, strerror(errno));
			continue;
		}
		explicit_bzero(job->password, sizeof(job->password));
		job->began_ms = clock_now_ms();
		helper->job = job;
		job = NULL;
	}
	if (job != NULL)
		finish(job, NULL); /* none is idle any more */
}

/*
 * Half of them, or more, have ended: those that are left are slow for ever, and
 * one slow hash delays everybody. Nobody waits now.
 */
static void
tell_if_worn(struct pool *pool)
{
	unsigned i;

	if (pool->left == 0 || 2 * pool->left > pool->count)
		return;
	for (i = 0; i < pool->count; i++)
		if (pool->helpers[i].job != NULL)
			return;
	pool->lost(pool->arg, pool->left);
}

static void
on_answer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct helper *helper = arg;
	struct pool *pool = helper->pool;
	struct hash_answer answer;
	ssize_t n = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);

	(void)what;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		lose(helper,
		    n == 0 ? "killed, or out of time" : strerror(errno));
	else if (n != (ssize_t)sizeof(answer) || helper->job == NULL ||
	    answer.number != helper->job->number ||
	    memchr(answer.hash, '\0', sizeof(answer.hash)) == NULL)
		lose(helper, "it said what nobody had asked");
	else {
		metrics_observe(
		    METRIC_HASH, clock_now_ms() - helper->job->began_ms);
		end_job(helper, answer.hash[0] == '\0' ? NULL : answer.hash);
	}
	explicit_bzero(&answer, sizeof(answer));
	give_more(pool);
	tell_if_worn(pool);
}

struct pool *
pool_new(struct event_base *base, const int *fds, unsigned count,
    pool_lost *lost, void *arg)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	struct helper *helper;

	if (pool == NULL)
		return NULL;
	jobs_init(&pool->jobs);
	pool->lost = lost;
	pool->arg = arg;
	pool->count = pool->left = count;
	while (count-- > 0) {
		helper = &pool->helpers[count];
		helper->pool = pool;
		helper->fd = fds[count];
		if (event_assign(&helper->ev, base, helper->fd,
			EV_READ | EV_PERSIST, on_answer_cb, helper) == -1 ||
		    event_add(&helper->ev, NULL) == -1) {
			free(pool);
			return NULL;
		}
	}
	return pool;
}

void
pool_free(struct pool *pool)
{
	struct job *job;
	unsigned i;

	if (pool == NULL)
		return;
	while ((job = jobs_next(&pool->jobs)) != NULL)
		job_free(job);
	for (i = 0; i < pool->count; i++) {
		if (pool->helpers[i].fd == -1)
			continue;
		event_del(&pool->helpers[i].ev);
		close(pool->helpers[i].fd);
		if (pool->helpers[i].job != NULL)
			job_free(pool->helpers[i].job);
	}
	free(pool);
}

uint32_t
pool_waiting(const struct pool *pool)
{
	return pool->jobs.count;
}

int
pool_add(struct pool *pool, struct job *job)
{
	struct job *evicted;
	int result = jobs_add(&pool->jobs, job, &evicted);

	if (evicted != NULL)
		finish(evicted, NULL);
	if (result == 0)
		give_more(pool);
	return result;
}
