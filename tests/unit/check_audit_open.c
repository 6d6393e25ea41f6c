/* SPDX-License-Identifier: ISC */
/*
 * Which sessions have no end yet, whoever dies in whatever order: each gets
 * exactly one.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/master/audit/open.h"

#define WORKERS 3
#define CONNS	8
#define STEPS	20000
#define SEEDS	40

static struct open_set set;
static unsigned opened, ended;
static int lives[WORKERS];

static void
on_ended(void *arg, const struct open_session *s, const char *why)
{
	(void)arg;
	(void)s;
	ck_assert_uint_gt(strlen(why), 0);
	ended++;
}

static int
worker_lives(void *arg, uint32_t worker)
{
	(void)arg;
	return worker < WORKERS && lives[worker];
}

static void
begin(void)
{
	uint32_t i;

	open_init(&set, on_ended, NULL);
	opened = ended = 0;
	for (i = 0; i < WORKERS; i++)
		lives[i] = 1;
}

static struct open_session *
add(uint32_t worker, uint64_t conn)
{
	struct open_session *s = open_add(&set, worker, conn, 1);

	ck_assert_ptr_nonnull(s);
	opened++;
	return s;
}

START_TEST(open_session_ends_as_its_broker_says)
{
	begin();
	open_remove(&set, add(0, 1));
	ck_assert_uint_eq(set.count, 0);
	ck_assert_uint_eq(ended, 0); /* that record is the broker's */
}
END_TEST

START_TEST(open_sessions_of_a_worker_end_once_both_have_said_so)
{
	struct open_session *s;

	/* the broker first */
	begin();
	s = add(1, 1);
	add(2, 1);
	open_gone(&set, s, 1);
	ck_assert_uint_eq(ended, 0);
	open_worker_died(&set, 1);
	ck_assert_uint_eq(ended, 1);
	ck_assert_uint_eq(set.count, 1);
	/* the worker first: the broker tells how much it has moved */
	s = open_find(&set, 2, 1);
	open_worker_died(&set, 2);
	ck_assert_uint_eq(ended, 1);
	open_gone(&set, s, 1);
	ck_assert_uint_eq(ended, 2);
	/* an open that is read after its worker's death, of no other one */
	s = add(0, 1);
	open_gone(&set, s, 0);
	ck_assert_uint_eq(ended, 3);
	ck_assert_uint_eq(set.count, 0);
}
END_TEST

START_TEST(open_session_whose_channel_is_lost_goes_on_if_it_is_held)
{
	struct open_session *s;

	begin();
	s = add(0, 1);
	add(0, 2)->to_client_bytes = 1;
	open_gone(&set, s, 1);
	open_gone(&set, open_find(&set, 0, 2), 1);
	s->is_known = 1; /* HELD */
	open_held_end(&set, 0);
	ck_assert_uint_eq(ended, 1);
	ck_assert_ptr_eq(open_find(&set, 0, 1), s);
	ck_assert_ptr_null(open_find(&set, 0, 2));
	open_clear(&set);
	ck_assert_uint_eq(ended, 1);
}
END_TEST

START_TEST(open_sessions_outlive_the_broker_and_end_when_nobody_holds_them)
{
	begin();
	add(0, 1);
	add(0, 2);
	add(1, 1);
	add(2, 1);
	open_worker_died(&set, 2);
	ck_assert_uint_eq(ended, 0);
	open_broker_died(&set, worker_lives);
	ck_assert_uint_eq(ended, 1);
	/* another's HELD_END says nothing of them */
	open_held_end(&set, 2);
	ck_assert_uint_eq(ended, 1);
	open_find(&set, 0, 2)->is_known = 1;
	open_held_end(&set, 0);
	ck_assert_uint_eq(ended, 2);
	ck_assert_ptr_nonnull(open_find(&set, 0, 2));
	/* nobody has told the new broker of that one */
	open_worker_died(&set, 1);
	ck_assert_uint_eq(ended, 3);
	/* and that worker is not there any more */
	lives[0] = 0;
	open_broker_died(&set, worker_lives);
	ck_assert_uint_eq(ended, 4);
	ck_assert_uint_eq(set.count, 0);
}
END_TEST

START_TEST(open_session_ends_before_another_gets_its_number)
{
	begin();
	add(0, 7);
	add(0, 7);
	ck_assert_uint_eq(ended, 1);
	ck_assert_uint_eq(set.count, 1);
	open_end_all(&set);
	ck_assert_uint_eq(ended, 2);
}
END_TEST

START_TEST(open_set_has_a_bound_and_counts_what_is_beyond)
{
	uint64_t i;

	begin();
	for (i = 1; i <= OPEN_MAX_ENTRIES; i++)
		ck_assert_ptr_nonnull(open_add(&set, 0, i, 1));
	ck_assert_ptr_null(open_add(&set, 0, i, 1));
	ck_assert_uint_eq(set.untracked, 1);
	ck_assert_uint_eq(set.count, OPEN_MAX_ENTRIES);
	open_clear(&set);
	ck_assert_uint_eq(set.untracked, 0);
	ck_assert_uint_eq(set.count, 0);
}
END_TEST

/* ---- all of them, in any order, beside what really happens ---- */

static struct {
	uint8_t is_open[CONNS];	 /* in the worker */
	uint8_t is_known[CONNS]; /* to the broker */
	int is_joined;
} world[WORKERS];

static void
lose(uint32_t w, uint32_t c)
{
	struct open_session *s = open_find(&set, w, c + 1);

	if (world[w].is_known[c] && s != NULL)
		open_gone(&set, s, lives[w]);
	world[w].is_known[c] = 0;
}

static void
part(uint32_t w)
{
	uint32_t c;

	for (c = 0; c < CONNS; c++)
		lose(w, c);
	world[w].is_joined = 0;
}

static void
join(uint32_t w)
{
	struct open_session *s;
	uint32_t c;

	if (world[w].is_joined || !lives[w])
		return;
	for (c = 0; c < CONNS; c++) {
		if (!world[w].is_open[c])
			continue;
		if ((s = open_find(&set, w, c + 1)) != NULL)
			s->is_known = 1;
		else
			add(w, c + 1);
		world[w].is_known[c] = 1;
	}
	open_held_end(&set, w);
	world[w].is_joined = 1;
}

static void
toggle(uint32_t w, uint32_t c)
{
	struct open_session *s;

	if (!lives[w])
		return;
	if (world[w].is_open[c]) {
		world[w].is_open[c] = 0;
		if (world[w].is_known[c] &&
		    (s = open_find(&set, w, c + 1)) != NULL) {
			open_remove(&set, s);
			ended++;
		}
		world[w].is_known[c] = 0;
	} else if (world[w].is_joined) {
		world[w].is_open[c] = world[w].is_known[c] = 1;
		add(w, c + 1);
	}
}

static void
kill_worker(uint32_t w, int broker_first)
{
	if (broker_first)
		part(w);
	lives[w] = 0;
	memset(world[w].is_open, 0, sizeof(world[w].is_open));
	open_worker_died(&set, w);
	part(w);
}

static void
kill_broker(void)
{
	uint32_t w;

	for (w = 0; w < WORKERS; w++) {
		memset(world[w].is_known, 0, sizeof(world[w].is_known));
		world[w].is_joined = 0;
	}
	open_broker_died(&set, worker_lives);
}

static void
step(void)
{
	uint32_t w = (uint32_t)random() % WORKERS;

	switch (random() % 12) {
	case 0:
		kill_worker(w, 0);
		break;
	case 1:
		kill_worker(w, 1);
		break;
	case 2:
		kill_broker();
		break;
	case 3:
		part(w);
		break;
	case 4:
		lives[w] = 1;
		break;
	case 5:
	case 6:
		join(w);
		break;
	default:
		toggle(w, (uint32_t)random() % CONNS);
		break;
	}
	ck_assert_uint_eq(opened, ended + set.count);
}

START_TEST(open_sessions_add_up_whoever_dies)
{
	uint32_t w, c, running = 0;
	int i;

	srandom((unsigned)_i + 1);
	begin();
	memset(world, 0, sizeof(world));
	for (i = 0; i < STEPS; i++)
		step();
	/* in the end all have joined: what is open is what is recorded */
	for (w = 0; w < WORKERS; w++) {
		lives[w] = 1;
		part(w);
		join(w);
		for (c = 0; c < CONNS; c++) {
			running += world[w].is_open[c];
			ck_assert_int_eq(open_find(&set, w, c + 1) != NULL,
			    world[w].is_open[c]);
		}
	}
	ck_assert_uint_eq(set.count, running);
	ck_assert_uint_eq(opened, ended + running);
	open_end_all(&set);
	ck_assert_uint_eq(opened, ended);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("audit_open");
	TCase *tc = tcase_create("audit_open");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, open_session_ends_as_its_broker_says);
	tcase_add_test(
	    tc, open_sessions_of_a_worker_end_once_both_have_said_so);
	tcase_add_test(
	    tc, open_session_whose_channel_is_lost_goes_on_if_it_is_held);
	tcase_add_test(tc,
	    open_sessions_outlive_the_broker_and_end_when_nobody_holds_them);
	tcase_add_test(tc, open_session_ends_before_another_gets_its_number);
	tcase_add_test(tc, open_set_has_a_bound_and_counts_what_is_beyond);
	tcase_add_loop_test(tc, open_sessions_add_up_whoever_dies, 0, SEEDS);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
