/* SPDX-License-Identifier: ISC */
/*
 * A worker that has no memory for what the broker or the master should hear:
 * each request for memory is refused in turn, and all is said in the end.
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/unit/inner_worker.h"
#include "tests/unit/starve.h"
#include "worker/master.h"
#include "worker/spine.h"
#include "worker/tick.h"
#include "worker/client/tell.h"
#include "worker/stages/relay.h"

#define SESSIONS     3
#define STARVED_MAX  100 /* requests for memory in one step */
#define TURNS	     4	 /* of the loop, until it is quiet */
#define LONG_AGO_MS  1	 /* a deadline */
#define TARGET	     "desk:5901"
#define BYTES_SO_FAR 77

static struct worker *const w = &inner.w;
static struct client *sessions[SESSIONS];
static int clients[SESSIONS], targets[SESSIONS]; /* far ends */
static uint32_t fence;

static void
turn(void)
{
	int i;

	for (i = 0; i < TURNS; i++)
		inner_turn();
}

/* A PEER; gives the broker's end. */
static int
say_peer(void)
{
	struct msg_peer peer = {0, ++fence, ROLE_BROKER, ROLE_WORKER};
	int fds[2];

	ck_assert_int_eq(
	    socketpair(
		AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
	    0);
	ck_assert_int_eq(
	    ipc_write_message(inner.master, MSG_PEER, &peer, fds[1]), 0);
	return fds[0];
}

/* The next message of a type from the worker, or 0. */
static int
next_message(
    int channel, enum proto_role self, enum msg_type type, union proto_any *any)
{
	int got, fd;

	do
		got = ipc_read_message(channel, self, ROLE_WORKER, any, &fd);
	while (got > 0 && got != (int)type);
	return got > 0 ? got : 0;
}

/* What the broker heard: HELDs, and whether HELD_END counts them. */
static int
was_announced(int broker, unsigned count)
{
	union proto_any any;
	unsigned n = 0;
	int got, fd;

	while ((got = ipc_read_message(
		    broker, ROLE_BROKER, ROLE_WORKER, &any, &fd)) == MSG_HELD)
		n++;
	if (got != MSG_HELD_END)
		return 0;
	ck_assert_uint_eq(any.held_end.count, n);
	ck_assert_uint_eq(n, count);
	return 1;
}

/* Sessions that relay; ids from 1 on. */
static void
open_sessions(void)
{
	struct client *c;
	int i, fds[2];

	for (i = 0; i < SESSIONS; i++) {
		c = inner_give_client((uint64_t)i + 1, &clients[i]);
		ck_assert_int_eq(
		    socketpair(AF_UNIX,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
		    0);
		targets[i] = fds[0];
		ck_assert_ptr_nonnull(c->lease.target_text = strdup(TARGET));
		ws_decoder_init(&c->ws.decoder);
		c->is_session = 1;
		w->session_count++;
		c->count.to_client = BYTES_SO_FAR;
		relay_take(c, fds[1]);
		relay_begin(c);
		ck_assert_int_eq(c->state, CLIENT_RELAY);
		sessions[i] = c;
	}
}

static void
stop(int broker)
{
	int i;

	inner_stop();
	close(broker);
	for (i = 0; i < SESSIONS; i++) {
		close(clients[i]);
		close(targets[i]);
	}
}

START_TEST(peer_says_closed_in_the_end_without_memory)
{
	int broker, has_starved = 1, said, late = 0;
	union proto_any any;
	unsigned n;

	for (n = 1; has_starved; n++) {
		ck_assert_uint_lt(n, STARVED_MAX);
		inner_start();
		open_sessions();
		broker = say_peer();
		turn();
		ck_assert(was_announced(broker, SESSIONS));
		close(clients[1]); /* the loop finds its end */
		starve_at(n);
		turn();
		has_starved = starve_has_come();
		said = next_message(broker, ROLE_BROKER, MSG_CLOSED, &any);
		if (!said) {
			ck_assert_ptr_nonnull(client_find(w, 2));
			worker_tick(w);
			turn();
			said =
			    next_message(broker, ROLE_BROKER, MSG_CLOSED, &any);
			late++;
		}
		ck_assert(said);
		ck_assert_uint_eq(any.closed.conn_id, 2);
		ck_assert_uint_eq(any.closed.to_client_bytes, BYTES_SO_FAR);
		/* and once; nothing is kept behind it but what closes */
		clients[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		close(targets[1]);
		targets[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		worker_tick(w);
		turn();
		ck_assert(!next_message(broker, ROLE_BROKER, MSG_CLOSED, &any));
		ck_assert_ptr_null(client_find(w, 2));
		ck_assert_uint_eq(w->conn_count, SESSIONS - 1);
		stop(broker);
	}
	ck_assert_int_gt(late, 0);
}
END_TEST

/* Ends a session that cannot say so. Returns the broker's end. */
static int
make_owe(void)
{
	int broker;
	unsigned n;

	for (n = 1;; n++) {
		ck_assert_uint_lt(n, STARVED_MAX);
		inner_start();
		open_sessions();
		broker = say_peer();
		turn();
		starve_at(n);
		client_end(sessions[1], 4513, "over");
		client_settle(sessions[1]);
		(void)starve_has_come();
		if (sessions[1]->lease.state == LEASE_OWES_CLOSED)
			return broker;
		stop(broker);
	}
}

/* It never knew of the session. */
START_TEST(peer_owes_a_new_broker_nothing)
{
	union proto_any any;
	int broker = make_owe(), second = say_peer();

	turn();
	ck_assert(was_announced(second, SESSIONS - 1));
	worker_tick(w);
	turn();
	ck_assert(!next_message(second, ROLE_BROKER, MSG_CLOSED, &any));
	ck_assert_int_ne(sessions[1]->lease.state, LEASE_OWES_CLOSED);
	close(second);
	stop(broker);
}
END_TEST

/* What only stayed to say CLOSED has nothing to stay for. */
START_TEST(peer_lets_go_who_owes_a_new_broker_nothing)
{
	int broker = make_owe(), second = say_peer();

	sessions[1]->state = CLIENT_OVER; /* both its legs have gone */
	turn();
	ck_assert_uint_eq(w->conn_count, SESSIONS - 1);
	close(second);
	stop(broker);
}
END_TEST

START_TEST(peer_holds_up_no_drain_that_has_no_time_left)
{
	int broker = make_owe();

	w->drain_deadline_ms = LONG_AGO_MS;
	worker_tick(w);
	ck_assert_uint_eq(w->conn_count, 0);
	ck_assert_int_eq(inner.drained_status, 0);
	stop(broker);
}
END_TEST

START_TEST(peer_asks_for_another_where_it_could_not_announce_all)
{
	int broker, has_starved = 1, again = 0;
	union proto_any any;
	unsigned n;

	for (n = 1; has_starved; n++) {
		ck_assert_uint_lt(n, STARVED_MAX);
		inner_start();
		open_sessions();
		broker = say_peer();
		starve_at(n);
		turn();
		has_starved = starve_has_come();
		if (!was_announced(broker, SESSIONS)) {
			ck_assert_ptr_null(w->broker);
			/* once, however many ticks there are */
			worker_tick(w);
			turn();
			worker_tick(w);
			turn();
			ck_assert(next_message(
			    inner.master, ROLE_MASTER, MSG_UNJOINED, &any));
			ck_assert_uint_eq(any.unjoined.fence, fence);
			ck_assert_uint_eq(any.unjoined.reason, UNJOINED_LOST);
			ck_assert(!next_message(
			    inner.master, ROLE_MASTER, MSG_UNJOINED, &any));
			close(broker);
			broker = say_peer();
			turn();
			ck_assert(was_announced(broker, SESSIONS));
			again++;
		}
		ck_assert_uint_eq(w->session_count, SESSIONS);
		stop(broker);
	}
	ck_assert_int_gt(again, SESSIONS);
}
END_TEST

START_TEST(peer_says_again_that_the_broker_is_lost)
{
	union proto_any any;
	int broker, has_starved = 1;
	unsigned n;

	for (n = 1; has_starved; n++) {
		ck_assert_uint_lt(n, STARVED_MAX);
		inner_start();
		open_sessions();
		broker = say_peer();
		turn();
		close(broker);
		starve_at(n);
		turn();
		has_starved = starve_has_come();
		worker_tick(w);
		turn();
		ck_assert(next_message(
		    inner.master, ROLE_MASTER, MSG_UNJOINED, &any));
		ck_assert_uint_eq(any.unjoined.fence, fence);
		ck_assert(!next_message(
		    inner.master, ROLE_MASTER, MSG_UNJOINED, &any));
		stop(-1);
	}
}
END_TEST

/* There is no way to ask: the client need not wait to hear that. */
START_TEST(peer_refuses_a_session_that_it_cannot_ask_for)
{
	struct client *c;
	int broker;

	inner_start();
	open_sessions();
	broker = say_peer();
	turn();
	c = sessions[0];
	c->state = CLIENT_OPENING;
	c->lease.state = LEASE_NONE;
	starve_at(1);
	tell_open(c);
	ck_assert(starve_has_come());
	ck_assert_int_eq(c->state, CLIENT_CLOSING);
	ck_assert_uint_eq(c->close_code, 4522);
	stop(broker);
}
END_TEST

static Suite *
peer_suite(void)
{
	Suite *suite = suite_create("peer");
	TCase *tc = tcase_create("peer");

	tcase_add_test(tc, peer_says_closed_in_the_end_without_memory);
	tcase_add_test(tc, peer_owes_a_new_broker_nothing);
	tcase_add_test(tc, peer_lets_go_who_owes_a_new_broker_nothing);
	tcase_add_test(tc, peer_holds_up_no_drain_that_has_no_time_left);
	tcase_add_test(
	    tc, peer_asks_for_another_where_it_could_not_announce_all);
	tcase_add_test(tc, peer_says_again_that_the_broker_is_lost);
	tcase_add_test(tc, peer_refuses_a_session_that_it_cannot_ask_for);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(peer_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
