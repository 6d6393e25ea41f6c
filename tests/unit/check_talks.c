/* SPDX-License-Identifier: ISC */
/*
 * The processes of conversations, which do what modules can make of them: they
 * crash, end, lie, and leave others behind. Here they do what the name says
 * that is asked for.
 */
#include <sys/prctl.h>
#include <sys/socket.h>

#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/pam/talk.h"
#include "daemon/pam/talks.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC  60
#define TALKS_MAX (PAM_RUNNING_MAX + PAM_LOOKS_MAX + PAM_HALVES_MAX)
#define SECRET	  "a secret of 27182818"

static struct event_base *base;
static struct talks talks;

static struct {
	unsigned count;
	struct msg_pam_said said;
} told;

/* ---- what the processes do ---- */

static void
say(int fd, const struct msg_pam_ask *ask, uint32_t verdict, const char *text)
{
	struct msg_pam_said said;

	memset(&said, 0, sizeof(said));
	said.id = ask->id;
	said.verdict = verdict;
	strlcpy(said.text, text, sizeof(said.text));
	if (send(fd, &said, sizeof(said), 0) == -1)
		_exit(1);
}

static void
wait_for_good(void)
{
	for (;;)
		pause();
}

static void
ask_for_code(int fd, const struct msg_pam_ask *ask)
{
	char code[AUTH_CODE_MAX] = "";

	say(fd, ask, PAM_ASKS, "");
	if (recv(fd, code, sizeof(code), 0) == sizeof(code))
		say(fd, ask, PAM_IS_WRONG, code);
}

/* One in a session of its own, which says by its end that it was there. */
static void
leave_another(int fd, const struct msg_pam_ask *ask)
{
	int ends[2];
	char byte;

	if (pipe(ends) == -1)
		_exit(1);
	if (fork() == 0) {
		setsid();
		prctl(PR_SET_NAME, "left-behind", 0, 0, 0);
		if (write(ends[1], "x", 1) == 1)
			wait_for_good();
	}
	if (read(ends[0], &byte, 1) == 1)
		say(fd, ask, PAM_IS_WRONG, "");
}

void
talk_run(int fd, pid_t parent, const char *service,
    const struct group_names *groups, struct msg_pam_ask *ask)
{
	(void)groups;
	static const struct msg_pam_said nonsense;
	char what = ask->name[0];

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent || strcmp(service, "service") != 0)
		_exit(1);
	if (what == 'r')
		say(fd, ask, PAM_IS_WRONG, ask->password);
	else if (what == 'a')
		ask_for_code(fd, ask);
	else if (what == 'k')
		kill(getpid(), SIGKILL);
	else if (what == 'v')
		say(fd, ask, PAM_HAS_FAILED + 1, "");
	else if (what == 'n')
		send(fd, &nonsense, sizeof(nonsense), 0);
	else if (what == 's')
		send(fd, "x", 1, 0);
	else if (what == 'l')
		leave_another(fd, ask);
	else if (what == 'h')
		wait_for_good();
	_exit(what == 'e' ? 7 : 0);
}

/* ---- the rig ---- */

static void
on_answer(void *arg, const struct msg_pam_said *said)
{
	ck_assert_ptr_eq(arg, &told);
	told.count++;
	told.said = *said;
}

static void
setup(void)
{
	memset(&talks, 0, sizeof(talks));
	memset(&told, 0, sizeof(told));
	ck_assert_ptr_nonnull(base = event_base_new());
	talks.answer = on_answer;
	talks.arg = &told;
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	ck_assert_int_eq(talks_init(&talks, base), 0);
	talks_use(&talks, "service", 1);
}

static void
teardown(void)
{
	talks_end(&talks);
	event_base_free(base);
}

static int
ask(uint64_t id, const char *what, int may_ask)
{
	struct msg_pam_ask asked;

	memset(&asked, 0, sizeof(asked));
	asked.id = id;
	asked.may_ask = (uint32_t)may_ask;
	strlcpy(asked.name, what, sizeof(asked.name));
	strlcpy(asked.password, SECRET, sizeof(asked.password));
	return talks_ask(&talks, &asked);
}

static void
wait_told(unsigned count)
{
	while (told.count < count)
		ck_assert_int_ne(event_base_loop(base, EVLOOP_ONCE), -1);
	ck_assert_uint_eq(told.count, count);
}

/* So many children of this process, and of those that it has started. */
static unsigned
count_children(void)
{
	FILE *file = fopen("/proc/thread-self/children", "r");
	unsigned n = 0;
	int pid;

	ck_assert_ptr_nonnull(file);
	while (fscanf(file, "%d", &pid) == 1)
		n++;
	fclose(file);
	return n;
}

static void
wait_no_children(void)
{
	while (count_children() > 0)
		ck_assert_int_ne(event_base_loop(base, EVLOOP_ONCE), -1);
}

static const struct {
	const char *what;
	uint32_t verdict;
	const char *text;
} ends[] = {
    {"right", PAM_IS_WRONG, SECRET},
    {"killed", PAM_HAS_FAILED, "its process has died of signal 9 (Killed)"},
    {"end", PAM_HAS_FAILED, "a module has ended its process, with status 7"},
    {"zero", PAM_HAS_FAILED, "a module has ended its process, with status 0"},
    {"verdict", PAM_HAS_FAILED, "its process said what makes no sense"},
    {"number", PAM_HAS_FAILED, "its process said what makes no sense"},
    {"short", PAM_HAS_FAILED, "its process said what makes no sense"},
    {"ask", PAM_HAS_FAILED, "its process said what makes no sense"},
};

START_TEST(question_is_answered_once_whatever_its_process_does)
{
	ck_assert_int_eq(ask(7, ends[_i].what, 0), 0);
	wait_told(1);
	ck_assert_uint_eq(told.said.id, 7);
	ck_assert_uint_eq(told.said.verdict, ends[_i].verdict);
	ck_assert_str_eq(told.said.text, ends[_i].text);
	ck_assert_uint_eq(talks.count, 0);
	wait_no_children();
	ck_assert_uint_eq(told.count, 1);
}
END_TEST

START_TEST(code_goes_to_who_has_asked_for_it)
{
	struct msg_pam_code code = {7, "314159"};

	ck_assert_int_eq(talks_code(&talks, &code), 0); /* too late */
	ck_assert_int_eq(ask(7, "ask", 1), 0);
	ck_assert_int_eq(talks_code(&talks, &code), VB_EBADMSG);
	wait_told(1);
	ck_assert_uint_eq(told.said.verdict, PAM_ASKS);
	ck_assert_int_eq(talks_code(&talks, &code), 0);
	wait_told(2);
	ck_assert_uint_eq(told.said.verdict, PAM_IS_WRONG);
	ck_assert_str_eq(told.said.text, "314159");
	wait_no_children();
}
END_TEST

START_TEST(one_that_is_left_ends_without_a_word)
{
	ck_assert_int_eq(ask(7, _i == 0 ? "ask" : "hang", 1), 0);
	if (_i == 0)
		wait_told(1);
	talks_leave(&talks, 7);
	talks_leave(&talks, 7);
	ck_assert_uint_eq(talks.count, 0);
	wait_no_children();
	ck_assert_uint_eq(told.count, _i == 0);
}
END_TEST

START_TEST(there_are_only_so_many)
{
	uint64_t i;

	for (i = 0; i < TALKS_MAX; i++)
		ck_assert_int_eq(ask(i, "hang", 0), 0);
	ck_assert_int_eq(ask(i, "hang", 0), VB_EBADMSG);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(ask(i, "hang", 0), VB_EBADMSG);
	ck_assert_uint_eq(count_children(), TALKS_MAX);
	talks_clear(&talks);
	wait_no_children();
	ck_assert_int_eq(ask(0, "hang", 0), 0);
	ck_assert_int_eq(ask(0, "hang", 0), VB_EBADMSG);
	ck_assert_uint_eq(told.count, 0);
}
END_TEST

/* Whoever is its parent then: it is a child of ours, and ended. */
START_TEST(what_one_leaves_behind_is_ended)
{
	ck_assert_int_eq(ask(7, "leave", 0), 0);
	ck_assert_int_eq(ask(8, "hang", 0), 0);
	wait_told(1);
	ck_assert_uint_eq(told.said.id, 7);
	while (count_children() > 1)
		ck_assert_int_ne(event_base_loop(base, EVLOOP_ONCE), -1);
	ck_assert_uint_eq(talks.count, 1);
}
END_TEST

/* auth knows a reload first: the service would be the one before. */
START_TEST(question_waits_for_its_configuration)
{
	struct msg_pam_ask asked = {.id = 7, .generation = 2};

	strlcpy(asked.name, "right", sizeof(asked.name));
	talks_use(&talks, "another", 1);
	ck_assert_int_eq(talks_ask(&talks, &asked), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(count_children(), 0);
	talks_use(&talks, "service", 2);
	wait_told(1);
	ck_assert_uint_eq(told.said.verdict, PAM_IS_WRONG);
	wait_no_children();
}
END_TEST

START_TEST(end_leaves_nothing)
{
	ck_assert_int_eq(ask(7, "hang", 0), 0);
	ck_assert_int_eq(ask(8, "ask", 1), 0);
	wait_told(1);
	talks_end(&talks);
	ck_assert_uint_eq(count_children(), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("talks");
	TCase *tc = tcase_create("talks");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc,
	    question_is_answered_once_whatever_its_process_does, 0,
	    (int)COUNT(ends));
	tcase_add_test(tc, code_goes_to_who_has_asked_for_it);
	tcase_add_loop_test(tc, one_that_is_left_ends_without_a_word, 0, 2);
	tcase_add_test(tc, there_are_only_so_many);
	tcase_add_test(tc, what_one_leaves_behind_is_ended);
	tcase_add_test(tc, question_waits_for_its_configuration);
	tcase_add_test(tc, end_leaves_nothing);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
