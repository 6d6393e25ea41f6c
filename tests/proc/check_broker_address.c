/* SPDX-License-Identifier: ISC */
/* What one address may have: max-sessions-of-address. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/proc/broker_rig.h"

#define TEST_SEC 60
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct msg_opened opened;

/* Two of one address's, whichever worker they are with. */
static const struct {
	const char *first;
	const char *second;
	uint32_t code; /* of a third from second */
} sources[] = {
    {"192.0.2.7", "192.0.2.7", 4522},
    {"192.0.2.7", "192.0.2.8", 0},
    {"2001:db8:1:2::3", "2001:db8:1:2:3:4:5:6", 4522},
    {"2001:db8:1:2::3", "2001:db8:1:3::3", 0},
    /* a proxy on this host has everybody behind it */
    {"127.0.0.1", "127.0.0.1", 0},
    {"::1", "::1", 0},
};

START_TEST(broker_keeps_max_sessions_of_address)
{
	struct pair p;

	pair_start(&p, NULL);
	p.conf.max_sessions_of_address = 2;
	rig_configure(&p.rig, &p.conf);
	worker_use_client(sources[_i].first);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, p.text, &opened), 0);
	ck_assert_uint_eq(worker_try(p.workers[1], 2, p.text, &opened), 0);
	worker_use_client(sources[_i].second);
	ck_assert_uint_eq(
	    worker_try(p.workers[0], 3, p.text, &opened), sources[_i].code);
	if (sources[_i].code != 0)
		ck_assert_str_eq(
		    opened.reason, "too many sessions from your address");
	worker_close(p.workers[1], 2);
	worker_expect_silence(p.workers[1]);
	ck_assert_uint_eq(worker_try(p.workers[0], 4, p.text, &opened), 0);
	worker_use_client(RIG_CLIENT);
	rig_stop(&p.rig);
}
END_TEST

/* A refusal takes no place, nor does one that never connects. */
START_TEST(broker_counts_what_an_address_has_and_not_what_it_asked_for)
{
	struct pair p;
	uint64_t id;

	pair_start(&p, NULL);
	p.conf.max_sessions_of_address = 1;
	rig_configure(&p.rig, &p.conf);
	for (id = 1; id < 50; id++)
		ck_assert_uint_ne(worker_try(p.workers[id % 2], id,
				      "203.0.113.1:22", &opened),
		    0);
	ck_assert_uint_eq(worker_try(p.workers[0], 100, p.text, &opened), 0);
	for (id = 101; id < 150; id++)
		ck_assert_uint_eq(
		    worker_try(p.workers[id % 2], id, p.text, &opened), 4522);
	worker_close(p.workers[0], 100);
	worker_expect_silence(p.workers[0]);
	ck_assert_uint_eq(worker_try(p.workers[1], 200, p.text, &opened), 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_counts_what_workers_held_before)
{
	struct pair p;
	int worker;

	pair_start(&p, NULL);
	p.conf.max_sessions_of_address = 1;
	rig_configure(&p.rig, &p.conf);
	worker = rig_connect_worker(&p.rig, 0);
	worker_held(worker, 7, p.text, p.text);
	worker_held_end(worker, 1);
	while (rig_count(&p.rig) != 1)
		continue; /* the two channels are read in any order */
	worker_use_client(RIG_HOLDER);
	ck_assert_uint_eq(worker_try(p.workers[1], 8, p.text, &opened), 4522);
	worker_close(worker, 7);
	worker_expect_silence(worker);
	ck_assert_uint_eq(worker_try(p.workers[1], 9, p.text, &opened), 0);
	worker_use_client(RIG_CLIENT);
	rig_stop(&p.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker");
	TCase *tc = tcase_create("address");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(
	    tc, broker_keeps_max_sessions_of_address, 0, COUNT(sources));
	tcase_add_test(
	    tc, broker_counts_what_an_address_has_and_not_what_it_asked_for);
	tcase_add_test(tc, broker_counts_what_workers_held_before);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
