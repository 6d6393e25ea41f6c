/* SPDX-License-Identifier: ISC */
/*
 * The commands of targets as real processes, which do what commands can do:
 * they fail, hang, flood, fork, and run away. It costs them, and nobody else.
 */
#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/hook_rig.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define AMPLE_SEC  HOOK_RIG_AMPLE_SEC
#define LATE_SEC   HOOK_RIG_LATE_SEC
#define FLOOD_SIZE "100000000"

#define SLEEP	   "sleep $MARK"

static const struct {
	const char *what;
	const char *script;
	uint32_t timeout_sec;
	enum hook_outcome outcome;
	uint32_t status;
} rows[] = {
    {"succeeds", "exit 0", AMPLE_SEC, HOOK_EXITED, 0},
    {"fails", "exit 3", AMPLE_SEC, HOOK_EXITED, 3},
    {"dies", "kill -SEGV $$", AMPLE_SEC, HOOK_KILLED, SIGSEGV},
    {"is killed", "kill -KILL $$", AMPLE_SEC, HOOK_KILLED, SIGKILL},
    {"hangs", SLEEP, LATE_SEC, HOOK_LATE, 0},
    {"hangs deaf", "trap '' TERM HUP INT; " SLEEP "; " SLEEP, LATE_SEC,
	HOOK_LATE, 0},
    {"stops itself", "kill -STOP $$; : $MARK", LATE_SEC, HOOK_LATE, 0},
    {"closes its output", "exec >&- 2>&-; exit 0", AMPLE_SEC, HOOK_EXITED, 0},
    {"closes its output and hangs", "exec >&- 2>&-; " SLEEP, LATE_SEC,
	HOOK_LATE, 0},
    {"floods lines", "head -c " FLOOD_SIZE " /dev/zero | tr '\\0' '\\n'",
	AMPLE_SEC, HOOK_EXITED, 0},
    {"floods long lines", "yes $MARK | head -c " FLOOD_SIZE, AMPLE_SEC,
	HOOK_EXITED, 0},
    {"floods one line", "head -c " FLOOD_SIZE " /dev/zero", AMPLE_SEC,
	HOOK_EXITED, 0},
    {"floods for ever", "yes $MARK", LATE_SEC, HOOK_LATE, 0},
    {"forks", "for i in 1 2 3 4; do " SLEEP " & done; wait", LATE_SEC,
	HOOK_LATE, 0},
    {"forks, and leaves them, and fails",
	"for i in 1 2 3; do " SLEEP " & done; exit 1", AMPLE_SEC, HOOK_EXITED,
	1},
    {"forks twice into sessions of their own",
	"setsid sh -c '" SLEEP " & setsid " SLEEP " &' & sleep 0.2; exit 1",
	AMPLE_SEC, HOOK_EXITED, 1},
    {"forks twice, and hangs",
	"setsid sh -c 'setsid " SLEEP " & " SLEEP "' & " SLEEP, LATE_SEC,
	HOOK_LATE, 0},
    {"runs away",
	"r='setsid sh -c \"$r\" $MARK & exit'; export r; "
	"setsid sh -c \"$r\" $MARK & " SLEEP,
	LATE_SEC, HOOK_LATE, 0},
};

START_TEST(whatever_a_start_does_is_told_and_nothing_of_it_is_left)
{
	hook_rig_start(rows[_i].script, rows[_i].timeout_sec);
	ck_assert_msg(told.ran.outcome == rows[_i].outcome &&
		told.ran.status == rows[_i].status,
	    "%s: outcome=%u status=%u\n%s", rows[_i].what, told.ran.outcome,
	    told.ran.status, logged);
	ck_assert_uint_le(says, OUTPUT_LINES_MAX);
	ck_assert_ptr_nonnull(
	    strstr(logged, "hook target=\"vm\" command=start "));
	ck_assert_msg(hook_rig_marked() == 0, "%s: left", rows[_i].what);
}
END_TEST

/* It says no more for all that: its own monitor is what it has ended. */
START_TEST(a_command_that_kills_its_monitor_dies_with_it)
{
	hook_rig_start("kill -KILL $PPID; exec " SLEEP, AMPLE_SEC);
	ck_assert_uint_eq(told.ran.outcome, HOOK_NOT_BEGUN);
	while (hook_rig_marked() != 0)
		event_base_loop(base, EVLOOP_NONBLOCK);
}
END_TEST

START_TEST(what_a_good_start_leaves_goes_on_and_may_write)
{
	hook_rig_start(
	    "(while sleep 0.01; do echo on; done) & " SLEEP " &\n", 100);
	ck_assert_uint_eq(told.ran.outcome, HOOK_EXITED);
	ck_assert_uint_eq(told.ran.status, 0);
	while (says < 5)
		event_base_loop(base, EVLOOP_ONCE);
	while (hook_rig_marked() == 0)
		continue;
	/* and goes on when the runner ends */
	jobs_end(&jobs);
	ck_assert_uint_ge(hook_rig_marked(), 1);
	ck_assert_int_eq(system("pkill -KILL -f \"$MARK\""), 0);
}
END_TEST

START_TEST(what_a_good_stop_or_check_leaves_is_ended)
{
	enum hook_kind kind = _i == 0 ? HOOK_STOP : HOOK_CHECK;

	hook_rig_target("vm", AMPLE_SEC);
	hook_rig_command(kind, "setsid " SLEEP " & sleep 0.2");
	hook_rig_ask("vm", kind, 1);
	hook_rig_run(1);
	ck_assert_uint_eq(told.ran.kind, kind);
	ck_assert_uint_eq(told.ran.status, 0);
	ck_assert_uint_eq(hook_rig_marked(), 0);
}
END_TEST

START_TEST(a_command_has_no_input_no_other_descriptors_and_its_environment)
{
	hook_rig_start(
	    "readlink /proc/self/fd/0; echo $(ls /proc/self/fd); pwd; "
	    "echo $(env | grep -v ^_= | cut -d= -f1 | sort); "
	    "echo $VNCBRIDGE_TARGET $VNCBRIDGE_HOST $VNCBRIDGE_PORT",
	    AMPLE_SEC);
	ck_assert_ptr_nonnull(strstr(logged, "says=\"/dev/null\""));
	ck_assert_ptr_nonnull(strstr(logged, "says=\"0 1 2 3\"")); /* ls's */
	ck_assert_ptr_nonnull(strstr(logged, "says=\"/\""));
	ck_assert_msg(strstr(logged,
			  "says=\"MARK PATH PWD VNCBRIDGE_HOST VNCBRIDGE_PORT "
			  "VNCBRIDGE_TARGET\"") != NULL,
	    "%s", logged);
	ck_assert_ptr_nonnull(strstr(logged, "says=\"vm host.example 5907\""));
}
END_TEST

static const char *const names[] = {"; touch $MARK", "$(touch $MARK)",
    "`touch $MARK`", "x\ntouch $MARK\n", "-rf", "'\"; touch $MARK; \"'",
    "a && touch $MARK", "%n%n%s"};

/* No configuration has such a name; even then it is a value and no word. */
START_TEST(a_name_that_injects_is_a_value)
{
	char length[32];

	ck_assert_int_eq(chdir("/tmp"), 0);
	hook_rig_target(names[_i], AMPLE_SEC);
	snprintf(length, sizeof(length), "%zu", strlen(names[_i]));
	ck_assert_int_eq(setenv("MARK", length, 1), 0);
	hook_rig_command(HOOK_START,
	    "cd /tmp; test \"$(printf %s. \"$VNCBRIDGE_TARGET\" | wc -c)\" -eq "
	    "$((MARK + 1)) && test ! -e \"$MARK\"");
	hook_rig_ask(names[_i], HOOK_START, 1);
	hook_rig_run(1);
	ck_assert_uint_eq(told.ran.outcome, HOOK_EXITED);
	ck_assert_uint_eq(told.ran.status, 0);
	ck_assert_int_eq(access(length, F_OK), -1);
	ck_assert_int_eq(access(mark, F_OK), -1);
}
END_TEST

START_TEST(what_a_command_says_is_escaped_in_the_log)
{
	hook_rig_start(
	    "printf '\\033[2J\\r\"fake=1\\n'; printf 'no end'", AMPLE_SEC);
	ck_assert_msg(
	    strstr(logged, "says=\"\\x1b[2J\\x0d\\x22fake=1\"\n") != NULL, "%s",
	    logged);
	ck_assert_ptr_nonnull(strstr(logged, "says=\"no end\"\n"));
}
END_TEST

START_TEST(a_program_that_is_not_there_is_told)
{
	static const char words[] = "/nonexistent/program";
	struct msg_conf_command command;

	hook_rig_target("vm", AMPLE_SEC);
	memset(&command, 0, sizeof(command));
	command.kind = HOOK_START;
	command.argc = 1;
	memcpy(command.argv, words, sizeof(words));
	ck_assert_int_eq(hooks_add_command(&hooks, &command), 0);
	hook_rig_ask("vm", HOOK_START, 1);
	hook_rig_run(1);
	ck_assert_uint_eq(told.ran.outcome, HOOK_EXITED);
	ck_assert_uint_eq(told.ran.status, 127);
	ck_assert_ptr_nonnull(
	    strstr(logged, "says=\"cannot be run: No such file"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hook-jobs");
	TCase *tc = tcase_create("hook-jobs");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, HOOK_RIG_TEST_SEC);
	tcase_add_checked_fixture(tc, hook_rig_setup, hook_rig_teardown);
	tcase_add_loop_test(tc,
	    whatever_a_start_does_is_told_and_nothing_of_it_is_left, 0,
	    (int)COUNT(rows));
	tcase_add_test(tc, a_command_that_kills_its_monitor_dies_with_it);
	tcase_add_test(tc, what_a_good_start_leaves_goes_on_and_may_write);
	tcase_add_loop_test(
	    tc, what_a_good_stop_or_check_leaves_is_ended, 0, 2);
	tcase_add_test(tc,
	    a_command_has_no_input_no_other_descriptors_and_its_environment);
	tcase_add_loop_test(
	    tc, a_name_that_injects_is_a_value, 0, (int)COUNT(names));
	tcase_add_test(tc, what_a_command_says_is_escaped_in_the_log);
	tcase_add_test(tc, a_program_that_is_not_there_is_told);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
