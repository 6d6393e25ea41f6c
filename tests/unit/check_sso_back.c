/* SPDX-License-Identifier: ISC */
/* Back from the provider: who began it, once, with a code that is passed on. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/boot.h"
#include "tests/unit/sso_rig.h"

/* ---- the good way ---- */

START_TEST(who_comes_back_with_a_code_is_logged_in)
{
	const struct provider *p = providers_at(&rig_desk.providers, 0);
	uint8_t mark[LOGIN_PROOF_BYTES];
	const struct login_record *login;

	rig_log_in(NULL);
	rig_is_in("alice", "staff,students");
	ck_assert_str_eq(rig_said.next, "pc1:1");
	ck_assert_str_eq(rig_said.provider, "Example");
	ck_assert_str_eq(rig_said.url, "");
	ck_assert_uint_eq(rig_said.login.kind, LOGIN_BY_OIDC);
	ck_assert_uint_eq(rig_said.login.state, LOGIN_WHOLE);
	ck_assert_mem_eq(rig_said.login.proof, p->proof, sizeof(mark));
	ck_assert_int_eq(provider_mark(p, "sub", RIG_SUB, mark), 0);
	ck_assert_mem_eq(rig_said.login.subject, mark, sizeof(mark));
	ck_assert_int_eq(provider_mark(p, "sid", RIG_SID, mark), 0);
	ck_assert_mem_eq(rig_said.login.session, mark, sizeof(mark));
	login = logins_find(rig_desk.logins, LOGIN_WHOLE, rig_said.cookie,
	    &rig_desk.limits, boot_now_sec());
	ck_assert_ptr_nonnull(login);
	ck_assert_uint_eq(login->id, rig_said.login.id);
	ck_assert_uint_eq(rig_desk.flows.count, 0);
}
END_TEST

START_TEST(a_login_without_a_session_has_no_mark_of_one)
{
	static const uint8_t zero[LOGIN_PROOF_BYTES];
	struct rig_change change = {"sid", ""};

	rig_log_in(&change);
	rig_is_in("alice", "staff,students");
	ck_assert_mem_eq(rig_said.login.session, zero, sizeof(zero));
}
END_TEST

START_TEST(the_code_is_given_with_all_that_it_needs)
{
	char verifier[FLOW_WORD_MAX], part[128];
	const struct rig_question *q;

	rig_go();
	strlcpy(verifier, TAILQ_FIRST(&rig_desk.flows.all)->verifier,
	    sizeof(verifier));
	rig_back();
	q = rig_question();
	ck_assert_int_eq(q->is_post, 1);
	ck_assert_str_eq(q->url, RIG_ISSUER "/token");
	snprintf(part, sizeof(part), "&code_verifier=%s", verifier);
	ck_assert_ptr_nonnull(strstr(q->body, part));
	ck_assert_ptr_nonnull(strstr(q->body,
	    "grant_type=authorization_code&code=the+code%2F1"
	    "&redirect_uri=https%3A%2F%2Fbridge."));
	/* base64 of "bridge:s3cret+%2B" (RFC 6749, 2.3.1) */
	ck_assert_str_eq(q->authorization, "Basic YnJpZGdlOnMzY3JldCslMkI=");
	ck_assert_ptr_null(strstr(q->body, "client_"));
	rig_fail("no route");
}
END_TEST

/*
 * RFC 9700, 4.4: a provider that sends people on to another one, with that
 * one's code, gets it asked for at itself: by its address an answer is known.
 */
START_TEST(an_answer_at_another_providers_address_proves_nothing)
{
	static const struct {
		const char *own, *came;
		int is_taken;
	} rows[] = {
	    {"", "", 1},
	    {"B-2", "B-2", 1},
	    {"", "B-2", 0},
	    {"B-2", "", 0},
	    {"B-2", "b-2", 0},
	    {"B-2", "B-22", 0},
	};
	struct msg_oidc_back back;
	struct msg_conf_oidc conf;
	char uri[128];

	rig_conf(&conf);
	strlcpy(conf.name, rows[_i].own, sizeof(conf.name));
	rig_reload(&conf);
	rig_go();
	snprintf(uri, sizeof(uri),
	    "https%%3A%%2F%%2Fbridge.example.com%%2Flogin%%2Foidc%s%s",
	    rows[_i].own[0] == '\0' ? "" : "%2F", rows[_i].own);
	ck_assert_str_eq(rig_parameter("redirect_uri"), uri);
	rig_fill_back(&back);
	strlcpy(back.name, rows[_i].came, sizeof(back.name));
	rig_back_with(&back);
	if (!rows[_i].is_taken) {
		ck_assert_uint_eq(rig_count(), 0);
		rig_is_refused(OIDC_UNPROVEN);
		ck_assert_str_eq(
		    rig_said.why, "it came back at another provider's address");
		ck_assert_uint_eq(rig_desk.flows.count, 0);
		return;
	}
	snprintf(uri + strlen(uri), sizeof(uri) - strlen(uri), "&");
	ck_assert_ptr_nonnull(strstr(rig_question()->body, uri));
	rig_fail("no route");
}
END_TEST

static const struct {
	const char *methods;
	const char *part; /* of the form */
} methods[] = {
    {"[\"client_secret_post\"]", "&client_id=bridge&client_secret=s3cret+%2B"},
    {"[\"client_secret_post\",\"private_key_jwt\"]",
	"&client_id=bridge&client_secret=s3cret+%2B"},
};

START_TEST(a_secret_is_shown_as_the_provider_wants_it)
{
	struct rig_change change = {
	    "token_endpoint_auth_methods_supported", methods[_i].methods};

	rig_begin(0, OIDC_LOGIN);
	rig_answer_metadata(&change);
	rig_back();
	ck_assert_str_eq(rig_question()->authorization, "");
	ck_assert_ptr_nonnull(strstr(rig_question()->body, methods[_i].part));
	rig_fail("no route");
}
END_TEST

START_TEST(a_public_client_shows_no_secret)
{
	rig_go();
	providers_at(&rig_desk.providers, 0)->secret[0] = '\0';
	rig_back();
	ck_assert_str_eq(rig_question()->authorization, "");
	ck_assert_ptr_nonnull(
	    strstr(rig_question()->body, "&client_id=bridge"));
	ck_assert_ptr_null(strstr(rig_question()->body, "client_secret"));
	rig_fail("no route");
}
END_TEST

/* ---- what comes back is not what was begun ---- */

static void
spoil_cookie(struct msg_oidc_back *back)
{
	back->cookie[0] ^= 1;
}

static void
forget_cookie(struct msg_oidc_back *back)
{
	memset(back->cookie, 0, sizeof(back->cookie));
}

static void
spoil_state(struct msg_oidc_back *back)
{
	back->state[0] ^= 1;
}

static void
forget_state(struct msg_oidc_back *back)
{
	back->state[0] = '\0';
}

static void
cut_state(struct msg_oidc_back *back)
{
	back->state[10] = '\0';
}

static void (*const spoilers[])(struct msg_oidc_back *back) = {
    spoil_cookie, forget_cookie, spoil_state, forget_state, cut_state};

START_TEST(another_cookie_or_state_is_nobodys)
{
	struct msg_oidc_back back;

	rig_go();
	rig_fill_back(&back);
	spoilers[_i](&back);
	rig_back_with(&back);
	rig_is_refused(OIDC_OVER);
	ck_assert_str_eq(rig_said.next, "");
}
END_TEST

/* Of two tabs, neither can come back as the other. */
START_TEST(the_state_of_another_tab_is_none)
{
	struct msg_oidc_back one, other;

	rig_go();
	rig_fill_back(&one);
	rig_go();
	rig_fill_back(&other);
	memcpy(one.cookie, other.cookie, sizeof(one.cookie));
	rig_back_with(&one);
	rig_is_refused(OIDC_OVER);
}
END_TEST

START_TEST(a_way_back_is_gone_once)
{
	struct msg_oidc_back back;

	rig_go();
	rig_fill_back(&back);
	rig_back_with(&back);
	rig_fail("no route");
	rig_is_refused(OIDC_DOWN);
	rig_back_with(&back);
	rig_is_refused(OIDC_OVER);
}
END_TEST

START_TEST(who_comes_back_too_late_begins_again)
{
	rig_go();
	TAILQ_FIRST(&rig_desk.flows.all)->end_sec = boot_now_sec();
	rig_back();
	rig_is_refused(OIDC_OVER);
}
END_TEST

static const struct {
	const char *error;
	const char *why;
} errors[] = {
    {"access_denied", "the provider says: access_denied"},
    {"login\" user=\"root", "the provider says: an error"},
    {"\x1b[31m", "the provider says: an error"},
    {"UPPER", "the provider says: an error"},
};

START_TEST(a_provider_that_denies_is_believed)
{
	struct msg_oidc_back back;

	rig_go();
	rig_fill_back(&back);
	back.code[0] = '\0';
	strlcpy(back.error, errors[_i].error, sizeof(back.error));
	rig_back_with(&back);
	rig_is_refused(OIDC_DENIED);
	ck_assert_str_eq(rig_said.why, errors[_i].why);
	ck_assert_str_eq(rig_said.next, "pc1:1");
	ck_assert_uint_eq(rig_desk.flows.count, 0);
}
END_TEST

/* RFC 9207 */
static const struct {
	const char *promise; /* of the metadata */
	const char *issuer;  /* that came back */
	int is_good;
} issuers[] = {
    {"false", "", 1},
    {"false", RIG_ISSUER, 1},
    {"false", "https://evil.example.com", 0},
    {"false", RIG_ISSUER "/", 0},
    {"true", RIG_ISSUER, 1},
    {"true", "", 0},
    {"true", "https://evil.example.com", 0},
};

START_TEST(what_comes_from_another_provider_is_not_passed_on)
{
	struct rig_change change = {
	    "authorization_response_iss_parameter_supported",
	    issuers[_i].promise};
	struct msg_oidc_back back;

	rig_begin(0, OIDC_LOGIN);
	rig_answer_metadata(&change);
	rig_fill_back(&back);
	strlcpy(back.issuer, issuers[_i].issuer, sizeof(back.issuer));
	rig_back_with(&back);
	if (issuers[_i].is_good) {
		ck_assert_uint_eq(rig_count(), 1);
		rig_fail("no route");
	} else
		rig_is_refused(OIDC_UNPROVEN);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("sso back");
	TCase *tc = tcase_create("sso back");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, rig_open, rig_close);
	tcase_add_test(tc, who_comes_back_with_a_code_is_logged_in);
	tcase_add_test(tc, a_login_without_a_session_has_no_mark_of_one);
	tcase_add_test(tc, the_code_is_given_with_all_that_it_needs);
	tcase_add_loop_test(
	    tc, a_secret_is_shown_as_the_provider_wants_it, 0, ROWS(methods));
	tcase_add_loop_test(
	    tc, an_answer_at_another_providers_address_proves_nothing, 0, 6);
	tcase_add_test(tc, a_public_client_shows_no_secret);
	tcase_add_loop_test(
	    tc, another_cookie_or_state_is_nobodys, 0, ROWS(spoilers));
	tcase_add_test(tc, the_state_of_another_tab_is_none);
	tcase_add_test(tc, a_way_back_is_gone_once);
	tcase_add_test(tc, who_comes_back_too_late_begins_again);
	tcase_add_loop_test(
	    tc, a_provider_that_denies_is_believed, 0, ROWS(errors));
	tcase_add_loop_test(tc,
	    what_comes_from_another_provider_is_not_passed_on, 0,
	    ROWS(issuers));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
