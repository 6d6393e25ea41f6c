/* SPDX-License-Identifier: ISC */
/* What an address may have of the connections, and how fast. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/master/children/sources.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define CONNECTIONS 64
#define MANY	    20000 /* sources; more than are remembered */
#define MS_PER_S    1000

static struct sources *sources;
static uint64_t now_ms;
static uint32_t place; /* the last */

static void
setup(void)
{
	now_ms = MS_PER_S;
	sources = sources_new(CONNECTIONS);
	ck_assert_ptr_nonnull(sources);
}

static void
teardown(void)
{
	sources_free(sources);
}

static struct addr
parse(const char *ip)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse_ip(ip, &addr), 0);
	return addr;
}

static enum source_verdict
come(const char *ip, uint32_t connections, uint32_t per_sec, uint32_t worker)
{
	const struct source_limits limits = {connections, per_sec};
	struct addr addr = parse(ip);

	return sources_take(sources, &addr, &limits, worker, now_ms, &place);
}

/* How many of so many are let in, all at once. */
static unsigned
come_often(const char *ip, uint32_t per_sec, unsigned count)
{
	unsigned n = 0;

	for (; count > 0; count--) {
		if (come(ip, 0, per_sec, 0) != SOURCE_WELCOME)
			continue;
		n++;
		if (place != 0)
			ck_assert_int_eq(sources_give(sources, place, 0), 0);
	}
	return n;
}

/* ---- how many ---- */

static const struct {
	const char *first;
	const char *second;
	enum source_verdict third; /* from second */
} pairs[] = {
    {"192.0.2.7", "192.0.2.7", SOURCE_FULL},
    {"192.0.2.7", "192.0.2.8", SOURCE_WELCOME},
    {"2001:db8:1:2::3", "2001:db8:1:2:3:4:5:6", SOURCE_FULL},
    {"2001:db8:1:2::3", "2001:db8:1:3::3", SOURCE_WELCOME},
    {"::ffff:192.0.2.7", "192.0.2.7", SOURCE_FULL},
};

/* Whichever worker has them. */
START_TEST(an_address_has_as_many_as_it_may)
{
	uint32_t second;

	ck_assert_int_eq(come(pairs[_i].first, 2, 0, 0), SOURCE_WELCOME);
	ck_assert_int_eq(come(pairs[_i].first, 2, 0, 1), SOURCE_WELCOME);
	second = place;
	ck_assert_int_eq(come(pairs[_i].second, 2, 0, 0), pairs[_i].third);
	ck_assert_int_eq(come(pairs[_i].first, 2, 0, 0), SOURCE_FULL);
	ck_assert_uint_eq(place, 0);
	ck_assert_int_eq(sources_give(sources, second, 1), 0);
	ck_assert_int_eq(come(pairs[_i].first, 2, 0, 1), SOURCE_WELCOME);
	ck_assert_int_eq(come(pairs[_i].first, 2, 0, 1), SOURCE_FULL);
}
END_TEST

START_TEST(without_a_limit_nothing_is_counted)
{
	unsigned i;

	for (i = 0; i < 10 * CONNECTIONS; i++) {
		ck_assert_int_eq(come("192.0.2.7", 0, 0, 0), SOURCE_WELCOME);
		ck_assert_uint_eq(place, 0);
	}
	ck_assert_uint_eq(sources_held(sources, 0), 0);
}
END_TEST

/* As after a reload. */
START_TEST(a_lower_limit_holds_for_those_that_come)
{
	uint32_t first;

	ck_assert_int_eq(come("192.0.2.7", 3, 0, 0), SOURCE_WELCOME);
	first = place;
	ck_assert_int_eq(come("192.0.2.7", 3, 0, 0), SOURCE_WELCOME);
	ck_assert_int_eq(come("192.0.2.7", 1, 0, 0), SOURCE_FULL);
	ck_assert_int_eq(sources_give(sources, first, 0), 0);
	ck_assert_int_eq(come("192.0.2.7", 1, 0, 0), SOURCE_FULL);
	ck_assert_int_eq(come("192.0.2.7", 2, 0, 0), SOURCE_WELCOME);
}
END_TEST

START_TEST(a_worker_that_dies_gives_all_of_its_own)
{
	unsigned i;

	for (i = 0; i < 10; i++)
		ck_assert_int_eq(
		    come("192.0.2.7", 10, 0, i % 2), SOURCE_WELCOME);
	ck_assert_uint_eq(sources_held(sources, 0), 5);
	sources_give_all(sources, 0);
	ck_assert_uint_eq(sources_held(sources, 0), 0);
	ck_assert_uint_eq(sources_held(sources, 1), 5);
	for (i = 0; i < 5; i++)
		ck_assert_int_eq(come("192.0.2.7", 10, 0, 0), SOURCE_WELCOME);
	ck_assert_int_eq(come("192.0.2.7", 10, 0, 0), SOURCE_FULL);
}
END_TEST

START_TEST(a_worker_gives_what_it_has_and_once)
{
	static const uint32_t none[] = {
	    0, 2, CONNECTIONS, CONNECTIONS + 1, UINT32_MAX};
	size_t i;

	ck_assert_int_eq(come("192.0.2.7", 1, 0, 0), SOURCE_WELCOME);
	ck_assert_uint_eq(place, 1);
	for (i = 0; i < COUNT(none); i++)
		ck_assert_int_eq(sources_give(sources, none[i], 0), VB_EBADMSG);
	ck_assert_int_eq(sources_give(sources, 1, 1), VB_EBADMSG);
	ck_assert_int_eq(come("192.0.2.7", 1, 0, 0), SOURCE_FULL);
	ck_assert_int_eq(sources_give(sources, 1, 0), 0);
	ck_assert_int_eq(sources_give(sources, 1, 0), VB_EBADMSG);
	ck_assert_int_eq(come("192.0.2.7", 1, 0, 0), SOURCE_WELCOME);
}
END_TEST

/* More than there may be are let in, and not counted: the caller counts. */
START_TEST(places_end_and_come_again)
{
	uint32_t i;

	for (i = 0; i < CONNECTIONS; i++) {
		ck_assert_int_eq(
		    come("192.0.2.7", CONNECTIONS, 0, 0), SOURCE_WELCOME);
		ck_assert_uint_eq(place, i + 1);
	}
	ck_assert_int_eq(come("192.0.2.8", CONNECTIONS, 0, 0), SOURCE_WELCOME);
	ck_assert_uint_eq(place, 0);
	ck_assert_int_eq(sources_give(sources, 7, 0), 0);
	ck_assert_int_eq(come("192.0.2.8", CONNECTIONS, 0, 0), SOURCE_WELCOME);
	ck_assert_uint_eq(place, 7);
}
END_TEST

/* ---- how fast ---- */

static const struct {
	uint32_t per_sec;
	uint64_t after_ms;
	unsigned more; /* that may come then */
} rates[] = {
    {1, 0, 0},
    {1, 999, 0},
    {1, 1000, 1},
    {1, 3500, 3},
    {200, 1000, 200},
    {200, 10, 2},
    {200, 3600000, 200 * SOURCES_BURST_SEC},
};

START_TEST(a_burst_may_come_and_then_so_many_a_second)
{
	uint32_t per_sec = rates[_i].per_sec;

	ck_assert_uint_eq(come_often("192.0.2.7", per_sec, 5000),
	    per_sec * SOURCES_BURST_SEC);
	now_ms += rates[_i].after_ms;
	ck_assert_uint_eq(
	    come_often("192.0.2.7", per_sec, 5000), rates[_i].more);
	/* of another nothing has come yet */
	ck_assert_uint_eq(come_often("2001:db8::1", per_sec, 5000),
	    per_sec * SOURCES_BURST_SEC);
}
END_TEST

START_TEST(what_is_refused_does_not_make_it_longer)
{
	ck_assert_uint_eq(come_often("192.0.2.7", 1, 1000), SOURCES_BURST_SEC);
	now_ms += MS_PER_S;
	ck_assert_uint_eq(come_often("192.0.2.7", 1, 1000), 1);
}
END_TEST

START_TEST(a_full_address_loses_no_time)
{
	ck_assert_int_eq(come("192.0.2.7", 1, 1, 0), SOURCE_WELCOME);
	while (come("192.0.2.7", 1, 1, 0) != SOURCE_FULL)
		ck_abort();
	ck_assert_uint_eq(
	    come_often("192.0.2.7", 1, 1000), SOURCES_BURST_SEC - 1);
}
END_TEST

START_TEST(a_few_hear_why)
{
	struct addr addr = parse("192.0.2.7");
	unsigned i, n = 0;

	for (i = 0; i < 1000; i++)
		n += (unsigned)sources_may_tell(sources, &addr, now_ms);
	ck_assert_uint_eq(n, SOURCES_TOLD_MAX);
	now_ms += MS_PER_S;
	for (n = i = 0; i < 1000; i++)
		n += (unsigned)sources_may_tell(sources, &addr, now_ms);
	ck_assert_uint_eq(n, SOURCES_TOLD_RATE);
}
END_TEST

/* ---- whoever has many ---- */

static void
write_address(unsigned i, char out[64])
{
	snprintf(out, 64, "2001:db8:%x:%x::1", i >> 16, i & 0xffff);
}

/* What has a connection is never forgotten for those that have none. */
START_TEST(many_addresses_take_nothing_from_one_that_is_here)
{
	char ip[64];
	unsigned i;

	ck_assert_int_eq(come("192.0.2.7", 1, 1, 0), SOURCE_WELCOME);
	for (i = 0; i < MANY; i++) {
		write_address(i, ip);
		ck_assert_uint_eq(come_often(ip, 1, 1), 1);
	}
	ck_assert_int_eq(come("192.0.2.7", 1, 1, 0), SOURCE_FULL);
}
END_TEST

/* A place is all that limits them. */
START_TEST(many_addresses_have_all_places_and_no_more)
{
	char ip[64];
	unsigned i;

	for (i = 0; i < MANY; i++) {
		write_address(i, ip);
		ck_assert_int_eq(come(ip, 1, 1, 0), SOURCE_WELCOME);
		ck_assert_uint_eq(place, i < CONNECTIONS ? i + 1 : 0);
	}
	ck_assert_uint_eq(sources_held(sources, 0), CONNECTIONS);
	sources_give_all(sources, 0);
	ck_assert_int_eq(come("192.0.2.7", 1, 1, 0), SOURCE_WELCOME);
	ck_assert_uint_ne(place, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sources");
	TCase *tc = tcase_create("sources");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, an_address_has_as_many_as_it_may, 0, COUNT(pairs));
	tcase_add_test(tc, without_a_limit_nothing_is_counted);
	tcase_add_test(tc, a_lower_limit_holds_for_those_that_come);
	tcase_add_test(tc, a_worker_that_dies_gives_all_of_its_own);
	tcase_add_test(tc, a_worker_gives_what_it_has_and_once);
	tcase_add_test(tc, places_end_and_come_again);
	tcase_add_loop_test(
	    tc, a_burst_may_come_and_then_so_many_a_second, 0, COUNT(rates));
	tcase_add_test(tc, what_is_refused_does_not_make_it_longer);
	tcase_add_test(tc, a_full_address_loses_no_time);
	tcase_add_test(tc, a_few_hear_why);
	tcase_add_test(tc, many_addresses_take_nothing_from_one_that_is_here);
	tcase_add_test(tc, many_addresses_have_all_places_and_no_more);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
