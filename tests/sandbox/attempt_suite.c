/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/sandbox/attempts.h"

#define EXIT_REFUSED 1
#define EXIT_BROKEN  3 /* the attempt itself could not be prepared */

/* As in the processes: a line goes through a channel, never to a file. */
static void
drop_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

static void __attribute__((noreturn))
run_child(const struct attempt *attempt, void (*enter)(void))
{
	int made = attempt->make();

	if (made == -1)
		_exit(EXIT_BROKEN);
	log_to_sink(drop_line, NULL);
	enter();
	_exit(attempt->run(made) == 0 ? 0 : EXIT_REFUSED);
}

enum attempt_outcome
attempt_run(const struct attempt *attempt, void (*enter)(void), int abi)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		old_kernel_abi = abi;
		run_child(attempt, enter);
	}
	ck_assert_int_ne(pid, -1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	attempt_clean_up(pid);
	if (WIFSIGNALED(status)) {
		ck_assert_msg(WTERMSIG(status) == SIGSYS, "%s: signal %d",
		    attempt->name, WTERMSIG(status));
		return ATTEMPT_KILLED;
	}
	if (WEXITSTATUS(status) == 0)
		return ATTEMPT_WORKED;
	ck_assert_msg(WEXITSTATUS(status) == EXIT_REFUSED,
	    "%s: exit status %d: the sandbox or the attempt could not be made",
	    attempt->name, WEXITSTATUS(status));
	return ATTEMPT_REFUSED;
}

#define NEWEST_ABI 7 /* that sandbox_linux.c knows */

static struct {
	void (*enter)(void);
	const char *const *works;
	const struct attempt_before *before;
	const char *const *open; /* NULL: each call is killed */
} plan;

static int
must_work(const struct attempt *attempt, int abi)
{
	const struct attempt_before *before;
	const char *const *name;

	for (name = plan.works; *name != NULL; name++)
		if (strcmp(*name, attempt->name) == 0)
			return 1;
	for (before = plan.before; before->name != NULL; before++)
		if (strcmp(before->name, attempt->name) == 0)
			return abi < before->abi;
	return 0;
}

static void
check_attempt(const struct attempt *attempt, int abi)
{
	enum attempt_outcome outcome = attempt_run(attempt, plan.enter, abi);

	if (must_work(attempt, abi == 0 ? old_kernel_real_abi() : abi))
		ck_assert_msg(outcome == ATTEMPT_WORKED,
		    "%s did not work: %s (abi %d)", attempt->name,
		    outcome == ATTEMPT_KILLED ? "killed" : "refused", abi);
	else
		ck_assert_msg(outcome != ATTEMPT_WORKED, "%s worked (abi %d)",
		    attempt->name, abi);
}

START_TEST(attempt_has_the_outcome_of_its_row)
{
	check_attempt(&attempts[_i], 0);
}
END_TEST

/* On the kernels of Debian 12 and Ubuntu 24.04 among them: abi 2 and 4. */
START_TEST(attempt_has_the_outcome_of_its_row_on_an_older_kernel)
{
	int abi = 1 + _i / attempt_count;

	if (abi <= old_kernel_real_abi())
		check_attempt(&attempts[_i % attempt_count], abi);
}
END_TEST

static int call_index;

static int
make_given(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int
run_call(int given)
{
	return call_make(call_index, given);
}

/* Whatever Landlock knows: the filter alone must end the process. */
START_TEST(call_is_killed_for_what_it_asks)
{
	const struct attempt attempt = {call_name(_i), make_given, run_call};

	call_index = _i;
	if (call_is_here(_i))
		ck_assert_msg(
		    attempt_run(&attempt, plan.enter, 1) == ATTEMPT_KILLED,
		    "%s was not killed", attempt.name);
}
END_TEST

static int
is_open(int i)
{
	const char *whole = call_name(i), *const * name;

	for (name = plan.open; *name != NULL; name++)
		if (strcmp(*name, whole) == 0 ||
		    (strncmp(*name, whole, strlen(*name)) == 0 &&
			whole[strlen(*name)] == ':'))
			return 1;
	return 0;
}

/* Whatever the kernel would have said, it was not asked. */
static int
run_refused_call(int given)
{
	return call_make(call_index, given) == -1 && errno == ENOSYS ? -1 : 0;
}

START_TEST(call_is_refused_for_what_it_asks)
{
	const struct attempt attempt = {
	    call_name(_i), make_given, run_refused_call};

	call_index = _i;
	if (call_is_here(_i) && !is_open(_i))
		ck_assert_msg(
		    attempt_run(&attempt, plan.enter, 1) != ATTEMPT_WORKED,
		    "%s was not refused", attempt.name);
}
END_TEST

/* Without a sandbox, what the table forbids must be possible at all. */
static void
enter_nothing(void)
{
}

START_TEST(attempts_are_real_without_a_sandbox)
{
	static const char *const plain[] = {"read a file", "write a file",
	    "append to a file", "create a file", "socket inet", "socket unix",
	    "socket netlink", "connect to an allowed port",
	    "connect to another port", "fast open by sendto",
	    "fast open by sendmsg", "fast open by sendmmsg",
	    "an abstract socket", "kill for good",
	    "kill as a descriptor's owner", "bind a given socket",
	    "accept on a given socket", "fork", "kill", "executable memory"};
	size_t i;
	int j;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		for (j = 0; j < attempt_count; j++)
			if (strcmp(attempts[j].name, plain[i]) == 0)
				ck_assert_msg(
				    attempt_run(&attempts[j], enter_nothing,
					0) == ATTEMPT_WORKED,
				    "%s is no real attempt", plain[i]);
	unlink("/tmp/vb-sandbox-created");
}
END_TEST

START_TEST(rows_are_whole_on_another_architecture)
{
	log_to_sink(drop_line, NULL);
	rows_check(plan.enter);
}
END_TEST

int
attempt_main(const char *process, void (*enter)(void), const char *const *works,
    const struct attempt_before *before)
{
	return attempt_main_refusing(process, enter, works, before, NULL);
}

int
attempt_main_refusing(const char *process, void (*enter)(void),
    const char *const *works, const struct attempt_before *before,
    const char *const *open)
{
	Suite *suite = suite_create(process);
	TCase *tc = tcase_create("sandbox");
	SRunner *runner;
	int failed;

	plan.enter = enter;
	plan.works = works;
	plan.before = before;
	plan.open = open;
	tcase_add_loop_test(
	    tc, attempt_has_the_outcome_of_its_row, 0, attempt_count);
	tcase_add_loop_test(tc,
	    attempt_has_the_outcome_of_its_row_on_an_older_kernel, 0,
	    attempt_count * NEWEST_ABI);
	if (open == NULL)
		tcase_add_loop_test(
		    tc, call_is_killed_for_what_it_asks, 0, call_count);
	else
		tcase_add_loop_test(
		    tc, call_is_refused_for_what_it_asks, 0, call_count);
	tcase_add_test(tc, attempts_are_real_without_a_sandbox);
	tcase_add_test(tc, rows_are_whole_on_another_architecture);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
