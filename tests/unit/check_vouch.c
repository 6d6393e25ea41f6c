/* SPDX-License-Identifier: ISC */
/* The broker's questions to auth: in order, bounded, each answered once. */
#include <check.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/unit/starve.h"
#include "tests/unit/vouch_rig.h"

#define TEST_SEC  60
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define STARVINGS 8

START_TEST(each_is_answered_once_and_in_order)
{
	uint64_t numbers[3];
	size_t i;

	vouching_ask(&vouching.askers[0], 0);
	vouching_ask(&vouching.askers[1], VOUCH_LOGIN);
	vouching_ask(&vouching.askers[2], 0);
	numbers[0] = vouching_hear(&vouching.askers[0], 0);
	numbers[1] = vouching_hear(&vouching.askers[1], VOUCH_LOGIN);
	numbers[2] = vouching_hear(&vouching.askers[2], 0);
	vouching_hear_nothing();
	vouching_answer(numbers[0], 5);
	ck_assert_uint_eq(vouching.askers[0].login_id, 5);
	ck_assert_str_eq(vouching.askers[0].name, "alice");
	ck_assert_uint_eq(vouching.askers[1].told, 0);
	vouching_answer(numbers[1], VOUCH_LOGIN);
	ck_assert_uint_eq(vouching.askers[1].login_id, VOUCH_LOGIN);
	vouching_answer(numbers[2], 0);
	ck_assert_uint_eq(vouching.askers[2].login_id, 0);
	for (i = 0; i < 3; i++)
		ck_assert_uint_eq(vouching.askers[i].told, 1);
	ck_assert_uint_eq(vouching.closed, 0);
}
END_TEST

START_TEST(an_answer_to_nobody_is_no_fault)
{
	uint64_t first, second;

	vouching_ask(&vouching.askers[0], 0);
	vouching_ask(&vouching.askers[1], 0);
	first = vouching_hear(&vouching.askers[0], 0);
	second = vouching_hear(&vouching.askers[1], 0);
	vouch_cancel(vouching.askers[0].vouch);
	vouching.askers[0].vouch = NULL;
	vouching_answer(first, 5);
	ck_assert_uint_eq(vouching.askers[0].told, 0);
	ck_assert_uint_eq(vouching.askers[1].told, 0);
	vouching_answer(second, 6);
	ck_assert_uint_eq(vouching.askers[1].login_id, 6);
	vouch_cancel(NULL);
	ck_assert_uint_eq(vouching.closed, 0);
}
END_TEST

/* Those that were cancelled count, until they are answered. */
START_TEST(so_many_are_under_way)
{
	uint64_t numbers[VOUCHES_MAX];
	size_t i;

	for (i = 0; i < ASKERS_MAX; i++)
		vouching_ask(&vouching.askers[i], 0);
	for (i = 0; i < VOUCHES_MAX; i++) {
		numbers[i] = vouching_hear(&vouching.askers[i], 0);
		vouch_cancel(vouching.askers[i].vouch);
		vouching.askers[i].vouch = NULL;
	}
	vouching_hear_nothing();
	/* one that was not asked yet never is */
	vouch_cancel(vouching.askers[VOUCHES_MAX].vouch);
	vouching.askers[VOUCHES_MAX].vouch = NULL;
	vouching_answer(numbers[0], 5);
	numbers[0] = vouching_hear(&vouching.askers[VOUCHES_MAX + 1], 0);
	vouching_hear_nothing();
	for (i = 1; i < VOUCHES_MAX; i++)
		vouching_answer(numbers[i], 5);
	vouching_answer(numbers[0], 9);
	ck_assert_uint_eq(vouching.askers[VOUCHES_MAX + 1].login_id, 9);
	for (i = VOUCHES_MAX + 2; i < ASKERS_MAX; i++)
		vouching_answer(vouching_hear(&vouching.askers[i], 0), 9);
	vouching_hear_nothing();
	for (i = 0; i <= VOUCHES_MAX; i++)
		ck_assert_uint_eq(vouching.askers[i].told, 0);
	ck_assert_uint_eq(vouching.closed, 0);
}
END_TEST

START_TEST(the_next_auth_is_asked_what_the_last_left)
{
	uint64_t number, old;

	vouching_ask(&vouching.askers[0], 0);
	vouching_ask(&vouching.askers[1], VOUCH_LOGIN);
	vouching_answer(vouching_hear(&vouching.askers[0], 0), 5);
	old = vouching_hear(&vouching.askers[1], VOUCH_LOGIN);
	vouching_leave();
	vouching_ask(&vouching.askers[2], 0);
	vouching_join();
	number = vouching_hear(&vouching.askers[1], VOUCH_LOGIN);
	ck_assert_uint_ne(number, old);
	vouching_answer(number, VOUCH_LOGIN);
	vouching_answer(vouching_hear(&vouching.askers[2], 0), 6);
	ck_assert_uint_eq(vouching.askers[0].told, 1);
	ck_assert_uint_eq(vouching.askers[1].told, 1);
	ck_assert_uint_eq(vouching.askers[2].told, 1);
	vouching_hear_nothing();
	ck_assert_uint_eq(vouching.closed, 0);
}
END_TEST

/* Who is told may ask again, and may be the end of who is next. */
START_TEST(who_is_told_may_cancel_and_ask)
{
	uint64_t first, second;

	vouching.askers[0].drops = &vouching.askers[1];
	vouching.askers[0].asks_again = 1;
	vouching_ask(&vouching.askers[0], 0);
	vouching_ask(&vouching.askers[1], 0);
	vouching_ask(&vouching.askers[2], 0);
	first = vouching_hear(&vouching.askers[0], 0);
	second = vouching_hear(&vouching.askers[1], 0);
	vouching_hear(&vouching.askers[2], 0);
	vouching_answer(first, 5);
	ck_assert_uint_eq(vouching.askers[0].told, 1);
	vouching_answer(second, 5);
	vouching_answer(second + 1, 6);
	ck_assert_uint_eq(vouching.askers[1].told, 0);
	ck_assert_uint_eq(vouching.askers[2].login_id, 6);
	vouching_answer(
	    vouching_hear(&vouching.askers[0], VOUCH_LOGIN), VOUCH_LOGIN);
	ck_assert_uint_eq(vouching.askers[0].told, 2);
	ck_assert_uint_eq(vouching.closed, 0);
}
END_TEST

START_TEST(who_is_given_up_is_told)
{
	vouching.askers[0].drops = &vouching.askers[1];
	vouching_ask(&vouching.askers[0], 0);
	vouching_ask(&vouching.askers[1], 0);
	vouching_ask(&vouching.askers[2], 0);
	vouches_give_up(&vouching.vouches);
	ck_assert_uint_eq(vouching.askers[0].login_id, UINT64_MAX);
	ck_assert_uint_eq(vouching.askers[1].told, 0);
	ck_assert_uint_eq(vouching.askers[2].login_id, UINT64_MAX);
	vouches_give_up(&vouching.vouches);
	ck_assert_uint_eq(vouching.askers[0].told, 1);
}
END_TEST

/* At the same moment, of which one drops another and the next asks again. */
START_TEST(who_has_no_answer_in_time_is_told)
{
	size_t i;

	vouching_leave();
	vouching.askers[0].drops = &vouching.askers[1];
	vouching.askers[2].asks_again = 1;
	for (i = 0; i < 4; i++)
		vouching_ask(&vouching.askers[i], 0);
	while (vouching.askers[3].told == 0)
		event_base_loop(vouching.base, EVLOOP_ONCE);
	ck_assert_uint_eq(vouching.askers[0].login_id, UINT64_MAX);
	ck_assert_uint_eq(vouching.askers[1].told, 0);
	ck_assert_uint_eq(vouching.askers[2].told, 1);
	ck_assert_ptr_nonnull(vouching.askers[2].vouch);
	ck_assert(event_pending(&vouching.vouches.late_ev, EV_TIMEOUT, NULL));
	vouching_join();
	vouching_answer(
	    vouching_hear(&vouching.askers[2], VOUCH_LOGIN), VOUCH_LOGIN);
	ck_assert_uint_eq(vouching.askers[2].told, 2);
	vouching_hear_nothing();
}
END_TEST

/* ---- what auth must not say ---- */

static void
fill_zero(struct msg_vouched *said)
{
	said->number = 0;
}

static void
fill_next(struct msg_vouched *said)
{
	said->number++;
}

static void
fill_before(struct msg_vouched *said)
{
	said->number--;
}

static void
fill_huge(struct msg_vouched *said)
{
	said->number = UINT64_MAX;
}

static void
fill_name(struct msg_vouched *said)
{
	memset(said->name, 'a', sizeof(said->name));
}

static void
fill_groups(struct msg_vouched *said)
{
	memset(said->groups, 'a', sizeof(said->groups));
}

static void
fill_line(struct msg_vouched *said)
{
	strcpy(said->name, "alice\nroot");
}

static void
fill_quote(struct msg_vouched *said)
{
	strcpy(said->name, "alice\" user=\"root");
}

static void
fill_foreign(struct msg_vouched *said)
{
	strcpy(said->groups, "staff,\xff");
}

static void
fill_nameless(struct msg_vouched *said)
{
	said->name[0] = '\0';
}

static void
fill_nobody(struct msg_vouched *said)
{
	said->login_id = 0;
}

static void
fill_another(struct msg_vouched *said)
{
	said->login_id = VOUCH_LOGIN + 1;
}

static void
fill_reason(struct msg_vouched *said)
{
	fill_nobody(said);
	said->name[0] = '\0';
	memset(said->reason, 'a', sizeof(said->reason));
}

static void
fill_reason_line(struct msg_vouched *said)
{
	said->login_id = 0;
	said->name[0] = '\0';
	strlcpy(said->reason, "you have\nlogged out", sizeof(said->reason));
}

static void
fill_reason_of_one(struct msg_vouched *said)
{
	strlcpy(said->reason, "you have logged out", sizeof(said->reason));
}

static void (*const nonsense[])(struct msg_vouched *said) = {fill_zero,
    fill_next, fill_before, fill_huge, fill_name, fill_groups, fill_line,
    fill_quote, fill_foreign, fill_nameless, fill_nobody, fill_another,
    fill_reason, fill_reason_line, fill_reason_of_one};

START_TEST(nonsense_costs_the_channel)
{
	struct msg_vouched said = {.login_id = VOUCH_LOGIN, .name = "alice"};

	vouching_ask(&vouching.askers[0], VOUCH_LOGIN);
	vouching_ask(&vouching.askers[1], VOUCH_LOGIN);
	vouching_answer(
	    vouching_hear(&vouching.askers[0], VOUCH_LOGIN), VOUCH_LOGIN);
	said.number = vouching_hear(&vouching.askers[1], VOUCH_LOGIN);
	nonsense[_i](&said);
	ck_assert_int_eq(
	    ipc_write_message(vouching.auth, MSG_VOUCHED, &said, -1), 0);
	vouching_turn();
	ck_assert_uint_eq(vouching.closed, 1);
	ck_assert_uint_eq(vouching.askers[1].told, 0);
	close(vouching.auth);
	vouching_join();
	vouching_answer(
	    vouching_hear(&vouching.askers[1], VOUCH_LOGIN), VOUCH_LOGIN);
	ck_assert_uint_eq(vouching.askers[1].told, 1);
}
END_TEST

START_TEST(an_answer_to_no_question_costs_the_channel)
{
	vouching_answer(1, VOUCH_LOGIN);
	ck_assert_uint_eq(vouching.closed, 1);
	close(vouching.auth);
	vouching_join();
	vouching_ask(&vouching.askers[0], 0);
	vouching_answer(vouching_hear(&vouching.askers[0], 0), VOUCH_LOGIN);
	vouching_answer(1, VOUCH_LOGIN); /* it was answered */
	ck_assert_uint_eq(vouching.closed, 2);
}
END_TEST

/* ---- without memory ---- */

/* It is not asked, or it is, by and by; it never is asked twice. */
START_TEST(without_memory_it_is_asked_later_or_not_at_all)
{
	static const uint8_t cookie[AUTH_COOKIE_BYTES];
	unsigned n;
	int has_come;

	for (n = 1; n < STARVINGS; n++) {
		vouching.askers[0].told = vouching.askers[1].told = 0;
		starve_at(n);
		vouching.askers[0].vouch = vouch_ask(&vouching.vouches, cookie,
		    0, vouching_done, &vouching.askers[0]);
		has_come = starve_has_come();
		vouching_ask(&vouching.askers[1], VOUCH_LOGIN);
		if (vouching.askers[0].vouch != NULL)
			vouching_answer(
			    vouching_hear(&vouching.askers[0], 0), 5);
		vouching_answer(vouching_hear(&vouching.askers[1], VOUCH_LOGIN),
		    VOUCH_LOGIN);
		ck_assert_uint_eq(vouching.askers[1].told, 1);
		vouching_hear_nothing();
		if (!has_come)
			break;
	}
	ck_assert_uint_gt(n, 1);
	ck_assert_uint_lt(n, STARVINGS);
	ck_assert_uint_eq(vouching.closed, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("vouch");
	TCase *tc = tcase_create("vouch");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_checked_fixture(tc, vouching_setup, vouching_teardown);
	tcase_add_test(tc, each_is_answered_once_and_in_order);
	tcase_add_test(tc, an_answer_to_nobody_is_no_fault);
	tcase_add_test(tc, so_many_are_under_way);
	tcase_add_test(tc, the_next_auth_is_asked_what_the_last_left);
	tcase_add_test(tc, who_is_told_may_cancel_and_ask);
	tcase_add_test(tc, who_is_given_up_is_told);
	tcase_add_test(tc, who_has_no_answer_in_time_is_told);
	tcase_add_loop_test(tc, nonsense_costs_the_channel, 0, COUNT(nonsense));
	tcase_add_test(tc, an_answer_to_no_question_costs_the_channel);
	tcase_add_test(tc, without_memory_it_is_asked_later_or_not_at_all);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
