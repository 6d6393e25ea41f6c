/* SPDX-License-Identifier: ISC */
/*
 * What the broker says for the audit trail: before anybody else hears of it,
 * and of no session twice.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_rig.h"

#define TEST_SEC 60

static struct pair p;
static struct msg_opened opened;
static union proto_any any;

static void
start(void)
{
	pair_start(&p, NULL);
	worker_expect_silence(p.workers[0]); /* their HELD_END was heard */
	worker_expect_silence(p.workers[1]);
	p.conf.has_audit = 1;
	rig_configure(&p.rig, &p.conf);
	(void)rig_count(&p.rig); /* it applies now */
}

/* The next that the master hears but the log, or NULL for anything else. */
static const struct msg_audit *
hear(void)
{
	int type, fd;

	do
		type = ipc_read_message(
		    p.rig.master, ROLE_MASTER, ROLE_BROKER, &any, &fd);
	while (type == MSG_LOG || type == MSG_DROPPED);
	return type == MSG_AUDIT ? &any.audit : NULL;
}

static const struct msg_audit *
expect(enum audit_kind kind, uint32_t worker, uint64_t conn_id)
{
	const struct msg_audit *said = hear();

	ck_assert_ptr_nonnull(said);
	ck_assert_uint_eq(said->kind, kind);
	ck_assert_uint_eq(said->worker, worker);
	ck_assert_uint_eq(said->conn_id, conn_id);
	ck_assert_uint_eq(said->lost, 0);
	return said;
}

/* Whether nothing more was said: the answer to this comes next. */
static void
expect_nothing(void)
{
	struct msg_list list = {.cookie = 1};

	ck_assert_int_eq(
	    ipc_write_message(p.rig.master, MSG_LIST, &list, -1), 0);
	ck_assert_ptr_null(hear());
}

static void
say_auditing(uint32_t must_refuse)
{
	struct msg_auditing auditing = {must_refuse};

	ck_assert_int_eq(
	    ipc_write_message(p.rig.master, MSG_AUDITING, &auditing, -1), 0);
}

START_TEST(broker_says_what_it_opens_and_what_has_ended)
{
	struct msg_closed closed = {
	    .conn_id = 7, .to_client_bytes = 8, .to_target_bytes = 9};
	const struct msg_audit *said;
	char client[ADDR_TEXT_MAX];

	start();
	closed.code = 4530;
	ck_assert_uint_eq(worker_try(p.workers[1], 7, p.text, &opened), 0);
	said = expect(AUDIT_OPEN, 1, 7);
	ck_assert_str_eq(said->target, p.text);
	ck_assert_str_eq(addr_format_ip(&said->client, client), RIG_CLIENT);
	ck_assert_uint_eq(said->addr.port, p.port);
	ck_assert_uint_eq(said->code, 0);
	ck_assert_int_eq(
	    ipc_write_message(p.workers[1], MSG_CLOSED, &closed, -1), 0);
	said = expect(AUDIT_END, 1, 7);
	ck_assert_uint_eq(said->to_client_bytes, 8);
	ck_assert_uint_eq(said->to_target_bytes, 9);
	ck_assert_uint_eq(said->code, 4530);
	/* and what is no session any more ends no second time */
	ck_assert_int_eq(
	    ipc_write_message(p.workers[1], MSG_CLOSED, &closed, -1), 0);
	expect_nothing();
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_says_what_it_refuses_and_why)
{
	const struct msg_audit *said;
	char nowhere[64];

	start();
	ck_assert_uint_eq(
	    worker_try(p.workers[0], 1, "192.0.2.99:5901", &opened), 4520);
	said = expect(AUDIT_REFUSE, 0, 1);
	ck_assert_uint_eq(said->code, 4520);
	ck_assert_str_eq(said->reason, opened.reason);
	ck_assert_str_eq(said->target, "192.0.2.99:5901");
	/* as it was written, where it is no target; escaped as in the log */
	snprintf(nowhere, sizeof(nowhere), "a\x01\xff\"b c");
	ck_assert_uint_eq(worker_try(p.workers[0], 2, nowhere, &opened), 4520);
	said = expect(AUDIT_REFUSE, 0, 2);
	ck_assert_str_eq(said->target, opened.target);
	expect_nothing();
	rig_stop(&p.rig);
}
END_TEST

/* Said and then answered: here the answer was never read by the worker. */
START_TEST(broker_says_it_before_the_worker_hears)
{
	const struct msg_audit *said;

	start();
	worker_open(p.workers[0], 1, p.text);
	said = expect(AUDIT_OPEN, 0, 1);
	ck_assert_uint_eq(said->code, 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_says_of_a_lost_worker_that_its_sessions_are_gone)
{
	start();
	ck_assert_uint_eq(worker_try(p.workers[0], 1, p.text, &opened), 0);
	ck_assert_uint_eq(worker_try(p.workers[1], 1, p.text, &opened), 0);
	expect(AUDIT_OPEN, 0, 1);
	expect(AUDIT_OPEN, 1, 1);
	/* that its channel has gone says nothing of its sessions */
	close(p.workers[0]);
	expect_nothing();
	/* it lives, and joins again: held, and all of it */
	p.workers[0] = rig_connect_worker(&p.rig, 0);
	worker_held(p.workers[0], 1, p.text, p.text);
	worker_held_end(p.workers[0], 1);
	ck_assert_uint_gt(expect(AUDIT_HELD, 0, 1)->since_sec, 0);
	expect(AUDIT_HELD_END, 0, 0);
	worker_close(p.workers[0], 1);
	expect(AUDIT_END, 0, 1);
	ck_assert_uint_eq(worker_try(p.workers[0], 2, p.text, &opened), 0);
	expect(AUDIT_OPEN, 0, 2);
	/* with what is known of them */
	rig_gone(&p.rig, 0);
	expect(AUDIT_GONE, 0, 2);
	expect_nothing();
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_says_nothing_where_nobody_wants_it)
{
	pair_start(&p, NULL);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, p.text, &opened), 0);
	ck_assert_uint_eq(
	    worker_try(p.workers[0], 2, "192.0.2.99:5901", &opened), 4520);
	worker_close(p.workers[0], 1);
	ck_assert_uint_eq(worker_try(p.workers[0], 3, p.text, &opened), 0);
	expect_nothing();
	/* it has no record that it was opened: so it gets none of its end */
	p.conf.has_audit = 1;
	rig_configure(&p.rig, &p.conf);
	expect_nothing();
	worker_close(p.workers[0], 3);
	ck_assert_uint_eq(worker_try(p.workers[0], 4, p.text, &opened), 0);
	expect(AUDIT_OPEN, 0, 4);
	/* and the other way round: what has one is ended */
	p.conf.has_audit = 0;
	rig_configure(&p.rig, &p.conf);
	expect_nothing();
	worker_close(p.workers[0], 4);
	expect(AUDIT_END, 0, 4);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_opens_nothing_while_records_can_not_be_written)
{
	start();
	ck_assert_uint_eq(worker_try(p.workers[0], 1, p.text, &opened), 0);
	expect(AUDIT_OPEN, 0, 1);
	say_auditing(1);
	expect_nothing();
	ck_assert_uint_eq(worker_try(p.workers[0], 2, p.text, &opened), 4581);
	ck_assert_ptr_nonnull(strstr(opened.reason, "audit trail"));
	ck_assert_uint_eq(expect(AUDIT_REFUSE, 0, 2)->code, 4581);
	/* what was there goes on, and ends */
	worker_close(p.workers[0], 1);
	expect(AUDIT_END, 0, 1);
	say_auditing(0);
	expect_nothing();
	ck_assert_uint_eq(worker_try(p.workers[0], 3, p.text, &opened), 0);
	expect(AUDIT_OPEN, 0, 3);
	rig_stop(&p.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker-audit");
	TCase *tc = tcase_create("broker-audit");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, broker_says_what_it_opens_and_what_has_ended);
	tcase_add_test(tc, broker_says_what_it_refuses_and_why);
	tcase_add_test(tc, broker_says_it_before_the_worker_hears);
	tcase_add_test(
	    tc, broker_says_of_a_lost_worker_that_its_sessions_are_gone);
	tcase_add_test(tc, broker_says_nothing_where_nobody_wants_it);
	tcase_add_test(
	    tc, broker_opens_nothing_while_records_can_not_be_written);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
