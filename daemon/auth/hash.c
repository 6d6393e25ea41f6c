/* SPDX-License-Identifier: ISC */
/*
 * The helper that computes one hash at a time. It has no file and no network,
 * only its socket to auth, some memory, and some seconds for each.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <crypt.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sandbox.h"
#include "common/sandbox_rows.h"
#include "daemon/auth/hash.h"

#define MEMORY_BYTES \
	(512ull * 1024 * 1024)	 /* yescrypt's default takes 16 MiB */
#define STACK_BYTES (128 * 1024) /* crypt(3) takes a few KiB */

static const struct sandbox_call hash_calls[] = {
    {.name = "recvfrom", .reason = "questions"},
    {.name = "sendto",
	.reason = "answers",
	.tests = {SANDBOX_ONLY(3, SANDBOX_SEND_FLAGS), SANDBOX_NULL(4)}},
    {.name = "prlimit64",
	.reason = "the time that it has",
	.tests = {SANDBOX_IS(0, 0)}},
    SANDBOX_ROWS_MEMORY,
    {.name = "clock_gettime", .reason = "time"},
    {.name = "restart_syscall", .reason = "after a stop"},
    {.name = "rt_sigreturn", .reason = "end of a handler"},
    {.name = "rt_sigprocmask", .reason = "end of a process"},
    {.name = "exit", .reason = "the end"},
    {.name = "exit_group", .reason = "the end"},
    {0},
};

static struct crypt_data data; /* 32 KiB */
static struct hash_question question;
static struct hash_answer answer;
static int auth_fd;
static time_t began_sec; /* of its own processor's time */

/*
 * All of it, where the limit has room for the largest hash; else what has the
 * password. auth warns where even that is not to be had.
 */
static void
lock_memory(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
		    limit.rlim_cur >= MEMORY_BYTES &&
		    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
			return;
	}
	(void)mlock(&data, sizeof(data));
	(void)mlock(&question, sizeof(question));
	(void)mlock(&answer, sizeof(answer));
}

void
hash_confine(int has_sandbox)
{
	static const struct sandbox sandbox = {
	    .calls = hash_calls,
	    .flags = SANDBOX_NO_FILE_WRITE | SANDBOX_NO_PROCESS | SANDBOX_TCP,
	};
	struct rlimit limit = {MEMORY_BYTES, MEMORY_BYTES};
	char report[SANDBOX_REPORT_MAX];

	/* AddressSanitizer has reserved more than that */
	if (!sandbox_build_reports)
		setrlimit(RLIMIT_AS, &limit);
	if (has_sandbox && sandbox_enter(&sandbox, report) < 0)
		log_fatal("%s", report);
}

static int
is_whole(ssize_t n)
{
	return n == (ssize_t)sizeof(question) &&
	    memchr(question.setting, '\0', sizeof(question.setting)) != NULL &&
	    memchr(question.password, '\0', sizeof(question.password)) != NULL;
}

static time_t
used_sec(void)
{
	struct timespec used;

	return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 ? used.tv_sec
								   : 0;
}

/* Each second of a hash: enough of it, or nobody there who wants it? */
static void
on_second(int number)
{
	char byte;

	(void)number;
	if (used_sec() - began_sec > HASH_SEC_MAX ||
	    recv(auth_fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) == 0)
		_exit(1);
}

/*
 * The processor's time, of which each question has some seconds, and not that
 * of the clock: on a machine that is busy, or was stopped, nobody ends. At the
 * limit a signal comes, and with each second after it another.
 */
static void
begin_time(void)
{
	struct rlimit limit;

	began_sec = used_sec();
	if (getrlimit(RLIMIT_CPU, &limit) == -1)
		return;
	limit.rlim_cur = (rlim_t)began_sec + 1;
	setrlimit(RLIMIT_CPU, &limit);
}

static void
compute(void)
{
	const char *hash;

	memset(&answer, 0, sizeof(answer));
	answer.number = question.number;
	hash = crypt_r(question.password, question.setting, &data);
	/* crypt(3): a failure begins with an asterisk */
	if (hash != NULL && hash[0] != '*' && strlen(hash) < HASH_TEXT_MAX)
		strlcpy(answer.hash, hash, sizeof(answer.hash));
	explicit_bzero(&data, sizeof(data));
}

/* What crypt(3) has left below: as deep as it goes, and more. */
static void __attribute__((noinline)) wipe_stack(void)
{
	char depth[STACK_BYTES];

	explicit_bzero(depth, sizeof(depth));
}

int
hash_run(int fd, int has_sandbox)
{
	ssize_t n;

	auth_fd = fd;
	signal(SIGXCPU, on_second);
	lock_memory();
	hash_confine(has_sandbox);
	for (;;) {
		n = recv(fd, &question, sizeof(question), 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (!is_whole(n))
			return n == 0 ? 0 : 1;
		begin_time();
		compute();
		explicit_bzero(&question, sizeof(question));
		wipe_stack();
		if (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) == -1)
			return 1;
		explicit_bzero(&answer, sizeof(answer));
	}
}
