/* SPDX-License-Identifier: ISC */
/*
 * Small updates of several targets, gathered in a turn: each client gets its
 * own, whole, in order, and before whatever ends its session.
 */
#include <sys/socket.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/inner_worker.h"
#include "worker/leg/gather.h"
#include "worker/spine.h"
#include "worker/stages/relay.h"

#define PAIRS	   (GATHER_PARTS_MAX + 3)
#define HEAD_BYTES 4 /* of a frame of 126 to 65535 bytes */
#define UPDATE	   2000
#define CLOSE_BYTE 0x88
#define DATA_BYTE  0x82

static struct worker *const w = &inner.w;

static struct pair {
	struct client *c;
	int browser; /* the far ends */
	int server;
} pairs[PAIRS];

static void
give_pair(int i)
{
	struct pair *p = &pairs[i];
	int fds[2];

	p->c = inner_give_client((uint64_t)i + 1, &p->browser);
	ck_assert_int_eq(
	    socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
	    0);
	p->server = fds[0];
	leg_open(&p->c->target, w->base, fds[1]);
	ck_assert_ptr_nonnull(p->c->lease.target_text = strdup("lab:5900"));
	p->c->state = CLIENT_OPENING;
	relay_begin(p->c); /* no greeting is required */
	ck_assert_int_eq(p->c->state, CLIENT_RELAY);
}

static void
start(void)
{
	int i;

	inner_start();
	for (i = 0; i < PAIRS; i++)
		give_pair(i);
}

static void
stop(void)
{
	int i;

	inner_stop();
	for (i = 0; i < PAIRS; i++) {
		close(pairs[i].browser);
		close(pairs[i].server);
	}
}

/* len bytes that say whose they are, and which. */
static void
update(int i, size_t len, char what)
{
	char data[65536];

	ck_assert_uint_le(len, sizeof(data));
	memset(data, what, len);
	data[0] = (char)i;
	ck_assert_int_eq(send(pairs[i].server, data, len, 0), (ssize_t)len);
}

/* The next frame that the browser has must be exactly that update. */
static void
expect(int i, size_t len, char what)
{
	unsigned char frame[HEAD_BYTES + 65536];
	size_t at, head = len < 126 ? 2 : HEAD_BYTES;

	ck_assert_int_eq(recv(pairs[i].browser, frame, head + len, 0),
	    (ssize_t)(head + len));
	ck_assert_uint_eq(frame[0], DATA_BYTE);
	ck_assert_uint_eq(
	    head == 2 ? frame[1] : ((size_t)frame[2] << 8 | frame[3]), len);
	ck_assert_uint_eq(frame[head], (unsigned)i);
	for (at = head + 1; at < head + len; at++)
		ck_assert_uint_eq(frame[at], (unsigned char)what);
}

static void
expect_nothing(int i)
{
	char byte;

	ck_assert_int_eq(recv(pairs[i].browser, &byte, 1, 0), -1);
}

/* A Close frame is next, with that code. */
static void
expect_close(int i, unsigned code)
{
	unsigned char frame[127];
	ssize_t n = recv(pairs[i].browser, frame, sizeof(frame), 0);

	ck_assert_int_ge(n, 4);
	ck_assert_uint_eq(frame[0], CLOSE_BYTE);
	ck_assert_uint_eq((unsigned)frame[2] << 8 | frame[3], code);
}

START_TEST(updates_of_one_turn_come_each_to_its_own)
{
	int i, turn;

	start();
	for (turn = 0; turn < 3; turn++) {
		for (i = 0; i < PAIRS; i++)
			update(i, UPDATE + (size_t)i, (char)('a' + turn));
		inner_turn();
		for (i = 0; i < PAIRS; i++)
			expect(i, UPDATE + (size_t)i, (char)('a' + turn));
		ck_assert_uint_eq(w->gather.count, 0);
	}
	stop();
}
END_TEST

START_TEST(updates_are_sent_at_the_end_of_the_turn)
{
	start();
	update(0, UPDATE, 'x');
	update(1, UPDATE, 'y');
	relay_from_target(pairs[0].c);
	relay_from_target(pairs[1].c);
	expect_nothing(0);
	expect_nothing(1);
	inner_turn();
	expect(0, UPDATE, 'x');
	expect(1, UPDATE, 'y');
	stop();
}
END_TEST

/* Row by row: an answer to a key, an update, a large one. */
static const size_t sizes[] = {20, GATHER_LEAST_BYTES - 1, GATHER_LEAST_BYTES,
    GATHER_MOST_BYTES, GATHER_MOST_BYTES + 1, 32000};

START_TEST(updates_of_one_session_keep_their_order)
{
	size_t size = sizes[_i];

	start();
	update(0, UPDATE, 'x');
	relay_from_target(pairs[0].c);
	update(0, size, 'y');
	relay_from_target(pairs[0].c);
	update(0, UPDATE, 'z');
	relay_from_target(pairs[0].c);
	inner_turn();
	expect(0, UPDATE, 'x');
	expect(0, size, 'y');
	expect(0, UPDATE, 'z');
	expect_nothing(0);
	stop();
}
END_TEST

START_TEST(update_survives_what_a_client_sends)
{
	/* a masked frame whose mask is 0 */
	unsigned char frame[8 + UPDATE] = {
	    0x82, 0xfe, UPDATE >> 8, UPDATE & 0xff};
	unsigned char got[UPDATE];

	start();
	memset(frame + 8, 'k', UPDATE);
	update(0, UPDATE, 'x');
	relay_from_target(pairs[0].c);
	ck_assert_int_eq(send(pairs[1].browser, frame, sizeof(frame), 0),
	    (ssize_t)sizeof(frame));
	relay_from_client(pairs[1].c);
	expect(0, UPDATE, 'x'); /* before the buffer is used again */
	ck_assert_int_eq(recv(pairs[1].server, got, UPDATE, 0), UPDATE);
	ck_assert_mem_eq(got, frame + 8, UPDATE);
	stop();
}
END_TEST

START_TEST(update_comes_before_the_close)
{
	start();
	update(0, UPDATE, 'x');
	update(1, UPDATE, 'y');
	relay_from_target(pairs[0].c);
	relay_from_target(pairs[1].c);
	client_end(pairs[0].c, 4580, "the bridge is restarting");
	expect(0, UPDATE, 'x');
	client_settle(pairs[0].c);
	expect_close(0, 4580);
	inner_turn();
	expect(1, UPDATE, 'y');
	expect_nothing(1);
	stop();
}
END_TEST

START_TEST(last_update_comes_before_the_end)
{
	start();
	update(0, UPDATE, 'x');
	shutdown(pairs[0].server, SHUT_RDWR);
	inner_turn();
	inner_turn();
	expect(0, UPDATE, 'x');
	expect_close(0, 1000);
	stop();
}
END_TEST

/* Those that are lost are settled; the others have no harm of it. */
START_TEST(update_for_who_left_ends_the_session_only)
{
	int i;

	start();
	for (i = 0; i < 4; i++)
		update(i, UPDATE, 'x');
	for (i = 0; i < 4; i++)
		relay_from_target(pairs[i].c);
	close(pairs[1].browser);
	close(pairs[2].browser);
	pairs[1].browser = pairs[2].browser = -1;
	/* the third one's own callback finds that it is lost */
	relay_from_client(pairs[2].c);
	ck_assert_int_eq(pairs[1].c->state, CLIENT_CLOSING);
	ck_assert_int_eq(pairs[2].c->state, CLIENT_CLOSING);
	client_settle(pairs[2].c);
	for (i = 0; i < 3; i++)
		inner_turn();
	ck_assert_ptr_null(client_find(w, 2));
	ck_assert_ptr_null(client_find(w, 3));
	expect(0, UPDATE, 'x');
	expect(3, UPDATE, 'x');
	stop();
}
END_TEST

START_TEST(update_of_who_is_cut_goes_nowhere)
{
	start();
	update(0, UPDATE, 'x');
	update(1, UPDATE, 'y');
	relay_from_target(pairs[0].c);
	relay_from_target(pairs[1].c);
	client_cut(pairs[0].c);
	ck_assert_ptr_null(client_find(w, 1));
	inner_turn();
	expect(1, UPDATE, 'y');
	stop();
}
END_TEST

static Suite *
gather_suite(void)
{
	Suite *suite = suite_create("gather");
	TCase *tc = tcase_create("gather");

	tcase_add_test(tc, updates_of_one_turn_come_each_to_its_own);
	tcase_add_test(tc, updates_are_sent_at_the_end_of_the_turn);
	tcase_add_loop_test(tc, updates_of_one_session_keep_their_order, 0,
	    (int)(sizeof(sizes) / sizeof(sizes[0])));
	tcase_add_test(tc, update_survives_what_a_client_sends);
	tcase_add_test(tc, update_comes_before_the_close);
	tcase_add_test(tc, last_update_comes_before_the_end);
	tcase_add_test(tc, update_for_who_left_ends_the_session_only);
	tcase_add_test(tc, update_of_who_is_cut_goes_nowhere);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(gather_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
