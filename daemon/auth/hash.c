/* SPDX-License-Identifier: ISC */
/*
 * The helper that computes one hash at a time. It has no file and no network,
 * only its socket to auth, some memory, and some seconds for each.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <crypt.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sandbox.h"
#include "common/sandbox_rows.h"
#include "daemon/auth/hash.h"

#define MEMORY_BYTES \
	(512ull * 1024 * 1024) /* yescrypt's default takes 16 MiB */

static const struct sandbox_call hash_calls[] = {
    {.name = "recvfrom", .reason = "questions"},
    {.name = "sendto",
	.reason = "answers",
	.tests = {SANDBOX_ONLY(3, SANDBOX_SEND_FLAGS), SANDBOX_NULL(4)}},
    {.name = "alarm", .reason = "the time that it has"},
    {.name = "setitimer", .reason = "alarm, where it is this"},
    SANDBOX_ROWS_MEMORY,
    {.name = "clock_gettime", .reason = "time"},
    {.name = "restart_syscall", .reason = "after a stop"},
    {.name = "rt_sigreturn", .reason = "end of a handler"},
    {.name = "rt_sigprocmask", .reason = "end of a process"},
    {.name = "exit", .reason = "the end"},
    {.name = "exit_group", .reason = "the end"},
    {0},
};

static void
confine(int has_sandbox)
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
is_whole(const struct hash_question *question, ssize_t n)
{
	return n == (ssize_t)sizeof(*question) &&
	    memchr(question->setting, '\0', sizeof(question->setting)) !=
	    NULL &&
	    memchr(question->password, '\0', sizeof(question->password)) !=
	    NULL;
}

static void
compute(const struct hash_question *question, struct crypt_data *data,
    struct hash_answer *answer)
{
	const char *hash;

	memset(answer, 0, sizeof(*answer));
	answer->number = question->number;
	hash = crypt_r(question->password, question->setting, data);
	/* crypt(3): a failure begins with an asterisk */
	if (hash != NULL && hash[0] != '*' && strlen(hash) < HASH_TEXT_MAX)
		strlcpy(answer->hash, hash, sizeof(answer->hash));
	explicit_bzero(data, sizeof(*data));
}

int
hash_run(int fd, int has_sandbox)
{
	static struct crypt_data data; /* 32 KiB */
	static struct hash_question question;
	static struct hash_answer answer;
	ssize_t n;

	signal(SIGALRM, SIG_DFL);
	confine(has_sandbox);
	for (;;) {
		n = recv(fd, &question, sizeof(question), 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (!is_whole(&question, n))
			return n == 0 ? 0 : 1;
		alarm(HASH_SEC_MAX);
		compute(&question, &data, &answer);
		alarm(0);
		explicit_bzero(&question, sizeof(question));
		if (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) == -1)
			return 1;
		explicit_bzero(&answer, sizeof(answer));
	}
}
