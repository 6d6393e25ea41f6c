/* SPDX-License-Identifier: ISC */
/* Who a provider means: names and groups, of ID token and userinfo. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/sso_rig.h"

#define FUTURE "9000000000" /* seconds since 1970 */

static const struct {
	struct rig_change change; /* of the ID token */
	enum oidc_code code;
	const char *name;
} names[] = {
    {{"preferred_username", "\"bob\""}, OIDC_IN, "bob"},
    {{"preferred_username", "\"\""}, OIDC_NAMELESS, NULL},
    {{"preferred_username", "7"}, OIDC_NAMELESS, NULL},
    {{"preferred_username", "[\"bob\"]"}, OIDC_NAMELESS, NULL},
    {{"preferred_username", "\"bob:x\""}, OIDC_NAMELESS, NULL},
    {{"preferred_username", "\"bob,root\""}, OIDC_NAMELESS, NULL},
    {{"preferred_username", "\"bob\\nroot\""}, OIDC_NAMELESS, NULL},
    {{"preferred_username", "\" bob\""}, OIDC_NAMELESS, NULL},
};

START_TEST(a_name_is_one_that_the_bridge_takes)
{
	rig_log_in(&names[_i].change);
	if (names[_i].code == OIDC_IN)
		rig_is_in(names[_i].name, "staff,students");
	else
		rig_is_refused(names[_i].code);
}
END_TEST

static const struct {
	const char *groups;
	const char *taken; /* NULL: no login */
} groups[] = {
    {"[]", ""},
    {"\"staff\"", "staff"},
    {"[\"staff\",\"staff\"]", "staff"},
    {"[\"/staff\",\"/a/b\"]", "staff"},
    {"[\"staff\",7,null,\"two words\",\"a,b\"]", "staff"},
    {"7", ""}, /* none is less than was meant */
    {"{\"staff\":1}", ""},
    {"null", ""},
};

START_TEST(groups_are_texts)
{
	struct rig_change change = {"groups", groups[_i].groups};

	rig_log_in(&change);
	/* null is as if it were not there */
	if (rig_count() > 0)
		rig_answer(200, "{\"sub\":\"" RIG_SUB "\"}");
	if (groups[_i].taken == NULL)
		rig_is_refused(OIDC_NAMELESS);
	else
		rig_is_in("alice", groups[_i].taken);
}
END_TEST

static const char *
many_groups(unsigned count, int is_named)
{
	static char text[RIG_TEXT_MAX / 2];
	char name[32];
	size_t n = 0;
	unsigned i;

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "group-number-%u", i);
		if (is_named)
			rig_name_group(name);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"%s\"",
		    i == 0 ? "[\"staff\"," : ",", name);
	}
	snprintf(text + n, sizeof(text) - n, "]");
	return text;
}

START_TEST(groups_that_no_section_names_take_no_room)
{
	struct rig_change change = {"groups", many_groups(200, 0)};

	rig_log_in(&change);
	rig_is_in("alice", "staff");
}
END_TEST

START_TEST(fewer_groups_than_meant_are_none)
{
	struct rig_change change = {"groups", many_groups(99, 1)};

	rig_log_in(&change);
	rig_is_refused(OIDC_NAMELESS);
	ck_assert_str_eq(rig_said.why,
	    "groups: the user alice is in 100 groups that access sections "
	    "name: more than fit");
}
END_TEST

START_TEST(groups_may_be_at_a_path_or_not_at_all)
{
	struct rig_change change = {"realm_access", "{\"roles\":[\"admins\"]}"};
	struct msg_conf_oidc conf;

	rig_conf(&conf);
	strlcpy(conf.groups_claim, _i == 0 ? "realm_access.roles" : "",
	    sizeof(conf.groups_claim));
	rig_reload(&conf);
	rig_log_in(&change);
	rig_is_in("alice", _i == 0 ? "admins" : "");
}
END_TEST

static const struct {
	const char *verified; /* as JSON */
	enum oidc_code code;
} addresses[] = {
    {"true", OIDC_IN},
    {"\"true\"", OIDC_IN},
    {"false", OIDC_NAMELESS},
    {"\"false\"", OIDC_NAMELESS},
    {"1", OIDC_NAMELESS},
};

START_TEST(an_address_that_nobody_has_verified_is_no_name)
{
	struct msg_conf_oidc conf;
	char claims[RIG_TEXT_MAX], nonce[RIG_WORD_MAX];

	rig_conf(&conf);
	strlcpy(conf.user_claim, "email", sizeof(conf.user_claim));
	conf.groups_claim[0] = '\0';
	rig_reload(&conf);
	rig_go();
	strlcpy(nonce, rig_parameter("nonce"), sizeof(nonce));
	snprintf(claims, sizeof(claims),
	    "{\"iss\":\"" RIG_ISSUER "\",\"aud\":\"" RIG_CLIENT "\","
	    "\"sub\":\"" RIG_SUB "\",\"nonce\":\"%s\",\"iat\":%lld,"
	    "\"exp\":" FUTURE ",\"email\":\"a@example.com\","
	    "\"email_verified\":%s}",
	    nonce, (long long)time(NULL), addresses[_i].verified);
	rig_back();
	rig_answer_tokens(rig_sign(
	    "{\"alg\":\"EdDSA\",\"kid\":\"0\"}", claims, RIG_FIRST_KEY));
	rig_answer_keys();
	if (addresses[_i].code == OIDC_IN)
		rig_is_in("a@example.com", "");
	else
		rig_is_refused(addresses[_i].code);
}
END_TEST

START_TEST(somebody_whom_the_users_file_locks_is_not_let_in)
{
	static const char text[] =
	    "alice:!$y$j75$2S4j0MIUdLYdsyTSh8eVA."
	    "$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa::\n";
	struct users_fault fault;
	struct users *users;

	ck_assert_int_eq(
	    users_parse(text, sizeof(text) - 1, &users, &fault), 0);
	rig_desk.users = users;
	rig_log_in(NULL);
	rig_is_refused(OIDC_DENIED);
}
END_TEST

/* ---- userinfo ---- */

static const struct {
	struct rig_change change; /* of the ID token */
	const char *userinfo;
	enum oidc_code code;
	const char *name, *groups;
} infos[] = {
    {{"preferred_username", ""},
	"{\"sub\":\"" RIG_SUB "\",\"preferred_username\":\"bob\","
	"\"groups\":[\"evil\"]}",
	OIDC_IN, "bob", "staff,students"},
    {{"groups", ""},
	"{\"sub\":\"" RIG_SUB "\",\"preferred_username\":\"evil\","
	"\"groups\":[\"admins\"]}",
	OIDC_IN, "alice", "admins"},
    {{"groups", ""}, "{\"sub\":\"" RIG_SUB "\"}", OIDC_IN, "alice", ""},
    {{"preferred_username", ""}, "{\"sub\":\"" RIG_SUB "\"}", OIDC_NAMELESS,
	NULL, NULL},
    {{"preferred_username", ""},
	"{\"sub\":\"another\",\"preferred_username\":\"bob\"}", OIDC_UNPROVEN,
	NULL, NULL},
    {{"preferred_username", ""}, "{\"preferred_username\":\"bob\"}",
	OIDC_UNPROVEN, NULL, NULL},
    {{"preferred_username", ""}, "eyJhbGciOiJub25lIn0.e30.", OIDC_DOWN, NULL,
	NULL},
    {{"preferred_username", ""}, "", OIDC_DOWN, NULL, NULL},
};

START_TEST(userinfo_tells_what_the_token_does_not)
{
	const struct rig_question *q;

	rig_log_in(&infos[_i].change);
	q = rig_question();
	ck_assert_str_eq(q->url, RIG_ISSUER "/userinfo");
	ck_assert_str_eq(q->authorization, "Bearer access-1");
	ck_assert_int_eq(q->is_post, 0);
	ck_assert_str_eq(q->body, "");
	rig_answer(200, infos[_i].userinfo);
	if (infos[_i].code == OIDC_IN)
		rig_is_in(infos[_i].name, infos[_i].groups);
	else
		rig_is_refused(infos[_i].code);
}
END_TEST

START_TEST(userinfo_that_cannot_be_had_is_no_login)
{
	struct rig_change change = {"groups", ""};

	rig_log_in(&change);
	if (_i == 0)
		rig_fail("no route");
	else
		rig_answer(_i == 1 ? 401 : 500,
		    "{\"sub\":\"" RIG_SUB "\",\"groups\":[\"admins\"]}");
	rig_is_refused(OIDC_DOWN);
}
END_TEST

START_TEST(a_provider_without_userinfo_is_not_asked)
{
	struct rig_change without = {"userinfo_endpoint", ""};
	struct rig_change change = {"groups", ""};

	rig_begin(0, OIDC_LOGIN);
	rig_answer_metadata(&without);
	rig_log_in(&change);
	rig_is_in("alice", "");
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("sso who");
	TCase *tc = tcase_create("people");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, rig_open, rig_close);
	tcase_add_loop_test(
	    tc, a_name_is_one_that_the_bridge_takes, 0, ROWS(names));
	tcase_add_loop_test(tc, groups_are_texts, 0, ROWS(groups));
	tcase_add_test(tc, groups_that_no_section_names_take_no_room);
	tcase_add_test(tc, fewer_groups_than_meant_are_none);
	tcase_add_loop_test(tc, groups_may_be_at_a_path_or_not_at_all, 0, 2);
	tcase_add_loop_test(tc, an_address_that_nobody_has_verified_is_no_name,
	    0, ROWS(addresses));
	tcase_add_test(tc, somebody_whom_the_users_file_locks_is_not_let_in);
	tcase_add_loop_test(
	    tc, userinfo_tells_what_the_token_does_not, 0, ROWS(infos));
	tcase_add_loop_test(tc, userinfo_that_cannot_be_had_is_no_login, 0, 3);
	tcase_add_test(tc, a_provider_without_userinfo_is_not_asked);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
