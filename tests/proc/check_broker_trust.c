/* SPDX-License-Identifier: ISC */
/*
 * The broker's life with a master and with workers, of whom some lie: the
 * table of messages broken rule by rule, leases, re-announcing, the end.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_rig.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC  30
#define TEXT_MAX  256
#define OTHERS_ID 777 /* a session of worker 1 */
#define LIARS	  30  /* more than two pages of LISTED */
#define FLOOD	  20000

static char rules[TEXT_MAX], text[TEXT_MAX];
static struct msg_opened opened;

/* ---- what a lying worker may send ---- */

struct datagram {
	struct msg_head head;
	union proto_any body;
};

static void
send_typed(int worker, enum msg_type type, struct datagram *d, ssize_t extra)
{
	size_t len = sizeof(d->head) + proto_row(type)->body_size;

	d->head.type = type;
	rig_send_raw(worker, d, (size_t)((ssize_t)len + extra), -1);
}

static void
lie_unknown_type(int worker, struct datagram *d)
{
	d->head.type = MSG_TYPE_COUNT;
	rig_send_raw(worker, d, sizeof(d->head) + 8, -1);
}

static void
lie_type_zero(int worker, struct datagram *d)
{
	rig_send_raw(worker, d, sizeof(d->head), -1);
}

static void
lie_short_head(int worker, struct datagram *d)
{
	d->head.type = MSG_OPEN;
	rig_send_raw(worker, d, sizeof(d->head) - 1, -1);
}

static void
lie_dirty_head(int worker, struct datagram *d)
{
	d->head.zero = 1;
	send_typed(worker, MSG_STATE, d, 0);
}

static void
lie_short_body(int worker, struct datagram *d)
{
	send_typed(worker, MSG_OPEN, d, -1);
}

static void
lie_long_body(int worker, struct datagram *d)
{
	send_typed(worker, MSG_OPEN, d, 1);
}

static void
lie_descriptor(int worker, struct datagram *d)
{
	d->head.type = MSG_STATE;
	rig_send_raw(
	    worker, d, sizeof(d->head) + sizeof(struct msg_state), worker);
}

static void
lie_as_master(int worker, struct datagram *d)
{
	send_typed(worker, MSG_DRAIN, d, 0);
}

static void
lie_as_broker(int worker, struct datagram *d)
{
	send_typed(worker, MSG_OPENED, d, 0);
}

static void
lie_with_childs_ready(int worker, struct datagram *d)
{
	d->body.ready.proto_version = PROTO_VERSION;
	send_typed(worker, MSG_READY, d, 0);
}

static void
lie_endless_target(int worker, struct datagram *d)
{
	memset(d->body.open.target, 'a', sizeof(d->body.open.target));
	send_typed(worker, MSG_OPEN, d, 0);
}

static void
lie_open_without_number(int worker, struct datagram *d)
{
	strcpy(d->body.open.target, text);
	send_typed(worker, MSG_OPEN, d, 0);
}

static void
lie_open_twice(int worker, struct datagram *d)
{
	struct msg_opened o;

	ck_assert_uint_eq(worker_try(worker, 5, text, &o), 0);
	worker_open(worker, 5, text);
	(void)d;
}

static void
lie_traffic_count(int worker, struct datagram *d)
{
	d->body.traffic.count = PROTO_TRAFFIC_MAX + 1;
	send_typed(worker, MSG_TRAFFIC, d, 0);
}

static void
lie_held_late(int worker, struct datagram *d)
{
	(void)d;
	worker_held(worker, 9, "127.0.0.1:5901", "127.0.0.1:5901");
}

static void
lie_held_end_twice(int worker, struct datagram *d)
{
	send_typed(worker, MSG_HELD_END, d, 0);
}

static void (*const lies[])(int, struct datagram *) = {
    lie_unknown_type,
    lie_type_zero,
    lie_short_head,
    lie_dirty_head,
    lie_short_body,
    lie_long_body,
    lie_descriptor,
    lie_as_master,
    lie_as_broker,
    lie_with_childs_ready,
    lie_endless_target,
    lie_open_without_number,
    lie_open_twice,
    lie_traffic_count,
    lie_held_late,
    lie_held_end_twice,
};

START_TEST(broker_drops_a_worker_that_breaks_a_rule_and_serves_the_other)
{
	struct pair p;
	struct datagram d;

	pair_start(&p, NULL);
	strcpy(text, p.text);
	memset(&d, 0, sizeof(d));
	ck_assert_uint_eq(
	    worker_try(p.workers[1], OTHERS_ID, p.text, &opened), 0);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, p.text, &opened), 0);
	lies[_i](p.workers[0], &d);
	worker_expect_closed(p.workers[0]);
	/* its sessions end when it has; the other's do not */
	ck_assert_uint_ge(rig_count(&p.rig), 2);
	rig_gone(&p.rig, 0);
	ck_assert_uint_eq(rig_count(&p.rig), 1);
	ck_assert_uint_ge(p.rig.dropped_count, 1); /* the master was told */
	ck_assert_uint_eq(p.rig.dropped_index, 0);
	ck_assert_uint_eq(p.rig.dropped_fence, RIG_FENCE);
	ck_assert_uint_eq(worker_try(p.workers[1], 2, p.text, &opened), 0);
	/* the master gives the place to a new one */
	p.workers[0] = rig_add_worker(&p.rig, 0);
	ck_assert_uint_eq(worker_try(p.workers[0], 3, p.text, &opened), 0);
	ck_assert_uint_eq(rig_count(&p.rig), 3);
	rig_stop(&p.rig);
}
END_TEST

static const struct {
	uint64_t conn_id;
	const char *target; /* 'x' stands for a control character */
	uint32_t end_count;
	const char *subject;
} false_helds[] = {
    {0, "127.0.0.1:5901", 1, ""},
    {1, "127.0.0.1:\x1b[2J", 1, ""},
    {1, "two words", 1, ""},
    {1, "", 1, ""},
    {1, "127.0.0.1:5901", 2, ""},
    {1, "127.0.0.1:5901", 0, ""},
    {1, "127.0.0.1:5901", 1, "CN=\x1b[2J"},
};

START_TEST(broker_believes_no_false_announcement)
{
	struct pair p;
	struct datagram d;
	int worker;

	pair_start(&p, NULL);
	ck_assert_uint_eq(
	    worker_try(p.workers[1], OTHERS_ID, p.text, &opened), 0);
	worker = rig_connect_worker(&p.rig, 0);
	worker_expect_closed(p.workers[0]);
	worker_held_as(worker, false_helds[_i].conn_id, false_helds[_i].target,
	    "127.0.0.1:5901", false_helds[_i].subject);
	/* by now the channel may be closed: the result does not matter */
	memset(&d, 0, sizeof(d));
	d.body.held_end.count = false_helds[_i].end_count;
	send_typed(worker, MSG_HELD_END, &d, 0);
	worker_expect_closed(worker);
	rig_gone(&p.rig, 0);
	ck_assert_uint_eq(rig_count(&p.rig), 1);
	ck_assert_uint_ge(p.rig.dropped_count, 1); /* the master was told */
	ck_assert_uint_eq(p.rig.dropped_index, 0);
	ck_assert_uint_eq(p.rig.dropped_fence, RIG_FENCE);
	rig_stop(&p.rig);
}
END_TEST

/* Worker 0 knows the number of worker 1's session, or guesses the next. */
START_TEST(broker_keeps_the_numbers_of_each_worker_apart)
{
	struct msg_listed listed;
	struct datagram d;
	struct pair p;

	pair_start(&p, NULL);
	ck_assert_uint_eq(
	    worker_try(p.workers[1], OTHERS_ID, p.text, &opened), 0);
	ck_assert_uint_eq(
	    worker_try(p.workers[0], OTHERS_ID + 1, p.text, &opened), 0);
	ck_assert_uint_eq(
	    worker_try(p.workers[1], OTHERS_ID + 1, p.text, &opened), 0);
	ck_assert_uint_eq(
	    worker_try(p.workers[0], OTHERS_ID, p.text, &opened), 0);
	ck_assert_uint_eq(rig_count(&p.rig), 4);
	memset(&d, 0, sizeof(d));
	d.body.traffic.count = 1;
	d.body.traffic.entries[0].conn_id = OTHERS_ID;
	d.body.traffic.entries[0].to_client_bytes = 99;
	send_typed(p.workers[0], MSG_TRAFFIC, &d, 0);
	worker_expect_silence(p.workers[0]);
	rig_list(&p.rig, 0, &listed);
	ck_assert_uint_eq(listed.entries[0].worker, 0);
	ck_assert_uint_eq(listed.entries[0].to_client_bytes, 99);
	ck_assert_uint_eq(listed.entries[1].worker, 1);
	ck_assert_uint_eq(listed.entries[1].conn_id, OTHERS_ID);
	ck_assert_uint_eq(listed.entries[1].to_client_bytes, 0);
	/* twice: the second is of a number that it does not have any more */
	worker_close(p.workers[0], OTHERS_ID);
	worker_close(p.workers[0], OTHERS_ID);
	worker_expect_silence(p.workers[0]);
	worker_expect_silence(p.workers[1]);
	ck_assert_uint_eq(rig_count(&p.rig), 3);
	ck_assert_uint_eq(p.rig.dropped_count, 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_hears_what_each_worker_holds_of_the_same_numbers)
{
	struct pair p;
	int liar, honest;

	pair_start(&p, NULL);
	liar = rig_connect_worker(&p.rig, 0);
	honest = rig_connect_worker(&p.rig, 1);
	worker_held(liar, OTHERS_ID, p.text, p.text);
	worker_held_end(liar, 1);
	worker_expect_silence(liar);
	worker_held(honest, OTHERS_ID, p.text, p.text);
	worker_held_end(honest, 1);
	worker_expect_silence(honest);
	ck_assert_uint_eq(rig_count(&p.rig), 2);
	worker_close(liar, OTHERS_ID);
	worker_expect_silence(liar);
	ck_assert_uint_eq(rig_count(&p.rig), 1);
	ck_assert_uint_eq(p.rig.dropped_count, 0);
	rig_stop(&p.rig);
}
END_TEST

/* No number makes a session that vncbridgectl does not show. */
START_TEST(broker_lists_every_worker_that_uses_one_number)
{
	struct rig_conf conf = {.worker_count = LIARS};
	struct list_entry *last;
	struct msg_listed listed;
	struct rig rig;
	uint32_t i, seen = 0;
	int worker;

	rig = rig_start(&conf);
	for (i = 0; i < LIARS; i++) {
		worker = rig_connect_worker(&rig, i);
		worker_held(worker, UINT64_MAX, "lab1", "127.0.0.2:5901");
		worker_held_end(worker, 1);
		worker_expect_silence(worker);
	}
	rig_list(&rig, 0, &listed);
	for (;;) {
		for (i = 0; i < listed.count; i++, seen++) {
			ck_assert_uint_eq(listed.entries[i].worker, seen);
			ck_assert(listed.entries[i].conn_id == UINT64_MAX);
		}
		if (!listed.has_more)
			break;
		last = &listed.entries[listed.count - 1];
		rig_list_behind(&rig, last->conn_id, last->worker, &listed);
	}
	ck_assert_uint_eq(seen, LIARS);
	rig_stop(&rig);
}
END_TEST

/* As OPENED and STATED do, of an OPEN without a target and a STATE. */
struct answer {
	struct msg_head head;
	uint64_t number;
};

/*
 * Asks until the broker does not read it any more: another worker's answer
 * says that it had its turn. Returns how often that was.
 */
static uint64_t
ask_without_reading(struct pair *p, enum msg_type type)
{
	struct datagram d;
	size_t len = sizeof(d.head) + proto_row(type)->body_size;
	uint64_t id = 0;
	int was_full = 0;

	memset(&d, 0, sizeof(d));
	d.head.type = type;
	while (id < FLOOD) {
		d.body.open.conn_id = id + 1; /* STATE's number, too */
		if (send(p->workers[0], &d, len, MSG_DONTWAIT) != -1) {
			id++;
			was_full = 0;
		} else if (was_full++ == 0)
			worker_expect_silence(p->workers[1]);
		else
			break;
	}
	return id;
}

/* Honest or not: what it did not read was owed to it. */
START_TEST(broker_reads_no_more_of_a_worker_that_does_not_read)
{
	struct answer answer;
	struct pair p;
	uint64_t asked, id;

	pair_start(&p, NULL);
	asked = ask_without_reading(&p, _i == 0 ? MSG_OPEN : MSG_STATE);
	ck_assert_uint_lt(asked, FLOOD);
	ck_assert_uint_eq(
	    worker_try(p.workers[1], OTHERS_ID, p.text, &opened), 0);
	ck_assert_uint_eq(rig_count(&p.rig), 1);
	for (id = 1; id <= asked; id++) {
		ck_assert_int_gt(
		    recv(p.workers[0], &answer, sizeof(answer), 0), 0);
		ck_assert_uint_eq(
		    answer.head.type, _i == 0 ? MSG_OPENED : MSG_STATED);
		ck_assert_uint_eq(answer.number, id);
	}
	ck_assert_uint_eq(worker_try(p.workers[0], id, p.text, &opened), 0);
	ck_assert_uint_eq(p.rig.dropped_count, 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_bounds_what_one_worker_has_open)
{
	struct rig_conf conf = {.rules = rules, .max_connections = 3};
	struct silent_target silent;
	struct rig rig;
	uint16_t port = 0;
	uint64_t id;
	int worker, fd;

	silent_on(&silent, "127.0.0.1", &port);
	snprintf(rules, sizeof(rules), "127.0.0.1:%u", port);
	snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	rig = rig_start(&conf);
	worker = rig_add_worker(&rig, 0);
	for (id = 1; id <= 3; id++)
		worker_open(worker, id, text);
	ck_assert_uint_eq(worker_try(worker, 4, text, &opened), 4522);
	worker_close(worker, 2);
	ck_assert_uint_eq(worker_opened(worker, &opened, &fd), 4500);
	ck_assert_uint_eq(opened.conn_id, 2);
	worker_open(worker, 5, text);
	worker_expect_silence(worker);
	rig_stop(&rig);
}
END_TEST

START_TEST(broker_keeps_max_sessions_for_all_workers_together)
{
	struct pair p;

	pair_start(&p, NULL);
	p.conf.max_sessions = 2;
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, p.text, &opened), 0);
	ck_assert_uint_eq(worker_try(p.workers[1], 2, p.text, &opened), 0);
	ck_assert_uint_eq(worker_try(p.workers[0], 3, p.text, &opened), 4522);
	ck_assert_str_eq(opened.reason, "too many sessions");
	worker_close(p.workers[1], 2);
	worker_expect_silence(p.workers[1]);
	ck_assert_uint_eq(worker_try(p.workers[0], 3, p.text, &opened), 0);
	rig_stop(&p.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker");
	TCase *tc = tcase_create("trust");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(tc,
	    broker_drops_a_worker_that_breaks_a_rule_and_serves_the_other, 0,
	    COUNT(lies));
	tcase_add_loop_test(
	    tc, broker_believes_no_false_announcement, 0, COUNT(false_helds));
	tcase_add_test(tc, broker_keeps_the_numbers_of_each_worker_apart);
	tcase_add_test(
	    tc, broker_hears_what_each_worker_holds_of_the_same_numbers);
	tcase_add_test(tc, broker_lists_every_worker_that_uses_one_number);
	tcase_add_loop_test(
	    tc, broker_reads_no_more_of_a_worker_that_does_not_read, 0, 2);
	tcase_add_test(tc, broker_bounds_what_one_worker_has_open);
	tcase_add_test(tc, broker_keeps_max_sessions_for_all_workers_together);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
