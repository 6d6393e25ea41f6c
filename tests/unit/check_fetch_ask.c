/* SPDX-License-Identifier: ISC */
/*
 * What auth asks of providers, with the test as the process fetch, which may
 * die, be silent, or lie; and as the master, who hears of it.
 */
#include <check.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/ipc.h"
#include "tests/unit/breach.h"
#include "tests/unit/fetch_ask_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 60

START_TEST(ask_is_answered_with_all_parts_in_their_order)
{
	static struct msg_fetched part;
	uint64_t id;

	ask_start();
	ask_join();
	ask_ask();
	id = ask_hear();
	ck_assert_uint_ne(id, 0);
	ask_say_part(id, FETCH_CHUNK_BYTES, 1);
	ck_assert_uint_eq(ask_told.count, 0);
	part.id = id;
	part.status = 200;
	part.len = 3;
	memcpy(part.data, "end", 3);
	ask_say(&part);
	ck_assert_uint_eq(ask_told.count, 1);
	ck_assert_uint_eq(ask_told.status, 200);
	ck_assert_uint_eq(ask_told.len, FETCH_CHUNK_BYTES + 3);
	ck_assert_str_eq(ask_told.body + FETCH_CHUNK_BYTES, "end");
	ck_assert_uint_eq(ask_fetcher.count, 0);
	ck_assert_uint_eq(ask_unjoined(), 0);
}
END_TEST

START_TEST(ask_takes_the_largest_answer_and_an_empty_one)
{
	uint64_t id;
	size_t i;

	ask_start();
	ask_join();
	ask_ask();
	id = ask_hear();
	for (i = FETCH_CHUNK_BYTES; i < FETCH_ANSWER_MAX;
	     i += FETCH_CHUNK_BYTES)
		ask_say_part(id, FETCH_CHUNK_BYTES, 1);
	ask_say_part(id, FETCH_CHUNK_BYTES, 0);
	ck_assert_uint_eq(ask_told.count, 1);
	ck_assert_uint_eq(ask_told.len, FETCH_ANSWER_MAX);
	ask_ask();
	ask_say_part(ask_hear(), 0, 0);
	ck_assert_uint_eq(ask_told.count, 2);
	ck_assert_uint_eq(ask_told.len, 0);
	ck_assert_uint_eq(ask_unjoined(), 0);
}
END_TEST

START_TEST(ask_waits_for_a_process)
{
	ask_start();
	ask_ask();
	ck_assert_uint_eq(ask_told.count, 0);
	ask_join();
	ask_say_part(ask_hear(), 1, 0);
	ck_assert_uint_eq(ask_told.status, 200);
}
END_TEST

START_TEST(ask_is_asked_again_once_of_the_next_process)
{
	uint64_t id;

	ask_start();
	ask_join();
	ask_ask();
	id = ask_hear();
	asked_close();
	ck_assert_uint_eq(ask_unjoined(), UNJOINED_LOST);
	ck_assert_uint_eq(ask_told.count, 0);
	ask_join();
	ck_assert_uint_eq(ask_hear(), id);
	if (_i == 0) {
		ask_say_part(id, 1, 0);
		ck_assert_uint_eq(ask_told.status, 200);
	} else {
		asked_close();
		asked_run();
		ask_expect_failed("has ended");
		ask_join();
		ck_assert_uint_eq(ask_hear(), 0);
	}
	ck_assert_uint_eq(ask_told.count, 1);
}
END_TEST

/* A channel in the place of one that is still there is the same. */
START_TEST(ask_that_was_half_answered_is_not_asked_again)
{
	ask_start();
	ask_join();
	ask_ask();
	ask_say_part(ask_hear(), 7, 1);
	if (_i == 0)
		asked_close();
	asked_run();
	ask_join();
	asked_run();
	ck_assert_uint_eq(ask_hear(), 0);
	ask_expect_failed("has ended");
}
END_TEST

START_TEST(ask_tells_why_there_is_no_answer)
{
	struct msg_fetched part = {.error = "cannot connect to x:443"};

	ask_start();
	ask_join();
	ask_ask();
	part.id = ask_hear();
	ask_say(&part);
	ask_expect_failed("cannot connect to x:443");
	ck_assert_uint_eq(ask_unjoined(), 0);
}
END_TEST

START_TEST(ask_takes_so_many_and_nothing_that_is_too_long)
{
	static char longest[FETCH_BODY_MAX + 1];
	struct fetch_question too_long = ask_query;
	unsigned i;

	ask_start();
	memset(longest, 'x', sizeof(longest) - 1);
	too_long.body = longest;
	ck_assert_int_eq(
	    fetch_ask(&ask_fetcher, &too_long, ask_on_done, &ask_told),
	    VB_ERANGE);
	too_long.body = NULL;
	too_long.url = longest;
	ck_assert_int_eq(
	    fetch_ask(&ask_fetcher, &too_long, ask_on_done, &ask_told),
	    VB_ERANGE);
	for (i = 0; i < FETCH_ASKS_MAX; i++)
		ask_ask();
	ck_assert_int_eq(
	    fetch_ask(&ask_fetcher, &ask_query, ask_on_done, &ask_told),
	    VB_EFULL);
	ask_join();
	for (i = 0; i < FETCH_ASKS_MAX; i++)
		ask_say_part(ask_hear(), 1, 0);
	ck_assert_uint_eq(ask_told.count, FETCH_ASKS_MAX);
	ck_assert_uint_eq(ask_fetcher.count, 0);
}
END_TEST

/* ---- what it may not say ---- */

static const struct {
	const char *what;
	struct msg_fetched part; /* id 1: of the question; 0: of that id, too */
	int is_second;		 /* after a part */
} lies[] = {
    {"of nothing", {.id = 0, .status = 200}, 0},
    {"of what was not asked", {.id = 2, .status = 200}, 0},
    {"more than a part", {.id = 1, .status = 200, .len = 8193}, 0},
    {"a length that wraps", {.id = 1, .status = 200, .len = UINT32_MAX}, 0},
    {"no status of HTTP", {.id = 1, .status = 1000}, 0},
    {"none, without a word", {.id = 1}, 0},
    {"none, and some", {.id = 1, .len = 1, .error = "x"}, 0},
    {"none, and more", {.id = 1, .has_more = 1, .error = "x"}, 0},
    {"words that a log obeys", {.id = 1, .error = "a\nb"}, 0},
    {"words without an end",
	{.id = 1, .error = {[0 ... FETCH_ERROR_MAX - 1] = 'a'}}, 0},
    {"a part of nothing", {.id = 1, .status = 200, .has_more = 1}, 0},
    {"a last part of nothing", {.id = 1, .status = 200}, 1},
    {"another status", {.id = 1, .status = 201, .len = 1}, 1},
    {"no answer after all", {.id = 1, .error = "x"}, 1},
};

START_TEST(ask_drops_a_process_that_says_what_cannot_be)
{
	ask_start();
	ask_join();
	ask_ask();
	ck_assert_uint_eq(ask_hear(), 1);
	if (lies[_i].is_second)
		ask_say_part(1, 1, 1);
	ask_say(&lies[_i].part);
	ck_assert_msg(ask_unjoined() == UNJOINED_NONSENSE, "%s", lies[_i].what);
	/* said once; and it is asked of the next, if it was not begun */
	ck_assert_uint_eq(ask_unjoined(), 0);
	ck_assert_uint_eq(ask_told.count, lies[_i].is_second);
	ask_join();
	ck_assert_uint_eq(ask_hear(), lies[_i].is_second ? 0 : 1);
}
END_TEST

START_TEST(ask_drops_a_process_that_says_too_much)
{
	uint64_t id;
	size_t i;

	ask_start();
	ask_join();
	ask_ask();
	id = ask_hear();
	for (i = 0; i < FETCH_ANSWER_MAX; i += FETCH_CHUNK_BYTES)
		ask_say_part(id, FETCH_CHUNK_BYTES, 1);
	ck_assert_uint_eq(ask_unjoined(), 0);
	ask_say_part(id, 1, 0);
	ck_assert_uint_eq(ask_unjoined(), UNJOINED_NONSENSE);
	ask_expect_failed("has ended");
}
END_TEST

static struct breach breaches[BREACHES_MAX];

START_TEST(ask_drops_a_process_that_breaks_the_table)
{
	size_t i, n = breach_list(ROLE_AUTH, ROLE_FETCH, PHASE_RUN, breaches);

	ask_start();
	for (i = 0; i < n; i++) {
		ask_join();
		asked_run();
		ck_assert_int_eq(breach_commit(&breaches[i], asked_end), 0);
		ck_assert_msg(
		    ask_unjoined() != 0, "%s", breach_name(&breaches[i]));
		ck_assert_ptr_null(ask_fetcher.ipc);
		asked_close();
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
}
END_TEST

static void
ask_again(void *arg, const struct fetch_answer *answer)
{
	ask_on_done(arg, answer);
	ck_assert_int_eq(
	    fetch_ask(&ask_fetcher, &ask_query, ask_on_done, &ask_told), 0);
}

START_TEST(ask_may_be_asked_from_an_answer)
{
	uint64_t first;

	ask_start();
	ask_join();
	ck_assert_int_eq(
	    fetch_ask(&ask_fetcher, &ask_query, ask_again, &ask_told), 0);
	first = ask_hear();
	ask_say_part(first, 1, _i);
	if (_i == 1) {
		asked_close();
		asked_run();
		ask_join();
	}
	ck_assert_uint_eq(ask_told.count, 1);
	ck_assert_uint_eq(ask_hear(), first + 1);
	ask_say_part(first + 1, 1, 0);
	ck_assert_uint_eq(ask_told.count, 2);
	ck_assert_uint_eq(ask_fetcher.count, 0);
}
END_TEST

/* Its time takes 15 seconds: all of these at once. */
START_TEST(ask_ends_at_its_time_and_what_comes_then_is_no_nonsense)
{
	uint64_t id;

	ask_start();
	ask_join();
	ask_ask();
	id = ask_hear();
	while (ask_told.count == 0)
		event_base_loop(asked_base, EVLOOP_ONCE);
	ck_assert_uint_eq(ask_told.status, 0);
	ck_assert_ptr_nonnull(strstr(ask_told.error, "has not answered"));
	ck_assert_uint_eq(ask_fetcher.count, 1);
	ask_say_part(id, 1, 1);
	ask_say_part(id, 1, 0);
	ck_assert_uint_eq(ask_told.count, 1);
	ck_assert_uint_eq(ask_fetcher.count, 0);
	ck_assert_uint_eq(ask_unjoined(), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fetch-ask");
	TCase *tc = tcase_create("ask");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, ask_is_answered_with_all_parts_in_their_order);
	tcase_add_test(tc, ask_takes_the_largest_answer_and_an_empty_one);
	tcase_add_test(tc, ask_waits_for_a_process);
	tcase_add_loop_test(
	    tc, ask_is_asked_again_once_of_the_next_process, 0, 2);
	tcase_add_loop_test(
	    tc, ask_that_was_half_answered_is_not_asked_again, 0, 2);
	tcase_add_test(tc, ask_tells_why_there_is_no_answer);
	tcase_add_test(tc, ask_takes_so_many_and_nothing_that_is_too_long);
	tcase_add_loop_test(
	    tc, ask_drops_a_process_that_says_what_cannot_be, 0, COUNT(lies));
	tcase_add_test(tc, ask_drops_a_process_that_says_too_much);
	tcase_add_test(tc, ask_drops_a_process_that_breaks_the_table);
	tcase_add_loop_test(tc, ask_may_be_asked_from_an_answer, 0, 2);
	tcase_add_test(
	    tc, ask_ends_at_its_time_and_what_comes_then_is_no_nonsense);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
