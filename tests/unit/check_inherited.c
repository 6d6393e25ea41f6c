/* SPDX-License-Identifier: ISC */
#include <sys/time.h>

#include <check.h>
#include <signal.h>
#include <stdlib.h>

#include "common/inherited.h"

#define LATER_SEC 3600

static const int timers[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};

START_TEST(inherited_timers_are_over)
{
	struct itimerval timer = {.it_value = {.tv_sec = LATER_SEC}};

	ck_assert_int_eq(setitimer(timers[_i], &timer, NULL), 0);
	inherited_reset_signals();
	ck_assert_int_eq(getitimer(timers[_i], &timer), 0);
	ck_assert_int_eq(timer.it_value.tv_sec, 0);
	ck_assert_int_eq(timer.it_value.tv_usec, 0);
}
END_TEST

START_TEST(inherited_signals_are_neither_ignored_nor_blocked)
{
	struct sigaction action;
	sigset_t mask;
	int sig;

	sigfillset(&mask);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, &mask, NULL), 0);
	for (sig = 1; sig <= SIGRTMAX; sig++)
		signal(sig, SIG_IGN);
	inherited_reset_signals();
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, NULL, &mask), 0);
	for (sig = 1; sig <= SIGRTMAX; sig++) {
		if (sigaction(sig, NULL, &action) == -1 || sig == SIGXFSZ)
			continue;
		ck_assert_msg(action.sa_handler == SIG_DFL, "%d", sig);
		ck_assert_msg(!sigismember(&mask, sig), "%d is blocked", sig);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("inherited");
	TCase *tc = tcase_create("inherited");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, inherited_timers_are_over, 0, 3);
	tcase_add_test(tc, inherited_signals_are_neither_ignored_nor_blocked);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
