/* SPDX-License-Identifier: ISC */
/*
 * What providers say of themselves is asked for once, kept, and asked for anew
 * when it is old, or not enough. Time passes by what the papers remember.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sso_rig.h"

#define WAITERS 5

struct test_waiter {
	struct paper_waiter waiter; /* first */
	int count, is_there;
};

static struct test_waiter waiters[WAITERS];
static struct provider *provider;

static void
setup(void)
{
	rig_open();
	provider = providers_at(&rig_desk.providers, 0);
	memset(waiters, 0, sizeof(waiters));
}

static void
on_paper(struct paper_waiter *waiter, int is_there)
{
	struct test_waiter *w = (struct test_waiter *)waiter;

	w->count++;
	w->is_there = is_there;
}

static struct test_waiter *
want(unsigned i, enum provider_paper which, int is_newer)
{
	memset(&waiters[i], 0, sizeof(waiters[i]));
	waiters[i].waiter.done = on_paper;
	provider_want(provider, which, is_newer, &waiters[i].waiter);
	return &waiters[i];
}

static void
pass(enum provider_paper which, uint64_t sec)
{
	struct paper *paper = &provider->papers[which];

	if (paper->got_sec != 0)
		paper->got_sec -= sec;
	if (paper->failed_sec != 0)
		paper->failed_sec -= sec;
}

static void
get_both(void)
{
	want(0, PAPER_METADATA, 0);
	rig_answer_metadata(NULL);
	want(0, PAPER_KEYS, 0);
	rig_answer_keys();
	ck_assert_int_eq(waiters[0].is_there, 1);
}

START_TEST(a_paper_is_asked_for_once_for_all_that_wait)
{
	unsigned i;

	for (i = 0; i < WAITERS; i++)
		want(i, PAPER_METADATA, 0);
	ck_assert_uint_eq(rig_count(), 1);
	for (i = 0; i < WAITERS; i++)
		ck_assert_int_eq(waiters[i].count, 0);
	rig_answer_metadata(NULL);
	for (i = 0; i < WAITERS; i++) {
		ck_assert_int_eq(waiters[i].count, 1);
		ck_assert_int_eq(waiters[i].is_there, 1);
	}
	ck_assert_int_eq(want(0, PAPER_METADATA, 0)->count, 1);
	ck_assert_uint_eq(rig_count(), 0);
}
END_TEST

START_TEST(the_question_is_one_without_a_body_or_a_secret)
{
	const struct rig_question *q;

	want(0, PAPER_METADATA, 0);
	q = rig_question();
	ck_assert_uint_eq(q->source, 0);
	ck_assert_int_eq(q->is_post, 0);
	ck_assert_str_eq(q->authorization, "");
	ck_assert_str_eq(q->body, "");
	rig_answer_metadata(NULL);
	want(0, PAPER_KEYS, 0);
	q = rig_question();
	ck_assert_int_eq(q->is_post, 0);
	ck_assert_str_eq(q->authorization, "");
	ck_assert_str_eq(q->body, "");
	rig_answer_keys();
}
END_TEST

static const struct {
	const char *issuer;
	const char *url;
} issuers[] = {
    {"https://id.example.com",
	"https://id.example.com/.well-known/openid-configuration"},
    {"https://id.example.com/",
	"https://id.example.com/.well-known/openid-configuration"},
    {"https://id.example.com/realms/a",
	"https://id.example.com/realms/a/.well-known/openid-configuration"},
    {"http://localhost:8080/",
	"http://localhost:8080/.well-known/openid-configuration"},
};

START_TEST(an_issuers_description_is_below_it)
{
	struct msg_conf_oidc conf;

	rig_conf(&conf);
	strlcpy(conf.issuer, issuers[_i].issuer, sizeof(conf.issuer));
	rig_reload(&conf);
	provider = providers_at(&rig_desk.providers, 0);
	want(0, PAPER_METADATA, 0);
	ck_assert_str_eq(rig_question()->url, issuers[_i].url);
	rig_fail("no route");
}
END_TEST

static const struct {
	uint32_t status;
	const char *body;
} failures[] = {
    {0, ""},
    {200, ""},
    {200, "{}"},
    {200, "{\"issuer\":\"https://evil.example.com\"}"},
    {404, "not here"},
    {500, "{}"},
    {302, ""},
};

START_TEST(after_a_failure_it_is_asked_again_but_not_at_once)
{
	want(0, PAPER_METADATA, 0);
	if (failures[_i].status == 0)
		rig_fail("no route");
	else
		rig_answer(failures[_i].status, failures[_i].body);
	ck_assert_int_eq(waiters[0].count, 1);
	ck_assert_int_eq(waiters[0].is_there, 0);
	ck_assert_int_eq(want(1, PAPER_METADATA, 0)->count, 1);
	ck_assert_int_eq(waiters[1].is_there, 0);
	ck_assert_uint_eq(rig_count(), 0);
	pass(PAPER_METADATA, PROVIDER_RETRY_SEC);
	ck_assert_int_eq(want(2, PAPER_METADATA, 0)->count, 0);
	rig_answer_metadata(NULL);
	ck_assert_int_eq(waiters[2].is_there, 1);
}
END_TEST

START_TEST(what_is_old_is_asked_for_anew)
{
	get_both();
	pass((enum provider_paper)_i, PROVIDER_KEEP_SEC - 5);
	ck_assert_int_eq(want(0, (enum provider_paper)_i, 0)->count, 1);
	pass((enum provider_paper)_i, 5);
	ck_assert_int_eq(want(0, (enum provider_paper)_i, 0)->count, 0);
	/* one that is old is better than none */
	rig_fail("no route");
	ck_assert_int_eq(waiters[0].is_there, 1);
	ck_assert_int_eq(want(0, (enum provider_paper)_i, 0)->count, 1);
	ck_assert_int_eq(waiters[0].is_there, 1);
	pass((enum provider_paper)_i, PROVIDER_RETRY_SEC);
	ck_assert_int_eq(want(0, (enum provider_paper)_i, 0)->count, 0);
	rig_fail("no route");
}
END_TEST

/* Whoever sends tokens of keys that nobody has makes no flood of questions. */
START_TEST(newer_keys_are_looked_for_now_and_then)
{
	struct paper *keys = &provider->papers[PAPER_KEYS];
	unsigned i;

	get_both();
	for (i = 0; i < PROVIDER_NEWER_MAX; i++) {
		ck_assert_int_eq(want(0, PAPER_KEYS, 1)->count, 0);
		ck_assert_int_eq(want(1, PAPER_KEYS, 1)->count, 0);
		ck_assert_uint_eq(rig_count(), 1);
		rig_answer_keys();
		ck_assert_int_eq(waiters[0].count, 1);
		ck_assert_int_eq(waiters[1].count, 1);
	}
	ck_assert_int_eq(want(0, PAPER_KEYS, 1)->count, 1);
	ck_assert_uint_eq(rig_count(), 0);
	keys->newer_sec -= PROVIDER_NEWER_SEC;
	ck_assert_int_eq(want(0, PAPER_KEYS, 1)->count, 0);
	rig_answer_keys();
}
END_TEST

START_TEST(bad_keys_leave_those_that_were_there)
{
	get_both();
	pass(PAPER_KEYS, PROVIDER_KEEP_SEC);
	want(0, PAPER_KEYS, 0);
	rig_answer(200, "{\"keys\":[]}");
	ck_assert_int_eq(waiters[0].is_there, 1);
	ck_assert_ptr_nonnull(provider->keys);
	ck_assert_uint_eq(jwks_count(provider->keys), 1);
}
END_TEST

START_TEST(without_metadata_nobody_asks_for_keys)
{
	ck_assert_int_eq(want(0, PAPER_KEYS, 0)->count, 1);
	ck_assert_int_eq(waiters[0].is_there, 0);
	ck_assert_uint_eq(rig_count(), 0);
}
END_TEST

START_TEST(where_nothing_can_be_asked_all_hear_it)
{
	rig_is_full = 1;
	ck_assert_int_eq(want(0, PAPER_METADATA, 0)->count, 1);
	ck_assert_int_eq(waiters[0].is_there, 0);
	rig_is_full = 0;
	ck_assert_int_eq(want(0, PAPER_METADATA, 0)->count, 0);
	rig_answer_metadata(NULL);
	ck_assert_int_eq(waiters[0].is_there, 1);
}
END_TEST

START_TEST(who_waits_for_one_that_is_removed_hears_it_once)
{
	want(0, PAPER_METADATA, 0);
	want(1, PAPER_METADATA, 0);
	rig_reload(NULL);
	ck_assert_int_eq(waiters[0].count, 1);
	ck_assert_int_eq(waiters[0].is_there, 0);
	ck_assert_int_eq(waiters[1].count, 1);
	if (_i == 0)
		rig_answer_metadata(NULL);
	else
		rig_fail("no route");
	ck_assert_int_eq(waiters[0].count, 1);
}
END_TEST

START_TEST(a_reload_is_no_reason_to_ask_again)
{
	struct msg_conf_oidc conf;

	get_both();
	rig_conf(&conf);
	strlcpy(conf.client_id, "another", sizeof(conf.client_id));
	rig_reload(&conf);
	provider = providers_at(&rig_desk.providers, 0);
	ck_assert_int_eq(want(0, PAPER_METADATA, 0)->count, 1);
	ck_assert_int_eq(want(1, PAPER_KEYS, 0)->count, 1);
	ck_assert_int_eq(waiters[1].is_there, 1);
	strlcpy(conf.issuer, RIG_ISSUER "/other", sizeof(conf.issuer));
	rig_reload(&conf);
	provider = providers_at(&rig_desk.providers, 0);
	ck_assert_int_eq(want(0, PAPER_METADATA, 0)->count, 0);
	rig_fail("no route");
}
END_TEST

START_TEST(a_table_of_providers_has_a_bound)
{
	struct msg_conf_oidc conf;
	struct provider *p;

	rig_conf(&conf);
	while (rig_desk.providers.count < OIDC_PROVIDERS_MAX)
		rig_add(&conf);
	p = provider_new(&conf, rig_trust, "", 0, NULL);
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(providers_add(&rig_desk.providers, p), VB_EFULL);
	ck_assert_ptr_null(
	    providers_at(&rig_desk.providers, OIDC_PROVIDERS_MAX));
	ck_assert_ptr_null(providers_at(&rig_desk.providers, UINT32_MAX));
}
END_TEST

static const struct {
	size_t at;
	int is_same; /* a login lives on */
} parts[] = {
    {offsetof(struct msg_conf_oidc, issuer), 0},
    {offsetof(struct msg_conf_oidc, client_id), 0},
    {offsetof(struct msg_conf_oidc, user_claim), 0},
    {offsetof(struct msg_conf_oidc, groups_claim), 0},
    {offsetof(struct msg_conf_oidc, scope), 1},
    {offsetof(struct msg_conf_oidc, button), 1},
};

START_TEST(a_provider_is_known_by_what_its_logins_depend_on)
{
	uint8_t proof[LOGIN_PROOF_BYTES];
	struct msg_conf_oidc conf;

	memcpy(proof, provider->proof, sizeof(proof));
	rig_conf(&conf);
	strcat((char *)&conf + parts[_i].at, "x");
	rig_reload(&conf);
	ck_assert_int_eq(providers_find(&rig_desk.providers, proof) != NULL,
	    parts[_i].is_same);
}
END_TEST

START_TEST(a_mark_is_of_its_issuer_kind_and_text)
{
	static const struct {
		const char *issuer, *kind, *text;
	} marks[] = {
	    {RIG_ISSUER, "sub", "ab"},
	    {RIG_ISSUER, "sid", "ab"},
	    {RIG_ISSUER, "sub", "a"},
	    {RIG_ISSUER, "suba", "b"},
	    {RIG_ISSUER "/2", "sub", "ab"},
	};
	uint8_t out[5][LOGIN_PROOF_BYTES];
	struct msg_conf_oidc conf;
	size_t i, j;

	for (i = 0; i < 5; i++) {
		rig_conf(&conf);
		strlcpy(conf.issuer, marks[i].issuer, sizeof(conf.issuer));
		rig_reload(&conf);
		ck_assert_int_eq(
		    provider_mark(providers_at(&rig_desk.providers, 0),
			marks[i].kind, marks[i].text, out[i]),
		    0);
		for (j = 0; j < i; j++)
			ck_assert_mem_ne(out[i], out[j], sizeof(out[i]));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("provider");
	TCase *tc = tcase_create("provider");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, rig_close);
	tcase_add_test(tc, a_paper_is_asked_for_once_for_all_that_wait);
	tcase_add_test(tc, the_question_is_one_without_a_body_or_a_secret);
	tcase_add_loop_test(tc, an_issuers_description_is_below_it, 0,
	    (int)(sizeof(issuers) / sizeof(issuers[0])));
	tcase_add_loop_test(tc,
	    after_a_failure_it_is_asked_again_but_not_at_once, 0,
	    (int)(sizeof(failures) / sizeof(failures[0])));
	tcase_add_loop_test(tc, what_is_old_is_asked_for_anew, 0, PAPER_COUNT);
	tcase_add_test(tc, newer_keys_are_looked_for_now_and_then);
	tcase_add_test(tc, bad_keys_leave_those_that_were_there);
	tcase_add_test(tc, without_metadata_nobody_asks_for_keys);
	tcase_add_test(tc, where_nothing_can_be_asked_all_hear_it);
	tcase_add_loop_test(
	    tc, who_waits_for_one_that_is_removed_hears_it_once, 0, 2);
	tcase_add_test(tc, a_reload_is_no_reason_to_ask_again);
	tcase_add_test(tc, a_table_of_providers_has_a_bound);
	tcase_add_loop_test(tc,
	    a_provider_is_known_by_what_its_logins_depend_on, 0,
	    (int)(sizeof(parts) / sizeof(parts[0])));
	tcase_add_test(tc, a_mark_is_of_its_issuer_kind_and_text);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
