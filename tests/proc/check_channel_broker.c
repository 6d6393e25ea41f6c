/* SPDX-License-Identifier: ISC */
/*
 * The broker with workers that break each rule of their channel once, and
 * flood it: the one that does loses its channel, the other is served, and
 * what it has asked for is answered.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_rig.h"
#include "tests/unit/breach.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC     60
#define OPEN_ID	     1 /* conn ids of the offender: a session */
#define PENDING_ID   2 /* and one that is being opened */
#define OTHERS_ID    100
#define OTHERS_WAIT  101 /* of the other worker; its target is silent */
#define NOBODY_ID    4711
#define PORTIONS     10
#define GROWTH_BYTES (16 * 1024 * 1024)

static struct breach breaches[BREACHES_MAX];
static struct pair p;
static struct silent_target silent;
static char silent_text[64];
static char rules[512];
static union proto_any any;
static struct msg_opened opened;

/* Two workers; the second has a session, and one that is being opened. */
static void
start(void)
{
	uint16_t port = 0;

	memset(&p, 0, sizeof(p));
	silent_on(&silent, "127.0.0.1", &port);
	p.listener = listen_on("127.0.0.1", &p.port);
	snprintf(
	    rules, sizeof(rules), "127.0.0.1:%u 127.0.0.1:%u", p.port, port);
	snprintf(p.text, sizeof(p.text), "127.0.0.1:%u", p.port);
	snprintf(silent_text, sizeof(silent_text), "127.0.0.1:%u", port);
	p.conf.rules = rules;
	p.conf.worker_count = 2;
	p.conf.connect_timeout_sec = 3600; /* the test ends it */
	p.rig = rig_start(&p.conf);
	p.workers[0] = rig_add_worker(&p.rig, 0);
	p.workers[1] = rig_add_worker(&p.rig, 1);
	ck_assert_uint_eq(
	    worker_try(p.workers[1], OTHERS_ID, p.text, &opened), 0);
	worker_open(p.workers[1], OTHERS_WAIT, silent_text);
}

/* The other one's are there still; what it waits for is answered once. */
static void
stop(void)
{
	int fd;

	worker_expect_silence(p.workers[1]);
	worker_close(p.workers[1], OTHERS_WAIT);
	ck_assert_uint_eq(worker_opened(p.workers[1], &opened, &fd), 4500);
	ck_assert_uint_eq(opened.conn_id, OTHERS_WAIT);
	worker_expect_silence(p.workers[1]);
	ck_assert_uint_eq(rig_count(&p.rig), 1);
	rig_stop(&p.rig);
	close(p.workers[0]);
	close(p.workers[1]);
}

/* What the broker does to a worker that it can't trust. */
static void
expect_dropped(const char *what, int is_told)
{
	unsigned before = p.rig.dropped_count;
	struct msg_stated stated;

	worker_expect_closed(p.workers[0]);
	close(p.workers[0]);
	/* once it has gone, only the other's session is left; the master is
	 * told */
	rig_gone(&p.rig, 0);
	ck_assert_msg(rig_count(&p.rig) == 1, "%s", what);
	ck_assert_msg(p.rig.dropped_count == before + (unsigned)is_told &&
		p.rig.dropped_index == 0,
	    "%s: the master is told %u times", what,
	    p.rig.dropped_count - before);
	worker_state(p.workers[1], &stated);
	p.workers[0] = rig_add_worker(&p.rig, 0);
}

START_TEST(broker_drops_who_breaks_the_table)
{
	size_t i,
	    n = breach_list(ROLE_BROKER, ROLE_WORKER, PHASE_RUN, breaches);

	start();
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(breach_commit(&breaches[i], p.workers[0]), 0);
		/* nothing at all is how a channel ends, too */
		expect_dropped(breach_name(&breaches[i]),
		    breaches[i].kind != BREACH_EMPTY);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	stop();
}
END_TEST

/* ---- what the handlers forbid ---- */

static void
fill_endless_target(union proto_any *body)
{
	body->open.conn_id = NOBODY_ID;
	memset(body->open.target, 'a', sizeof(body->open.target));
}

/* The conn id is the first field of most. */
static void
fill_open_id(union proto_any *body)
{
	body->open.conn_id = OPEN_ID;
}

static void
fill_pending_id(union proto_any *body)
{
	body->open.conn_id = PENDING_ID;
}

static void
fill_others_id(union proto_any *body)
{
	body->open.conn_id = OTHERS_ID;
}

static void
fill_others_wait(union proto_any *body)
{
	body->open.conn_id = OTHERS_WAIT;
}

static void
fill_nobody(union proto_any *body)
{
	body->open.conn_id = NOBODY_ID;
}

static void
fill_length(union proto_any *body)
{
	body->presented.length = PRESENTED_MAX + 1;
}

static void
fill_length_wrap(union proto_any *body)
{
	body->presented.length = UINT32_MAX;
}

/* No listener here asks for certificates: nobody looks at what it says. */
static void
fill_unasked(union proto_any *body)
{
	body->presented.conn_id = NOBODY_ID;
	body->presented.length = PRESENTED_MAX;
	memset(body->presented.der, 0xff, sizeof(body->presented.der));
}

static void
fill_late_held(union proto_any *body)
{
	body->held.conn_id = NOBODY_ID;
	strcpy(body->held.target, "127.0.0.1:5901");
}

static void
fill_end_count(union proto_any *body)
{
	body->held_end.count = 1;
}

static void
fill_count(union proto_any *body)
{
	body->traffic.count = PROTO_TRAFFIC_MAX + 1;
}

static void
fill_count_wrap(union proto_any *body)
{
	body->traffic.count = UINT32_MAX;
}

static void
fill_others_traffic(union proto_any *body)
{
	body->traffic.count = 2;
	body->traffic.entries[0].conn_id = OPEN_ID;
	body->traffic.entries[1].conn_id = OTHERS_ID;
}

static void
fill_nobodys_traffic(union proto_any *body)
{
	body->traffic.count = PROTO_TRAFFIC_MAX;
	body->traffic.entries[0].conn_id = NOBODY_ID;
}

static void
fill_answer(union proto_any *body)
{
	body->said.conn_id = OPEN_ID;
	body->said.number = 1;
	body->said.answer = LEASE_ANSWER_COUNT;
}

static void
fill_no_question(union proto_any *body)
{
	body->said.conn_id = OPEN_ID;
	body->said.number = 1;
	body->said.answer = LEASE_GIVE;
}

static void
fill_intent(union proto_any *body)
{
	body->intend.conn_id = NOBODY_ID;
	body->intend.kind = INTENT_TAKE;
	strcpy(body->intend.target, "127.0.0.1:5901");
}

static void
fill_intent_kind(union proto_any *body)
{
	fill_intent(body);
	body->intend.kind = INTENT_COUNT;
}

static void
fill_intent_none(union proto_any *body)
{
	fill_intent(body);
	body->intend.kind = INTENT_NONE;
}

static void
fill_intent_number(union proto_any *body)
{
	fill_intent(body);
	body->intend.conn_id = 0;
}

static void
fill_intent_endless(union proto_any *body)
{
	fill_intent(body);
	memset(body->intend.target, 'a', sizeof(body->intend.target));
}

static void
fill_board_end(union proto_any *body)
{
	body->board_end.board_id = NOBODY_ID;
}

static const struct {
	enum msg_type type;
	const char *what;
	breach_fill *fill;
	int is_passed; /* late, or for nobody: nothing happens */
	int answers;   /* that a message which is passed has */
} rows[] = {
    {MSG_PRESENTED, "nothing", breach_fill_nothing, 0, 0},
    {MSG_PRESENTED, "more than fits", fill_length, 0, 0},
    {MSG_PRESENTED, "a length that wraps", fill_length_wrap, 0, 0},
    {MSG_PRESENTED, "where nobody asks", fill_unasked, 1, 0},
    {MSG_OPEN, "a target without an end", fill_endless_target, 0, 0},
    {MSG_OPEN, "its own session again", fill_open_id, 0, 0},
    {MSG_OPEN, "what it opens again", fill_pending_id, 0, 0},
    {MSG_OPEN, "no number", breach_fill_nothing, 0, 0},
    {MSG_OPEN, "another's number", fill_others_id, 1, 1},
    {MSG_OPEN, "what another opens", fill_others_wait, 1, 1},
    {MSG_OPEN, "no target", fill_nobody, 1, 1},
    {MSG_CLOSED, "another's session", fill_others_id, 1, 0},
    {MSG_CLOSED, "what another opens", fill_others_wait, 1, 0},
    {MSG_CLOSED, "of nobody", fill_nobody, 1, 0},
    {MSG_HELD, "behind HELD_END", fill_late_held, 0, 0},
    {MSG_HELD, "another's session", fill_others_id, 0, 0},
    {MSG_HELD_END, "twice", breach_fill_nothing, 0, 0},
    {MSG_HELD_END, "twice, with another count", fill_end_count, 0, 0},
    {MSG_TRAFFIC, "more than fit", fill_count, 0, 0},
    {MSG_TRAFFIC, "a count that wraps", fill_count_wrap, 0, 0},
    {MSG_TRAFFIC, "another's session", fill_others_traffic, 1, 0},
    {MSG_TRAFFIC, "of nobody", fill_nobodys_traffic, 1, 0},
    {MSG_SAID, "an answer that is none", fill_answer, 0, 0},
    {MSG_SAID, "to no question", fill_no_question, 1, 0},
    {MSG_SAID, "of nobody", fill_nobody, 1, 0},
    {MSG_INTEND, "of no kind", fill_intent_none, 0, 0},
    {MSG_INTEND, "of a kind that is none", fill_intent_kind, 0, 0},
    {MSG_INTEND, "no number", fill_intent_number, 0, 0},
    {MSG_INTEND, "a target without an end", fill_intent_endless, 0, 0},
    {MSG_INTEND, "of what is not there", fill_intent, 1, 1},
    {MSG_BOARD, "no number", breach_fill_nothing, 0, 0},
    {MSG_BOARD_END, "of none", fill_board_end, 1, 0},
    /* its one field is given back, whatever it is */
    {MSG_STATE, "of nobody", fill_nobody, 1, 1},
};

START_TEST(broker_has_a_row_for_each_message_of_a_worker)
{
	enum msg_type types[COUNT(rows)];
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		types[i] = rows[i].type;
	breach_check_rows(ROLE_BROKER, ROLE_WORKER, types, COUNT(rows));
}
END_TEST

/* Reads so many answers of a worker, whatever they are. */
static void
read_answers(int worker, int count)
{
	int fd;

	while (count-- > 0)
		ck_assert_int_gt(ipc_read_message(worker, ROLE_WORKER,
				     ROLE_BROKER, &any, &fd),
		    0);
}

START_TEST(broker_drops_who_says_what_cannot_be)
{
	size_t i, round;

	start();
	/* twice: what one row leaves behind must not help the next */
	for (round = 0; round < 2; round++) {
		for (i = 0; i < COUNT(rows); i++) {
			ck_assert_uint_eq(
			    worker_try(p.workers[0], OPEN_ID, p.text, &opened),
			    0);
			worker_open(p.workers[0], PENDING_ID, silent_text);
			memset(&any, 0, sizeof(any));
			rows[i].fill(&any);
			ck_assert_int_eq(
			    breach_say(p.workers[0], rows[i].type, &any, -1),
			    0);
			if (!rows[i].is_passed) {
				expect_dropped(rows[i].what, 1);
				continue;
			}
			read_answers(p.workers[0], rows[i].answers);
			worker_expect_silence(p.workers[0]);
			worker_close(p.workers[0], OPEN_ID);
			worker_close(p.workers[0], OPEN_ID); /* no fault */
			worker_close(p.workers[0], PENDING_ID);
			read_answers(p.workers[0], 1);
			worker_close(p.workers[0], PENDING_ID);
			worker_expect_silence(p.workers[0]);
		}
	}
	stop();
}
END_TEST

/* ---- floods ---- */

static const struct {
	enum msg_type type;
	breach_fill *fill;
} floods[] = {
    {MSG_CLOSED, fill_nobody},
    {MSG_PRESENTED, fill_unasked},
    {MSG_TRAFFIC, fill_nobodys_traffic},
};

START_TEST(broker_serves_the_other_during_a_flood)
{
	uint64_t i, n = breach_flood();
	size_t before;

	start();
	memset(&any, 0, sizeof(any));
	floods[_i].fill(&any);
	before = breach_resident_bytes(p.rig.pid);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(
		    breach_say(p.workers[0], floods[_i].type, &any, -1), 0);
		if (i % (n / PORTIONS) == 0)
			ck_assert_uint_eq(
			    worker_try(p.workers[1], NOBODY_ID + i, "nowhere",
				&opened),
			    4520);
	}
	worker_expect_silence(p.workers[0]);
	ck_assert_uint_lt(
	    breach_resident_bytes(p.rig.pid), before + GROWTH_BYTES);
	stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("channel-broker");
	TCase *tc = tcase_create("worker");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, broker_drops_who_breaks_the_table);
	tcase_add_test(tc, broker_has_a_row_for_each_message_of_a_worker);
	tcase_add_test(tc, broker_drops_who_says_what_cannot_be);
	tcase_add_loop_test(
	    tc, broker_serves_the_other_during_a_flood, 0, COUNT(floods));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
