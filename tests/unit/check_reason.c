/* SPDX-License-Identifier: ISC */
/*
 * What a person is told when there is no session: each cause has its code
 * (DESIGN.md, 4), and every text fits.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/broker/reason.h"

#define TIMEOUT_SEC 7

static char text[PROTO_REASON_MAX];

static const struct {
	int error;
	uint32_t code;
	const char *words;
} dials[] = {
    {ECONNREFUSED, CODE_TCP_ERROR, "192.0.2.1:5901: connection refused"},
    {ECONNRESET, CODE_TCP_ERROR, "192.0.2.1:5901: connection reset"},
    {EHOSTUNREACH, CODE_TCP_ERROR, "192.0.2.1:5901: no route to host"},
    {ENETUNREACH, CODE_TCP_ERROR, "192.0.2.1:5901: network is unreachable"},
    {EACCES, CODE_TCP_ERROR, "192.0.2.1:5901: the system does not permit it"},
    {EPERM, CODE_TCP_ERROR, "192.0.2.1:5901: the system does not permit it"},
    {EIO, CODE_TCP_ERROR, "192.0.2.1:5901: Input/output error"},
    {ETIMEDOUT, CODE_NO_ANSWER, "192.0.2.1:5901 did not answer within 7 s"},
    {EMFILE, CODE_TOO_MANY, "the bridge has too many connections now"},
    {ENFILE, CODE_TOO_MANY, "the bridge has too many connections now"},
    {ENOBUFS, CODE_TOO_MANY, "the bridge has too many connections now"},
    {ENOMEM, CODE_TOO_MANY, "the bridge has too many connections now"},
};

static const struct {
	enum resolve_status status;
	uint32_t code;
	const char *words;
} lookups[] = {
    {RESOLVE_NOT_FOUND, CODE_NOT_FOUND, "desk: name not found"},
    {RESOLVE_TIMEOUT, CODE_NO_ANSWER,
	"desk: the name server did not answer in time"},
    {RESOLVE_FAILED, CODE_NOT_FOUND, "desk: it says no"},
};

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

START_TEST(reason_of_each_dial_error)
{
	struct dial_outcome outcome;

	memset(&outcome, 0, sizeof(outcome));
	ck_assert_int_eq(
	    addr_parse_endpoint("192.0.2.1:5901", 0, &outcome.addr), 0);
	outcome.error = dials[_i].error;
	ck_assert_uint_eq(
	    reason_of_dial(&outcome, TIMEOUT_SEC, text), dials[_i].code);
	ck_assert_str_eq(text, dials[_i].words);
}
END_TEST

START_TEST(reason_of_each_lookup)
{
	ck_assert_uint_eq(
	    reason_of_lookup(lookups[_i].status, "desk", "it says no", text),
	    lookups[_i].code);
	ck_assert_str_eq(text, lookups[_i].words);
}
END_TEST

START_TEST(reason_is_cut_between_characters)
{
	static const char *const cuts[][2] = {{"", ""}, {"abc", "abc"},
	    {"f\xc3\xbcr", "f\xc3\xbcr"}, {"f\xc3", "f"},
	    {"\xe2\x82\xac", "\xe2\x82\xac"}, {"a\xe2\x82", "a"},
	    {"a\xe2", "a"}, {"\xf0\x9f\x98", ""},
	    {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}};
	size_t i;

	for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		strcpy(text, cuts[i][0]);
		ck_assert_str_eq(reason_mend(text), cuts[i][1]);
	}
}
END_TEST

START_TEST(reason_cuts_a_long_name)
{
	char name[TARGET_TEXT_MAX], cut[REASON_NAME_MAX];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert_str_eq(reason_name(name, cut) + REASON_NAME_MAX - 5, "a...");
	ck_assert_uint_eq(strlen(cut), REASON_NAME_MAX - 1);
	name[REASON_NAME_MAX - 1] = '\0';
	ck_assert_str_eq(reason_name(name, cut), name);
	ck_assert_uint_eq(
	    reason_of_lookup(RESOLVE_TIMEOUT, name, "", text), CODE_NO_ANSWER);
	ck_assert_ptr_nonnull(strstr(text, "did not answer in time"));
	/* what only another service of nsswitch.conf knows */
	ck_assert_uint_eq(
	    reason_of_lookup(RESOLVE_NOT_FOUND, "desk.local", "", text),
	    CODE_NOT_FOUND);
	ck_assert_str_eq(text,
	    "desk.local: name not found (only DNS and /etc/hosts are asked)");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reason");
	TCase *tc = tcase_create("reason");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, reason_of_each_dial_error, 0, COUNT(dials));
	tcase_add_loop_test(tc, reason_of_each_lookup, 0, COUNT(lookups));
	tcase_add_test(tc, reason_is_cut_between_characters);
	tcase_add_test(tc, reason_cuts_a_long_name);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
