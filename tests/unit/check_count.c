/* SPDX-License-Identifier: ISC */
/*
 * Rounds of counting: who answers, who does not, who lies, and what is left of
 * those that have died.
 */
#include <check.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/metrics.h"
#include "daemon/master/children/count.h"
#include "tests/unit/supervise_rig.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC  30
#define FILE_SIZE 4096

static struct fake *const everybody[] = {
    &rig.keeper, &rig.broker, &rig.workers[0], &rig.workers[1]};

static struct msg_counted said;
static uint64_t sums[METRICS_COUNT];

/* Says this count, and nothing else. */
static void
say(struct fake *fake, enum metric metric, uint64_t value)
{
	memset(&said, 0, sizeof(said));
	said.number = fake->count_number;
	said.values[metric] = value;
	ck_assert_int_eq(rig_say(fake, MSG_COUNTED, &said), 0);
	rig_run();
}

static enum metric
metric_of(const struct fake *fake)
{
	switch (rig_child(fake)->role) {
	case ROLE_KEEPER:
		return METRIC_SIGNED;
	case ROLE_BROKER:
		return METRIC_OPENED;
	default:
		return METRIC_SESSIONS_OPENED;
	}
}

/* Begins a round, which all have heard of. */
static void
begin_round(void)
{
	unsigned counts = rig.keeper.counts;

	supervisor_count(rig.sup);
	rig_run();
	/* a moment after the one before */
	while (rig.keeper.counts == counts) {
		event_base_loop(rig.base, EVLOOP_ONCE);
		rig_run();
	}
}

static void
answer_but(const struct fake *silent, uint64_t value)
{
	size_t i;

	for (i = 0; i < COUNT(everybody); i++)
		if (everybody[i] != silent)
			say(everybody[i], metric_of(everybody[i]), value);
}

static uint64_t
sum_of(enum metric metric)
{
	supervisor_sum(rig.sup, sums);
	return sums[metric];
}

static void
wait_counted(unsigned count)
{
	while (rig.counted < count)
		event_base_loop(rig.base, EVLOOP_ONCE);
	rig_run();
	ck_assert_uint_eq(rig.counted, count);
}

START_TEST(count_is_over_when_all_have_answered)
{
	size_t i;

	rig_start();
	begin_round();
	for (i = 0; i < COUNT(everybody); i++)
		ck_assert_uint_eq(everybody[i]->counts, 1);
	supervisor_count(rig.sup); /* takes part */
	answer_but(&rig.broker, 3);
	ck_assert_uint_eq(rig.counted, 0);
	say(&rig.broker, METRIC_OPENED, 5);
	ck_assert_uint_eq(rig.counted, 1);
	ck_assert_uint_eq(sum_of(METRIC_SESSIONS_OPENED), 6);
	ck_assert_uint_eq(sum_of(METRIC_OPENED), 5);
	ck_assert_uint_eq(rig.broker.counts, 1);
	rig_stop();
}
END_TEST

/* What it said before is shown; the next round does not wait for it. */
START_TEST(count_does_not_wait_for_one_that_hangs)
{
	uint64_t began_ms;

	rig_start();
	begin_round();
	answer_but(NULL, 2);
	wait_counted(1);
	began_ms = clock_now_ms();
	begin_round();
	answer_but(&rig.broker, 7);
	wait_counted(2);
	ck_assert_uint_ge(clock_now_ms() - began_ms, 1000);
	ck_assert_uint_eq(sum_of(METRIC_OPENED), 2);
	ck_assert_uint_eq(sum_of(METRIC_SESSIONS_OPENED), 14);
	begin_round();
	ck_assert_uint_eq(rig.broker.counts, 2);
	answer_but(&rig.broker, 8);
	ck_assert_uint_eq(rig.counted, 3);
	/* late, and right */
	say(&rig.broker, METRIC_OPENED, 9);
	ck_assert_uint_eq(sum_of(METRIC_OPENED), 9);
	ck_assert_uint_eq(rig.sup->broker.restarts, 0);
	rig_stop();
}
END_TEST

START_TEST(count_keeps_what_a_dead_child_had_counted)
{
	rig_start();
	begin_round();
	memset(&said, 0, sizeof(said));
	said.number = rig.broker.count_number;
	said.values[METRIC_OPENED] = 4;
	said.values[METRIC_PENDING] = 2;
	ck_assert_int_eq(rig_say(&rig.broker, MSG_COUNTED, &said), 0);
	answer_but(&rig.broker, 1);
	wait_counted(1);
	ck_assert_uint_eq(sum_of(METRIC_PENDING), 2);
	rig_die(&rig.broker);
	ck_assert_uint_eq(sum_of(METRIC_OPENED), 4);
	ck_assert_uint_eq(sum_of(METRIC_PENDING), 0);
	rig_ready(&rig.broker);
	begin_round();
	say(&rig.broker, METRIC_OPENED, 1); /* it begins anew */
	ck_assert_uint_eq(sum_of(METRIC_OPENED), 5);
	rig_stop();
}
END_TEST

START_TEST(count_goes_on_without_one_that_dies)
{
	rig_start();
	begin_round();
	answer_but(&rig.broker, 1);
	ck_assert_uint_eq(rig.counted, 0);
	rig_die(&rig.broker);
	ck_assert_uint_eq(rig.counted, 1);
	rig_stop();
}
END_TEST

/* A count that falls; another role's; another number; twice. */
static void
lie(struct fake *fake, int which)
{
	memset(&said, 0, sizeof(said));
	said.number = fake->count_number;
	said.values[metric_of(fake)] = 10;
	if (which == 0)
		said.values[metric_of(fake)] = 9;
	else if (which == 1)
		said.values[METRIC_HANGS] = 1;
	else if (which == 2)
		said.number++;
	else {
		ck_assert_int_eq(rig_say(fake, MSG_COUNTED, &said), 0);
		rig_run();
	}
	ck_assert_int_eq(rig_say(fake, MSG_COUNTED, &said), 0);
}

START_TEST(count_that_cannot_be_costs_the_channel)
{
	struct fake *liar = everybody[_i / 4];
	pid_t pid;

	rig_start();
	begin_round();
	answer_but(NULL, 10);
	wait_counted(1);
	begin_round();
	pid = liar->pid;
	lie(liar, _i % 4);
	rig_wait_replaced(liar, pid);
	ck_assert_uint_eq(sum_of(METRIC_HANGS), 0);
	ck_assert_uint_ge(sum_of(metric_of(liar)), 10);
	rig_stop();
}
END_TEST

START_TEST(count_may_lower_a_gauge)
{
	rig_start();
	begin_round();
	say(&rig.broker, METRIC_PENDING, 5);
	answer_but(&rig.broker, 0);
	wait_counted(1);
	begin_round();
	say(&rig.broker, METRIC_PENDING, 1);
	answer_but(&rig.broker, 0);
	wait_counted(2);
	ck_assert_uint_eq(sum_of(METRIC_PENDING), 1);
	ck_assert_uint_eq(rig.sup->broker.restarts, 0);
	rig_stop();
}
END_TEST

/* Whoever lies makes a number wrong, and not small again. */
START_TEST(count_sums_end_at_the_greatest_number)
{
	rig_start();
	begin_round();
	answer_but(NULL, UINT64_MAX);
	wait_counted(1);
	ck_assert_uint_eq(sum_of(METRIC_SESSIONS_OPENED), UINT64_MAX);
	rig_die(&rig.broker);
	rig_ready(&rig.broker);
	begin_round();
	answer_but(&rig.broker, UINT64_MAX);
	say(&rig.broker, METRIC_OPENED, 7);
	ck_assert_uint_eq(sum_of(METRIC_OPENED), UINT64_MAX);
	rig_die(&rig.broker);
	ck_assert_uint_eq(sum_of(METRIC_OPENED), UINT64_MAX);
	rig_stop();
}
END_TEST

/* Of one listener, which is there until the rig stops. */
static void
set_metrics(uint8_t has_metrics)
{
	static struct conf_tls tls;
	struct conf *conf = rig.sup->bundle->conf;

	tls.metrics = has_metrics;
	conf->tls = &tls;
	conf->listener_count = 1;
}

static void
stop(void)
{
	rig.sup->bundle->conf->listener_count = 0;
	rig_stop();
}

START_TEST(metrics_that_no_listener_has_are_told_to_no_worker)
{
	struct msg_metrics ask = {77};
	int file = memfd_create("metrics", MFD_CLOEXEC);

	rig_start();
	set_metrics(0);
	ck_assert_int_eq(rig_say(&rig.workers[1], MSG_METRICS, &ask), 0);
	rig_run();
	answer_but(NULL, 1);
	supervisor_tell_metrics(rig.sup, file, FILE_SIZE);
	rig_run();
	ck_assert_uint_eq(rig.workers[1].metrics_are, 1);
	ck_assert_uint_eq(rig.workers[1].metrics_bytes, 0);
	close(file);
	stop();
}
END_TEST

START_TEST(metrics_that_a_worker_asks_for_are_told_once)
{
	struct msg_metrics ask = {77};
	int file = memfd_create("metrics", MFD_CLOEXEC);

	rig_start();
	set_metrics(1);
	ck_assert_int_eq(rig_say(&rig.workers[1], MSG_METRICS, &ask), 0);
	rig_run();
	ck_assert_uint_eq(rig.keeper.counts, 1);
	answer_but(NULL, 1);
	ck_assert_uint_eq(rig.counted, 1);
	supervisor_tell_metrics(rig.sup, file, FILE_SIZE);
	supervisor_tell_metrics(rig.sup, file, FILE_SIZE);
	rig_run();
	ck_assert_uint_eq(rig.workers[1].metrics_are, 1);
	ck_assert_uint_eq(rig.workers[1].metrics_number, 77);
	ck_assert_uint_eq(rig.workers[1].metrics_bytes, FILE_SIZE);
	ck_assert_uint_eq(rig.workers[0].metrics_are, 0);
	/* it may ask again, and hears it without a page, too */
	ask.number++;
	ck_assert_int_eq(rig_say(&rig.workers[1], MSG_METRICS, &ask), 0);
	rig_run();
	supervisor_tell_metrics(rig.sup, -1, 0);
	rig_run();
	ck_assert_uint_eq(rig.workers[1].metrics_are, 2);
	ck_assert_uint_eq(rig.workers[1].metrics_bytes, 0);
	close(file);
	stop();
}
END_TEST

START_TEST(metrics_asked_for_twice_cost_a_worker_its_place)
{
	struct msg_metrics ask = {1};
	pid_t pid;

	rig_start();
	pid = rig.workers[0].pid;
	ck_assert_int_eq(rig_say(&rig.workers[0], MSG_METRICS, &ask), 0);
	ck_assert_int_eq(rig_say(&rig.workers[0], MSG_METRICS, &ask), 0);
	rig_wait_replaced(&rig.workers[0], pid);
	/* the next one has not asked */
	supervisor_tell_metrics(rig.sup, -1, 0);
	rig_run();
	ck_assert_uint_eq(rig.workers[0].metrics_are, 0);
	rig_stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("count");
	TCase *tc = tcase_create("count");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, count_is_over_when_all_have_answered);
	tcase_add_test(tc, count_does_not_wait_for_one_that_hangs);
	tcase_add_test(tc, count_keeps_what_a_dead_child_had_counted);
	tcase_add_test(tc, count_goes_on_without_one_that_dies);
	tcase_add_loop_test(tc, count_that_cannot_be_costs_the_channel, 0,
	    4 * COUNT(everybody));
	tcase_add_test(tc, count_may_lower_a_gauge);
	tcase_add_test(tc, count_sums_end_at_the_greatest_number);
	tcase_add_test(tc, metrics_that_no_listener_has_are_told_to_no_worker);
	tcase_add_test(tc, metrics_that_a_worker_asks_for_are_told_once);
	tcase_add_test(tc, metrics_asked_for_twice_cost_a_worker_its_place);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
