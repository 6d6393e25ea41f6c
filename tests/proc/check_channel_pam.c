/* SPDX-License-Identifier: ISC */
/*
 * The real pam with an auth that was taken over: it says what it must not,
 * floods, or reads nothing. That costs it its channel, and pam goes on; and
 * nothing that it has started is left.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/pam_rig.h"
#include "tests/unit/breach.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 120

static struct breach breaches[BREACHES_MAX];
static struct pam_rig p;
static struct msg_pam_said said;
static union proto_any any;

static void
start(void)
{
	pam_begin(&p);
	pam_run(&p);
}

/* A name that nobody has, which is no fault of the machine's. */
static void
expect_served(void)
{
	static uint64_t id = 1000000;

	pam_ask(&p, ++id, 0);
	pam_read(&p, &said);
	ck_assert_uint_eq(said.id, id);
	ck_assert_uint_ne(said.verdict, PAM_IS_RIGHT);
}

/* Its children that run. */
static unsigned
count_talks(void)
{
	char path[64];
	FILE *file;
	unsigned n = 0;
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	    (int)p.rig.pid, (int)p.rig.pid);
	if ((file = fopen(path, "r")) == NULL)
		return 0;
	while (fscanf(file, "%d", &pid) == 1)
		n++;
	fclose(file);
	return n;
}

static void
wait_no_talks(void)
{
	while (count_talks() > 0)
		pam_probe(&p);
}

static void
stop(void)
{
	expect_served();
	wait_no_talks();
	pam_stop(&p);
}

static void
expect_dropped(const char *what, int is_told)
{
	unsigned before = p.dropped;
	int type, fd;

	do
		type = ipc_read_message(p.auth, ROLE_AUTH, ROLE_PAM, &any, &fd);
	while (type > 0);
	ck_assert(type == VB_ECLOSED || type == VB_ESYS);
	close(p.auth);
	pam_probe(&p);
	ck_assert_msg(p.dropped == before + (unsigned)is_told, "%s", what);
	if (is_told) {
		ck_assert_uint_eq(p.last_dropped.index, 0);
		ck_assert_uint_eq(p.last_dropped.asker, ROLE_AUTH);
		ck_assert_uint_eq(p.last_dropped.fence, p.fence);
	}
	pam_join(&p);
}

START_TEST(pam_answers_what_nobody_has)
{
	start();
	expect_served();
	pam_ask(&p, 7, 1);
	pam_read(&p, &said);
	ck_assert_uint_eq(said.id, 7);
	ck_assert_uint_ne(said.verdict, PAM_IS_RIGHT);
	ck_assert_uint_ne(said.verdict, PAM_ASKS);
	stop();
}
END_TEST

START_TEST(pam_drops_who_breaks_the_table)
{
	size_t i, n = breach_list(ROLE_PAM, ROLE_AUTH, PHASE_RUN, breaches);

	start();
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(breach_commit(&breaches[i], p.auth), 0);
		expect_dropped(breach_name(&breaches[i]),
		    breaches[i].kind != BREACH_EMPTY);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	stop();
}
END_TEST

static void
fill_name(union proto_any *body)
{
	memset(body->pam_ask.name, 'a', sizeof(body->pam_ask.name));
}

static void
fill_password(union proto_any *body)
{
	memset(body->pam_ask.password, 'a', sizeof(body->pam_ask.password));
}

static void
fill_code(union proto_any *body)
{
	memset(body->pam_code.code, 'a', sizeof(body->pam_code.code));
}

static void
fill_all(union proto_any *body)
{
	memset(body, 0xff, sizeof(*body));
}

enum outcome {
	DROPPED,
	ANSWERED,
	PASSED /* nothing comes of it: what it is of may just have ended */
};

static const struct {
	enum msg_type type;
	const char *what;
	breach_fill *fill;
	enum outcome outcome;
} rows[] = {
    {MSG_PAM_ASK, "an endless name", fill_name, DROPPED},
    {MSG_PAM_ASK, "an endless password", fill_password, DROPPED},
    {MSG_PAM_ASK, "nonsense", fill_all, DROPPED},
    {MSG_PAM_ASK, "of no name, from nowhere", breach_fill_nothing, ANSWERED},
    {MSG_PAM_CODE, "endless", fill_code, DROPPED},
    {MSG_PAM_CODE, "of nobody", breach_fill_nothing, PASSED},
    {MSG_PAM_LEAVE, "of nobody", breach_fill_nothing, PASSED},
};

START_TEST(pam_has_a_row_for_each_message)
{
	enum msg_type types[COUNT(rows)];
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		types[i] = rows[i].type;
	breach_check_rows(ROLE_PAM, ROLE_AUTH, types, COUNT(rows));
}
END_TEST

START_TEST(pam_starts_nothing_for_nonsense)
{
	size_t i;

	start();
	for (i = 0; i < COUNT(rows); i++) {
		memset(&any, 0, sizeof(any));
		rows[i].fill(&any);
		ck_assert_int_eq(breach_say(p.auth, rows[i].type, &any, -1), 0);
		if (rows[i].outcome == DROPPED) {
			expect_dropped(rows[i].what, 1);
		} else if (rows[i].outcome == ANSWERED) {
			pam_read(&p, &said);
			ck_assert_uint_ne(said.verdict, PAM_IS_RIGHT);
		}
	}
	stop();
}
END_TEST

START_TEST(pam_drops_who_asks_by_a_number_twice)
{
	static const struct msg_pam_ask ask;

	start();
	ck_assert_int_eq(kill(p.rig.pid, SIGSTOP), 0);
	ck_assert_int_eq(breach_say(p.auth, MSG_PAM_ASK, &ask, -1), 0);
	ck_assert_int_eq(breach_say(p.auth, MSG_PAM_ASK, &ask, -1), 0);
	ck_assert_int_eq(kill(p.rig.pid, SIGCONT), 0);
	expect_dropped("twice", 1);
	wait_no_talks();
	stop();
}
END_TEST

/* Who has asked before gets no answer of the one before. */
START_TEST(pam_forgets_what_an_auth_has_asked_that_has_gone)
{
	uint64_t i;

	start();
	for (i = 0; i < PAM_RUNNING_MAX; i++)
		pam_ask(&p, i, 0);
	if (_i == 0)
		close(p.auth);
	pam_join(&p);
	expect_served();
	stop();
}
END_TEST

START_TEST(pam_that_is_killed_leaves_nothing)
{
	uint64_t i;
	int status;

	start();
	for (i = 0; i < PAM_RUNNING_MAX; i++)
		pam_ask(&p, i, 0);
	ck_assert_int_eq(kill(p.rig.pid, SIGKILL), 0);
	status = rig_wait(&p.rig);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(p.auth);
	close(p.rig.master);
	pam_run(&p);
	stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("channel-pam");
	TCase *tc = tcase_create("pam");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, pam_answers_what_nobody_has);
	tcase_add_test(tc, pam_drops_who_breaks_the_table);
	tcase_add_test(tc, pam_has_a_row_for_each_message);
	tcase_add_test(tc, pam_starts_nothing_for_nonsense);
	tcase_add_test(tc, pam_drops_who_asks_by_a_number_twice);
	tcase_add_loop_test(
	    tc, pam_forgets_what_an_auth_has_asked_that_has_gone, 0, 2);
	tcase_add_test(tc, pam_that_is_killed_leaves_nothing);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
