/* SPDX-License-Identifier: ISC */
/* People at a provider: each comes back once, in time, with what is theirs. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/flow.h"

#define NOW	 1000
#define WORD_LEN 43 /* of 32 bytes in base64url */
#define PEERS	 8

static struct flows flows;

struct traveller {
	uint8_t cookie[LOGIN_COOKIE_BYTES];
	char state[FLOW_WORD_MAX];
};

static void
setup(void)
{
	flows_init(&flows);
}

static void
teardown(void)
{
	flows_clear(&flows);
	ck_assert_uint_eq(flows.count, 0);
	ck_assert(TAILQ_EMPTY(&flows.all));
}

static struct flow *
begin_from(
    const char *address, uint32_t peer, uint64_t now_sec, struct traveller *out)
{
	struct addr client;
	struct flow *flow;

	ck_assert_int_eq(addr_parse_ip(address, &client), 0);
	flow = flows_begin(&flows, &client, peer, now_sec, out->cookie);
	ck_assert_ptr_nonnull(flow);
	memcpy(out->state, flow->state, sizeof(out->state));
	return flow;
}

/* From an address that nobody else has. */
static void
begin_anywhere(uint32_t number, uint32_t peer, struct traveller *out)
{
	char address[ADDR_TEXT_MAX];

	snprintf(address, sizeof(address), "10.%u.%u.%u", number >> 16,
	    number >> 8 & 255, number & 255);
	begin_from(address, peer, NOW, out);
}

static int
comes_back_at(const struct traveller *who, uint64_t now_sec)
{
	struct flow *flow =
	    flows_take(&flows, who->cookie, who->state, now_sec);
	int is_back = flow != NULL;

	flow_free(flow);
	return is_back;
}

static int
comes_back(const struct traveller *who)
{
	return comes_back_at(who, NOW);
}

START_TEST(what_is_made_is_long_and_never_the_same)
{
	struct traveller one, other;
	struct flow *a = begin_from("192.0.2.1", 0, NOW, &one);
	struct flow *b = begin_from("192.0.2.1", 0, NOW, &other);
	const char *words[] = {
	    a->state, a->nonce, a->verifier, b->state, b->nonce, b->verifier};
	size_t i, j, count = sizeof(words) / sizeof(words[0]);

	for (i = 0; i < count; i++) {
		ck_assert_uint_eq(strlen(words[i]), WORD_LEN);
		for (j = 0; j < i; j++)
			ck_assert_str_ne(words[i], words[j]);
	}
	ck_assert_mem_ne(one.cookie, other.cookie, sizeof(one.cookie));
	/* the table has its hash alone */
	ck_assert_mem_ne(a->cookie, one.cookie, sizeof(one.cookie));
}
END_TEST

START_TEST(a_traveller_comes_back_once)
{
	struct traveller who;
	struct flow *flow, *begun = begin_from("192.0.2.1", 7, NOW, &who);

	strlcpy(begun->next, "pc1:1", sizeof(begun->next));
	flow = flows_take(&flows, who.cookie, who.state, NOW);
	ck_assert_ptr_eq(flow, begun);
	ck_assert_str_eq(flow->next, "pc1:1");
	ck_assert_uint_eq(flow->peer, 7);
	ck_assert_uint_eq(flows.count, 0);
	flow_free(flow);
	ck_assert_int_eq(comes_back(&who), 0);
}
END_TEST

/* Another tab's, perhaps: whose state it is can still come back. */
START_TEST(a_cookie_with_another_state_is_nothing)
{
	static const char *const states[] = {"", "x", NULL};
	struct traveller who, other, mixed;

	begin_from("192.0.2.1", 0, NOW, &who);
	begin_from("192.0.2.1", 0, NOW, &other);
	mixed = who;
	strlcpy(mixed.state, states[_i] == NULL ? other.state : states[_i],
	    sizeof(mixed.state));
	ck_assert_int_eq(comes_back(&mixed), 0);
	ck_assert_int_eq(comes_back(&who), 1);
	ck_assert_int_eq(comes_back(&other), 1);
}
END_TEST

START_TEST(a_state_with_another_cookie_is_nothing)
{
	struct traveller who, mixed;

	begin_from("192.0.2.1", 0, NOW, &who);
	mixed = who;
	if (_i == 0)
		memset(mixed.cookie, 0, sizeof(mixed.cookie));
	else /* the hash, which the table has, is none */
		memcpy(mixed.cookie, TAILQ_FIRST(&flows.all)->cookie,
		    sizeof(mixed.cookie));
	ck_assert_int_eq(comes_back(&mixed), 0);
	ck_assert_int_eq(comes_back(&who), 1);
}
END_TEST

START_TEST(who_stays_away_too_long_is_forgotten)
{
	struct traveller early, late, now;

	begin_from("192.0.2.1", 0, NOW, &early);
	begin_from("192.0.2.1", 0, NOW, &late);
	ck_assert_int_eq(comes_back_at(&early, NOW + FLOW_SEC - 1), 1);
	ck_assert_int_eq(comes_back_at(&late, NOW + FLOW_SEC), 0);
	begin_from("192.0.2.1", 0, NOW, &early);
	begin_from("192.0.2.1", 0, NOW, &late);
	begin_from("192.0.2.2", 0, NOW + FLOW_SEC, &now);
	ck_assert_uint_eq(flows.count, 1);
	ck_assert_int_eq(comes_back_at(&now, NOW + FLOW_SEC), 1);
}
END_TEST

START_TEST(an_address_with_too_many_makes_room_for_itself)
{
	static const char *const own[] = {
	    "192.0.2.1", "2001:db8:0:1::1", "::ffff:192.0.2.1"};
	static const char *const same[] = {
	    "192.0.2.1", "2001:db8:0:1::2", "192.0.2.1"};
	struct traveller other, first, second, last;
	unsigned i;

	begin_from("198.51.100.1", 0, NOW, &other);
	begin_from(own[_i], 0, NOW, &first);
	begin_from(own[_i], 0, NOW, &second);
	for (i = 2; i < FLOWS_OF_ADDRESS; i++)
		begin_from(own[_i], 0, NOW, &last);
	ck_assert_uint_eq(flows.count, FLOWS_OF_ADDRESS + 1);
	/* by another worker: what that says drives nobody of this one out */
	begin_from(same[_i], 1, NOW, &last);
	ck_assert_uint_eq(flows.count, FLOWS_OF_ADDRESS + 2);
	begin_from(same[_i], 0, NOW, &last);
	ck_assert_uint_eq(flows.count, FLOWS_OF_ADDRESS + 2);
	ck_assert_int_eq(comes_back(&first), 0);
	ck_assert_int_eq(comes_back(&second), 1);
	ck_assert_int_eq(comes_back(&last), 1);
	ck_assert_int_eq(comes_back(&other), 1);
}
END_TEST

/* One that makes addresses up takes nobody else's room. */
START_TEST(a_worker_with_too_many_makes_room_for_itself)
{
	struct traveller other, first, last;
	uint32_t i;

	begin_anywhere(0, 1, &other);
	begin_anywhere(1, 0, &first);
	for (i = 1; i < FLOWS_OF_PEER; i++)
		begin_anywhere(i + 1, 0, &last);
	ck_assert_int_eq(comes_back(&last), 1);
	begin_anywhere(i + 1, 0, &last);
	ck_assert_uint_eq(flows.count, FLOWS_OF_PEER + 1);
	begin_anywhere(i + 2, 0, &last);
	ck_assert_uint_eq(flows.count, FLOWS_OF_PEER + 1);
	ck_assert_int_eq(comes_back(&first), 0);
	ck_assert_int_eq(comes_back(&last), 1);
	ck_assert_int_eq(comes_back(&other), 1);
}
END_TEST

START_TEST(of_all_the_oldest_makes_room)
{
	struct traveller first, second, last;
	uint32_t i;

	begin_anywhere(0, 0, &first);
	begin_anywhere(1, 1, &second);
	for (i = 2; i < FLOWS_MAX; i++)
		begin_anywhere(i, i % PEERS, &last);
	ck_assert_uint_eq(flows.count, FLOWS_MAX);
	begin_anywhere(i, 0, &last);
	ck_assert_uint_eq(flows.count, FLOWS_MAX);
	ck_assert_int_eq(comes_back(&first), 0);
	ck_assert_int_eq(comes_back(&second), 1);
	ck_assert_int_eq(comes_back(&last), 1);
}
END_TEST

START_TEST(nothing_is_freed_of_nobody)
{
	flow_free(NULL);
	flows_clear(&flows);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("flow");
	TCase *tc = tcase_create("flow");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_is_made_is_long_and_never_the_same);
	tcase_add_test(tc, a_traveller_comes_back_once);
	tcase_add_loop_test(tc, a_cookie_with_another_state_is_nothing, 0, 3);
	tcase_add_loop_test(tc, a_state_with_another_cookie_is_nothing, 0, 2);
	tcase_add_test(tc, who_stays_away_too_long_is_forgotten);
	tcase_add_loop_test(
	    tc, an_address_with_too_many_makes_room_for_itself, 0, 3);
	tcase_add_test(tc, a_worker_with_too_many_makes_room_for_itself);
	tcase_add_test(tc, of_all_the_oldest_makes_room);
	tcase_add_test(tc, nothing_is_freed_of_nobody);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
