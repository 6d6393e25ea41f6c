/* SPDX-License-Identifier: ISC */
/*
 * The tick of a worker with more clients to end than one turn of the loop
 * may take: the rest follows in the next ones, and nobody is forgotten.
 */
#include <check.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/inner_worker.h"
#include "worker/master.h"
#include "worker/spine.h"
#include "worker/tick.h"

#define CROWD	    450 /* clients, of two descriptors each */
#define TURN_MAX    256 /* WALK_MAX of worker/tick.c */
#define LONG_AGO_MS 1	/* a deadline */
#define TURNS_MAX   20

static struct worker *const w = &inner.w;
static struct client *crowd[CROWD]; /* as long as they are there */
static int ends[CROWD];		    /* their far ends */

static void
stop_worker(void)
{
	int i;

	inner_stop();
	for (i = 0; i < CROWD; i++)
		close(ends[i]);
}

/* Their heads have begun, and have been awaited since long. */
static void
give_crowd(void)
{
	int i;

	for (i = 0; i < CROWD; i++) {
		crowd[i] = inner_give_client((uint64_t)i + 1, &ends[i]);
		client_keep(crowd[i], (const uint8_t *)"G", 1);
		crowd[i]->deadline_ms = LONG_AGO_MS;
	}
}

/* Those that heard 408; the worker does not wait for what they say now. */
static int
count_answered(void)
{
	struct client *c;
	int n = 0;

	TAILQ_FOREACH (c, &w->clients, entry)
		n += c->state == CLIENT_LINGER;
	return n;
}

static int
count_left(void)
{
	struct client *c;
	int n = 0;

	TAILQ_FOREACH (c, &w->clients, entry)
		n++;
	ck_assert_uint_eq(w->conn_count, (uint32_t)n);
	return n;
}

START_TEST(tick_ends_a_crowd_in_several_turns)
{
	int turns = 0, before, answered = 0;

	inner_start();
	give_crowd();
	worker_tick(w);
	do {
		before = answered;
		inner_turn();
		answered = count_answered();
		ck_assert_int_le(answered - before, TURN_MAX);
		ck_assert_int_lt(turns++, TURNS_MAX);
	} while (answered < CROWD);
	ck_assert_int_gt(turns, 1);
	ck_assert_ptr_null(w->walk_next);
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

	inner_start();
	give_crowd();
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	other = event_new(
	    w->base, fds[0], EV_READ | EV_PERSIST, on_served_cb, NULL);
	ck_assert_ptr_nonnull(other);
	ck_assert_int_eq(event_add(other, NULL), 0);
	is_served = 0;
	worker_tick(w);
	do {
		ck_assert_int_eq(send(fds[1], "x", 1, 0), 1);
		inner_turn();
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

	inner_start();
	give_crowd();
	worker_tick(w);
	inner_turn();
	ck_assert_ptr_nonnull(w->walk_next);
	next = w->walk_next;
	for (c = TAILQ_FIRST(&w->clients); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		is_behind |= c == w->walk_next;
		if ((_i == 0 && c != w->walk_next) || (_i == 1 && !is_behind) ||
		    (_i == 2 && is_behind))
			continue;
		client_cut(c);
		cut++;
		if (_i == 0)
			break;
	}
	while (w->walk_next != NULL && turns++ < TURNS_MAX)
		inner_turn();
	ck_assert_int_eq(count_left(), CROWD - cut);
	ck_assert_int_eq(count_answered(), CROWD - cut);
	stop_worker();
}
END_TEST

START_TEST(tick_does_not_begin_again_before_all_have_been_met)
{
	uint32_t ticks;
	int i;

	inner_start();
	give_crowd();
	worker_tick(w);
	ticks = w->ticks;
	for (i = 0; i < CROWD / TURN_MAX; i++) {
		inner_turn();
		worker_tick(w);
		ck_assert_uint_eq(w->ticks, ticks);
	}
	inner_turn();
	ck_assert_int_eq(count_answered(), CROWD);
	worker_tick(w);
	ck_assert_uint_eq(w->ticks, ticks + 1);
	stop_worker();
}
END_TEST

START_TEST(tick_meets_all_in_one_turn_where_nothing_is_to_be_done)
{
	int i;

	inner_start();
	for (i = 0; i < CROWD; i++)
		crowd[i] = inner_give_client((uint64_t)i + 1, &ends[i]);
	client_keep(crowd[CROWD - 1], (const uint8_t *)"G", 1);
	crowd[CROWD - 1]->deadline_ms = LONG_AGO_MS;
	worker_tick(w);
	inner_turn();
	ck_assert_int_eq(count_answered(), 1);
	ck_assert_ptr_null(w->walk_next);
	stop_worker();
}
END_TEST

START_TEST(tick_ends_the_drained_worker_with_its_last_client)
{
	struct client *c;
	int turns = 0;

	inner_start();
	give_crowd();
	TAILQ_FOREACH (c, &w->clients, entry)
		c->state = CLIENT_LINGER; /* its deadline closes it */
	w->drain_deadline_ms = UINT64_MAX;
	worker_tick(w);
	while (w->conn_count > 0) {
		ck_assert_int_eq(inner.drained_status, -1);
		inner_turn();
		ck_assert_int_lt(turns++, TURNS_MAX);
	}
	ck_assert_int_eq(inner.drained_status, 0);
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
