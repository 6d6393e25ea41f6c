/* SPDX-License-Identifier: ISC */
/*
 * The door: what it starts is a child of who has asked, and it ends with that
 * one. Here it starts processes that tell who their parent is.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/door.h"
#include "common/process.h"

#define TEST_SEC 60

static pid_t door;
static int door_end; /* the test's end of its channel */

static void __attribute__((noreturn)) tell_parent(void)
{
	pid_t parent;
	char byte;

	while (read(PROCESS_MASTER_FD, &byte, 1) == 1) {
		parent = getppid();
		if (write(PROCESS_MASTER_FD, &parent, sizeof(parent)) == -1)
			_exit(1);
	}
	_exit(7);
}

static void
setup(void)
{
	int pair[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	if ((door = fork()) == 0) {
		if (dup2(pair[1], PROCESS_MASTER_FD) == -1)
			_exit(1);
		closefrom(PROCESS_MASTER_FD + 1);
		door_serve();
		tell_parent();
	}
	ck_assert_int_gt(door, 0);
	close(pair[1]);
	door_end = pair[0];
	ck_assert(!door_is_there());
	door_use(door_end, door);
	ck_assert(door_is_there() && door_is(door) && !door_is(getpid()));
}

static int
end_of(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/* Gives its number; *channel is to it. */
static pid_t
start(int *channel)
{
	int pair[2];
	pid_t pid;

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_gt(pid = door_fork(pair[1]), 0);
	close(pair[1]);
	*channel = pair[0];
	return pid;
}

START_TEST(what_the_door_starts_is_a_child_of_who_asked)
{
	int channels[3], i;
	pid_t pids[3], parent;

	for (i = 0; i < 3; i++)
		pids[i] = start(&channels[i]);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(write(channels[i], "x", 1), 1);
		ck_assert_int_eq(
		    read(channels[i], &parent, sizeof(parent)), sizeof(parent));
		ck_assert_int_eq(parent, getpid());
	}
	/* it has its own end of its own channel alone: that is its end */
	close(channels[1]);
	ck_assert_int_eq(WEXITSTATUS(end_of(pids[1])), 7);
	ck_assert_int_eq(write(channels[2], "x", 1), 1);
}
END_TEST

START_TEST(the_door_kills)
{
	int channel;
	pid_t pid = start(&channel);

	ck_assert_int_eq(door_kill(pid), 0);
	ck_assert_int_eq(WTERMSIG(end_of(pid)), SIGKILL);
	ck_assert_int_eq(door_kill(pid), VB_ESYS); /* there is none */
}
END_TEST

START_TEST(the_door_ends_with_who_asks)
{
	ck_assert_int_eq(door_kill(INT32_MAX), VB_ESYS); /* it serves */
	kill(door, SIGTERM); /* the master decides what that means */
	kill(door, SIGHUP);
	kill(door, SIGINT);
	ck_assert_int_eq(door_kill(INT32_MAX), VB_ESYS);
	if (_i == 0) {
		close(door_end);
		ck_assert_int_eq(end_of(door), 0);
		return;
	}
	door_shut();
	ck_assert(!door_is_there());
	ck_assert_int_eq(waitpid(door, NULL, 0), -1); /* it has been */
}
END_TEST

START_TEST(the_door_ends_at_nonsense)
{
	ck_assert_int_eq(send(door_end, "x", 1, MSG_NOSIGNAL), 1);
	ck_assert_int_eq(WEXITSTATUS(end_of(door)), 1);
}
END_TEST

START_TEST(without_a_door_nothing_is_started)
{
	kill(door, SIGKILL);
	end_of(door);
	ck_assert_int_eq(door_fork(STDIN_FILENO), VB_ESYS);
	ck_assert_int_eq(door_kill(getpid()), VB_ESYS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("door");
	TCase *tc = tcase_create("door");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, what_the_door_starts_is_a_child_of_who_asked);
	tcase_add_test(tc, the_door_kills);
	tcase_add_loop_test(tc, the_door_ends_with_who_asks, 0, 2);
	tcase_add_test(tc, the_door_ends_at_nonsense);
	tcase_add_test(tc, without_a_door_nothing_is_started);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
