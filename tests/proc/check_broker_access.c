/* SPDX-License-Identifier: ISC */
/* Access sections: what they grant, show, and end when it is over. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ipc.h"
#include "tests/proc/broker_rig.h"

#define TEST_SEC 60
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct msg_opened opened;
static union proto_any any;

/* Waits for END of that session. */
static void
expect_end(int worker, uint64_t conn_id)
{
	int fd;

	ck_assert_int_eq(
	    ipc_read_message(worker, ROLE_WORKER, ROLE_BROKER, &any, &fd),
	    MSG_END);
	ck_assert_uint_eq(any.end.conn_id, conn_id);
	ck_assert_uint_eq(any.end.code, 4520);
	ck_assert(PROTO_IS_TEXT(any.end.reason));
	ck_assert_ptr_nonnull(strstr(any.end.reason, "is not open to you now"));
}

/* The rig's target is 127.0.0.1 at some port. */
static const struct {
	const char *targets;
	const char *from;
	uint32_t code;
	const char *reason;
} sections[] = {
    {"*", NULL, 0, ""},
    {"127.0.0.0/8:*", "192.0.2.0/24", 0, ""},
    {"127.0.0.1:*", "192.0.2.7", 0, ""},
    {"10.0.0.0/8:* =lab1", NULL, 4520, "is not open to you now"},
    {"127.0.0.1:1", NULL, 4520, "is not open to you now"},
    {"*", "198.51.100.0/24", 4520, "no desktop is open to you now"},
    {"*", "::/0", 4520, "no desktop is open to you now"},
};

START_TEST(broker_opens_what_a_section_grants)
{
	struct pair p;

	pair_start(&p, NULL);
	p.conf.access_targets = sections[_i].targets;
	p.conf.access_from = sections[_i].from;
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(
	    worker_try(p.workers[0], 1, p.text, &opened), sections[_i].code);
	ck_assert_msg(strstr(opened.reason, sections[_i].reason) != NULL, "%s",
	    opened.reason);
	rig_stop(&p.rig);
}
END_TEST

/* There is no such name, and nobody is asked whether there is. */
START_TEST(broker_asks_nobody_about_a_name_that_is_not_granted)
{
	struct pair p;

	pair_start(&p, NULL);
	p.conf.rules = "*.invalid:*";
	p.conf.access_targets = "10.0.0.0/8:22 desk.example:*";
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(
	    worker_try(p.workers[0], 1, "secret.invalid:5901", &opened), 4520);
	ck_assert_str_eq(
	    opened.reason, "secret.invalid:5901 is not open to you now");
	rig_stop(&p.rig);
}
END_TEST

/* What is there, what is not, and what allow does not take. */
START_TEST(broker_says_no_more_than_was_asked_of_what_is_not_granted)
{
	static const struct rig_target targets[] = {
	    {"lab1", "127.0.0.1:5901", 0}, {"lab2", "desk.invalid:5902", 0},
	    {"lab3", "127.0.0.1:5903", 0}, {NULL, NULL, 0}};
	static const char *const asked[] = {"lab1", "LAB2", "nox1",
	    "127.0.0.1:5901", "127.0.0.1:5904", "desk.invalid:5902",
	    "198.51.100.1"};
	char words[PROTO_REASON_MAX];
	struct pair p;
	size_t i;

	pair_start(&p, targets);
	p.conf.rules = "10.0.0.0/8";
	p.conf.access_targets = "=lab3";
	rig_configure(&p.rig, &p.conf);
	for (i = 0; i < COUNT(asked); i++) {
		snprintf(words, sizeof(words), "%s is not open to you now",
		    asked[i]);
		ck_assert_uint_eq(
		    worker_try(p.workers[0], i + 1, asked[i], &opened), 4520);
		ck_assert_str_eq(opened.reason, words);
		ck_assert_int_eq(opened.addr.family, ADDR_NONE);
	}
	rig_stop(&p.rig);
}
END_TEST

/* allow is the outer fence: a section opens nothing by itself. */
START_TEST(broker_opens_nothing_that_allow_does_not)
{
	struct pair p;

	pair_start(&p, NULL);
	p.conf.rules = "10.0.0.0/8";
	p.conf.access_targets = "*";
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, p.text, &opened), 4520);
	ck_assert_ptr_nonnull(strstr(opened.reason, "is not allowed"));
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_ends_what_a_reload_takes_away_and_no_more)
{
	struct pair p;

	pair_start(&p, NULL);
	p.conf.access_targets = "*";
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, p.text, &opened), 0);
	worker_use_client("198.51.100.1");
	ck_assert_uint_eq(worker_try(p.workers[1], 2, p.text, &opened), 0);
	ck_assert_uint_eq(worker_try(p.workers[0], 3, p.text, &opened), 0);
	worker_use_client(RIG_CLIENT);
	p.conf.access_from = "198.51.100.0/24";
	rig_configure(&p.rig, &p.conf);
	expect_end(p.workers[0], 1);
	worker_expect_silence(p.workers[0]);
	worker_expect_silence(p.workers[1]);
	/* it is told once, however often one looks */
	rig_configure(&p.rig, &p.conf);
	worker_expect_silence(p.workers[0]);
	ck_assert_uint_eq(rig_count(&p.rig), 3);
	worker_close(p.workers[0], 1);
	worker_expect_silence(p.workers[0]);
	ck_assert_uint_eq(rig_count(&p.rig), 2);
	/* without sections everybody may again */
	p.conf.access_targets = NULL;
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(worker_try(p.workers[0], 4, p.text, &opened), 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_ends_what_a_worker_held_and_may_not)
{
	struct pair p;
	int worker;

	pair_start(&p, NULL);
	p.conf.access_targets = "127.0.0.1:*";
	p.conf.access_from = "192.0.2.8";
	rig_configure(&p.rig, &p.conf);
	worker = rig_connect_worker(&p.rig, 0);
	worker_held(worker, 1, p.text, p.text);
	worker_held(worker, 2, "10.0.0.1:5901", "10.0.0.1:5901");
	worker_held_end(worker, 2);
	expect_end(worker, 2);
	worker_expect_silence(worker);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_tells_whom_a_target_is_hidden_from)
{
	static const struct rig_target targets[] = {
	    {"lab1", "127.0.0.1:5901", 0}, {"lab2", "127.0.0.1:5902", 0},
	    {"lab3", "10.0.0.3:5903", 0}, {NULL, NULL, 0}};
	struct msg_stated stated;
	struct pair p;

	pair_start(&p, targets);
	worker_state(p.workers[0], &stated);
	ck_assert_uint_eq(stated.hidden[0], 0);
	p.conf.access_targets = "=lab2 10.0.0.0/8";
	p.conf.access_from = "192.0.2.0/24";
	rig_configure(&p.rig, &p.conf);
	do
		worker_state(p.workers[0], &stated);
	while (stated.generation != p.rig.generation);
	ck_assert_uint_eq(stated.count, 3);
	ck_assert_uint_eq(stated.hidden[0], 1);
	worker_use_client("198.51.100.1");
	worker_state(p.workers[0], &stated);
	ck_assert_uint_eq(stated.hidden[0], 7);
	worker_use_client(RIG_CLIENT);
	rig_stop(&p.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker");
	TCase *tc = tcase_create("access");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(
	    tc, broker_opens_what_a_section_grants, 0, COUNT(sections));
	tcase_add_test(tc, broker_asks_nobody_about_a_name_that_is_not_granted);
	tcase_add_test(
	    tc, broker_says_no_more_than_was_asked_of_what_is_not_granted);
	tcase_add_test(tc, broker_opens_nothing_that_allow_does_not);
	tcase_add_test(tc, broker_ends_what_a_reload_takes_away_and_no_more);
	tcase_add_test(tc, broker_ends_what_a_worker_held_and_may_not);
	tcase_add_test(tc, broker_tells_whom_a_target_is_hidden_from);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
