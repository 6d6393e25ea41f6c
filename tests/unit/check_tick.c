/* SPDX-License-Identifier: ISC */
/*
 * The tick of a worker with more clients to end than one turn of the loop
 * may take: the rest follows in the next ones, and nobody is forgotten.
 */
#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "worker/client.h"
#include "worker/master.h"

#define CROWD	    450 /* clients, of two descriptors each */
#define TURN_MAX    256 /* WALK_MAX of worker/master.c */
#define LONG_AGO_MS 1	/* a deadline */
#define TURNS_MAX   20
#define FAR_SEC	    1000

static struct worker w;
static struct worker_conf conf;
static int master;		    /* far end of the channel */
static struct client *crowd[CROWD]; /* as long as they are there */
static int ends[CROWD];		    /* their far ends */
static int drained_status;

/* What main.c does: a test goes on. */
void
worker_drained(int status)
{
	drained_status = status;
}

void
worker_orphaned(int reason)
{
	ck_abort_msg("no master: %s", vb_strerror(reason));
}

static void
start_worker(void)
{
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	memset(&w, 0, sizeof(w));
	memset(&conf, 0, sizeof(conf));
	conf.settings.handshake_timeout_sec = FAR_SEC;
	drained_status = -1;
	TAILQ_INIT(&w.clients);
	TAILQ_INIT(&w.idle);
	RB_INIT(&w.by_id);
	w.conf = &conf;
	ck_assert_ptr_nonnull(w.buffer = malloc(WORKER_BUFFER_BYTES));
	ck_assert_ptr_nonnull(w.base = event_base_new());
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	master = fds[0];
	ck_assert_int_eq(master_connect(&w, fds[1]), 0);
}

static void
stop_worker(void)
{
	struct client *c;
	int i;

	while ((c = TAILQ_FIRST(&w.clients)) != NULL)
		client_cut(c);
	for (i = 0; i < CROWD; i++)
		close(ends[i]);
	ipc_free(w.master);
	event_base_free(w.base);
	close(master);
	free(w.buffer);
}

static void
give_client(int i)
{
	struct msg_client msg = {.conn_id = (uint64_t)i + 1};
	int fds[2];

	ck_assert_int_eq(
	    socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
	    0);
	ends[i] = fds[0];
	ck_assert_int_eq(client_new(&w, &msg, fds[1]), 0);
	crowd[i] = client_find(&w, msg.conn_id);
	ck_assert_ptr_nonnull(crowd[i]);
}

/* Half-open, and over since long. */
static void
give_crowd(void)
{
	int i;

	for (i = 0; i < CROWD; i++) {
		give_client(i);
		crowd[i]->deadline_ms = LONG_AGO_MS;
	}
}

static void
run_turn(void)
{
	ck_assert_int_ne(
	    event_base_loop(w.base, EVLOOP_ONCE | EVLOOP_NONBLOCK), -1);
}

/* Those that heard 408; the worker does not wait for what they say now. */
static int
count_answered(void)
{
	struct client *c;
	int n = 0;

	TAILQ_FOREACH (c, &w.clients, entry)
		n += c->state == CLIENT_LINGER;
	return n;
}

static int
count_left(void)
{
	struct client *c;
	int n = 0;

	TAILQ_FOREACH (c, &w.clients, entry)
		n++;
	ck_assert_uint_eq(w.conn_count, (uint32_t)n);
	return n;
}

START_TEST(tick_ends_a_crowd_in_several_turns)
{
	int turns = 0, before, answered = 0;

	start_worker();
	give_crowd();
	worker_tick(&w);
	do {
		before = answered;
		run_turn();
		answered = count_answered();
		ck_assert_int_le(answered - before, TURN_MAX);
		ck_assert_int_lt(turns++, TURNS_MAX);
	} while (answered < CROWD);
	ck_assert_int_gt(turns, 1);
	ck_assert_ptr_null(w.walk_next);
	stop_worker();
}
END_TEST

static int is_served;

static void
on_served_cb(evutil_socket_t fd, short what, void *arg)
{
	char byte;

	(void)what;
	(void)arg;
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 1);
	is_served++;
}

START_TEST(tick_lets_others_be_served_between)
{
	struct event *other;
	int fds[2], turns = 0, answered;

	start_worker();
	give_crowd();
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	other =
	    event_new(w.base, fds[0], EV_READ | EV_PERSIST, on_served_cb, NULL);
	ck_assert_ptr_nonnull(other);
	ck_assert_int_eq(event_add(other, NULL), 0);
	is_served = 0;
	worker_tick(&w);
	do {
		ck_assert_int_eq(send(fds[1], "x", 1, 0), 1);
		run_turn();
		answered = count_answered();
		ck_assert_int_eq(is_served, ++turns);
	} while (answered < CROWD && turns < TURNS_MAX);
	ck_assert_int_eq(answered, CROWD);
	event_free(other);
	close(fds[0]);
	close(fds[1]);
	stop_worker();
}
END_TEST

/*
 * Row by row: the client to be met next, all that are still to come, all
 * that were met, and everyone.
 */
START_TEST(tick_goes_on_where_clients_went_away)
{
	struct client *c, *next;
	int is_behind = 0, turns = 0, cut = 0;

	start_worker();
	give_crowd();
	worker_tick(&w);
	run_turn();
	ck_assert_ptr_nonnull(w.walk_next);
	next = w.walk_next;
	for (c = TAILQ_FIRST(&w.clients); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		is_behind |= c == w.walk_next;
		if ((_i == 0 && c != w.walk_next) || (_i == 1 && !is_behind) ||
		    (_i == 2 && is_behind))
			continue;
		client_cut(c);
		cut++;
		if (_i == 0)
			break;
	}
	while (w.walk_next != NULL && turns++ < TURNS_MAX)
		run_turn();
	ck_assert_int_eq(count_left(), CROWD - cut);
	ck_assert_int_eq(count_answered(), CROWD - cut);
	stop_worker();
}
END_TEST

START_TEST(tick_does_not_begin_again_before_all_have_been_met)
{
	uint32_t ticks;
	int i;

	start_worker();
	give_crowd();
	worker_tick(&w);
	ticks = w.ticks;
	for (i = 0; i < CROWD / TURN_MAX; i++) {
		run_turn();
		worker_tick(&w);
		ck_assert_uint_eq(w.ticks, ticks);
	}
	run_turn();
	ck_assert_int_eq(count_answered(), CROWD);
	worker_tick(&w);
	ck_assert_uint_eq(w.ticks, ticks + 1);
	stop_worker();
}
END_TEST

START_TEST(tick_meets_all_in_one_turn_where_nothing_is_to_be_done)
{
	int i;

	start_worker();
	for (i = 0; i < CROWD; i++)
		give_client(i);
	crowd[CROWD - 1]->deadline_ms = LONG_AGO_MS;
	worker_tick(&w);
	run_turn();
	ck_assert_int_eq(count_answered(), 1);
	ck_assert_ptr_null(w.walk_next);
	stop_worker();
}
END_TEST

START_TEST(tick_ends_the_drained_worker_with_its_last_client)
{
	struct client *c;
	int turns = 0;

	start_worker();
	give_crowd();
	TAILQ_FOREACH (c, &w.clients, entry)
		c->state = CLIENT_LINGER; /* its deadline closes it */
	w.drain_deadline_ms = UINT64_MAX;
	worker_tick(&w);
	while (w.conn_count > 0) {
		ck_assert_int_eq(drained_status, -1);
		run_turn();
		ck_assert_int_lt(turns++, TURNS_MAX);
	}
	ck_assert_int_eq(drained_status, 0);
	stop_worker();
}
END_TEST

static Suite *
tick_suite(void)
{
	Suite *suite = suite_create("tick");
	TCase *tc = tcase_create("tick");

	tcase_add_test(tc, tick_ends_a_crowd_in_several_turns);
	tcase_add_test(tc, tick_lets_others_be_served_between);
	tcase_add_loop_test(tc, tick_goes_on_where_clients_went_away, 0, 4);
	tcase_add_test(tc, tick_does_not_begin_again_before_all_have_been_met);
	tcase_add_test(
	    tc, tick_meets_all_in_one_turn_where_nothing_is_to_be_done);
	tcase_add_test(tc, tick_ends_the_drained_worker_with_its_last_client);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(tick_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
