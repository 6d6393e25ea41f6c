/* SPDX-License-Identifier: ISC */
/*
 * Lists, hosts and escapes of a request head (RFC 9110, 3986).
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/http.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SPAN(t)                  \
	{                        \
		t, sizeof(t) - 1 \
	}

static struct http_span
span(const char *text)
{
	struct http_span s = {text, strlen(text)};

	return s;
}

START_TEST(http_finds_a_field_whatever_its_case_9110_5_1)
{
	const struct http_head head = {.field_count = 3,
	    .fields = {{SPAN("A"), SPAN("1")}, {SPAN("bB"), SPAN("2")},
		{SPAN("Bb"), SPAN("3")}}};

	ck_assert_ptr_eq(http_find_field(&head, "BB"), &head.fields[1].value);
	ck_assert_ptr_null(http_find_field(&head, "B"));
	ck_assert_ptr_null(http_find_field(&head, "bbb"));
	ck_assert_uint_eq(http_count_fields(&head, "bb"), 2);
	ck_assert_uint_eq(http_count_fields(&head, "c"), 0);
}
END_TEST

static const struct {
	const char *list;
	int has_it;
} lists[] = {
    {"upgrade", 1},
    {"Upgrade", 1},
    {"keep-alive, Upgrade", 1},
    {"keep-alive,Upgrade", 1},
    {"a,\tUPGRADE ,b", 1},
    {",, ,upgrade,,", 1},
    {"upgrade;v=1", 1},
    {"upgrade ; v=1, x", 1},
    {"", 0},
    {",,", 0},
    {"upgrades", 0},
    {"upgrad", 0},
    {"up grade", 0},
    {"x;upgrade", 0},
    {"\"upgrade\"", 0},
};

START_TEST(http_finds_a_token_in_a_list_9110_5_6_1)
{
	struct http_head head = {.field_count = 2,
	    .fields = {{SPAN("Connection"), SPAN("other")},
		{SPAN("connection"), SPAN("")}}};

	head.fields[1].value = span(lists[_i].list);
	ck_assert_msg(
	    http_has_token(&head, "CONNECTION", "upgrade") == lists[_i].has_it,
	    "'%s'", lists[_i].list);
	ck_assert(!http_has_token(&head, "Other", "upgrade"));
}
END_TEST

START_TEST(http_gives_the_items_of_a_list_with_their_parameters)
{
	struct http_span list = span(" a;q=0.5;x , ,b"), item, params;

	ck_assert(http_next_item(&list, &item, &params));
	ck_assert(http_span_is(&item, "a"));
	ck_assert(http_span_is(&params, "q=0.5;x"));
	ck_assert(http_next_item(&list, &item, &params));
	ck_assert(http_span_is(&item, "b"));
	ck_assert_uint_eq(params.len, 0);
	ck_assert(!http_next_item(&list, &item, &params));
}
END_TEST

static const struct {
	const char *authority;
	const char *host; /* NULL: refused */
	int port;
} hosts[] = {
    {"h", "h", -1},
    {"h:", "h", -1},
    {"h:0", "h", 0},
    {"h:00080", "h", 80},
    {"127.0.0.1:65535", "127.0.0.1", 65535},
    {"[::1]", "[::1]", -1},
    {"[::1]:", "[::1]", -1},
    {"[2001:db8::1]:5901", "[2001:db8::1]", 5901},
    {"[1:2:3:4:5:6:255.255.255.255]", "[1:2:3:4:5:6:255.255.255.255]", -1},
    {"", NULL, 0},
    {":1", NULL, 0},
    {"h:65536", NULL, 0},
    {"h:1 ", NULL, 0},
    {"h:-1", NULL, 0},
    {"[", NULL, 0},
    {"[]", NULL, 0},
    {"]", NULL, 0},
    {"[::1]]", NULL, 0},
    {"[[::1]]", NULL, 0},
    {"[::1]1", NULL, 0},
    {"[::1]:x", NULL, 0},
    {"[v1.a]", NULL, 0},
    {"[fe80::1%eth0]", NULL, 0},
    {"h/", NULL, 0},
    {"h?", NULL, 0},
    {"h%", NULL, 0},
    {"h%4", NULL, 0},
    {"h\\", NULL, 0},
};

START_TEST(http_splits_host_and_port_9110_7_2)
{
	struct http_span authority = span(hosts[_i].authority), host;
	int port = -2;

	if (hosts[_i].host == NULL) {
		ck_assert_int_eq(
		    http_split_host(&authority, &host, &port), VB_ESYNTAX);
		return;
	}
	ck_assert_int_eq(http_split_host(&authority, &host, &port), 0);
	ck_assert(http_span_is(&host, hosts[_i].host));
	ck_assert_int_eq(port, hosts[_i].port);
}
END_TEST

START_TEST(http_looks_at_no_byte_behind_a_host)
{
	struct http_span authority = {"h%41", 4}, host;
	int port;

	ck_assert_int_eq(http_split_host(&authority, &host, &port), 0);
	for (authority.len = 3; authority.len > 1; authority.len--)
		ck_assert_int_eq(
		    http_split_host(&authority, &host, &port), VB_ESYNTAX);
}
END_TEST

static const struct {
	const char *text;
	const char *plain;
	int result;
} escapes[] = {
    {"", "", 0},
    {"abc", "abc", 3},
    {"%41%62+%2b", "Ab++", 4},
    {"%5B::1%5d:5901", "[::1]:5901", 10},
    {"%25%34%31", "%41", 3}, /* decoded once */
    {"%C3%A9", "\xc3\xa9", 2},
    {"%", NULL, VB_ESYNTAX},
    {"a%4", NULL, VB_ESYNTAX},
    {"%4g", NULL, VB_ESYNTAX},
    {"%g4", NULL, VB_ESYNTAX},
    {"%%41", NULL, VB_ESYNTAX},
    {"%00", NULL, VB_ESYNTAX},
    {"%0a", NULL, VB_ESYNTAX},
    {"%1F", NULL, VB_ESYNTAX},
    {"%7f", NULL, VB_ESYNTAX},
    {"a\x01", NULL, VB_ESYNTAX},
    {"123456789012345", "123456789012345", 15},
    {"12345678901234%35", "123456789012345", 15},
    {"1234567890123456", NULL, VB_ERANGE},
    {"123456789012345%36", NULL, VB_ERANGE},
};

START_TEST(http_decodes_escapes_3986_2_1)
{
	struct http_span text = span(escapes[_i].text);
	char out[16];

	ck_assert_int_eq(
	    http_percent_decode(&text, out, sizeof(out)), escapes[_i].result);
	if (escapes[_i].plain != NULL)
		ck_assert_str_eq(out, escapes[_i].plain);
}
END_TEST

START_TEST(http_trims_blanks_and_tabs_only_at_the_ends)
{
	struct http_span text = span(" \t a\t b \t");

	http_span_trim(&text);
	ck_assert(http_span_is(&text, "a\t b"));
	text = span(" \t");
	http_span_trim(&text);
	ck_assert_uint_eq(text.len, 0);
}
END_TEST

static Suite *
http_value_suite(void)
{
	Suite *s = suite_create("http_value");
	TCase *t = tcase_create("values");

	suite_add_tcase(s, t);
	tcase_add_test(t, http_finds_a_field_whatever_its_case_9110_5_1);
	tcase_add_loop_test(
	    t, http_finds_a_token_in_a_list_9110_5_6_1, 0, COUNT(lists));
	tcase_add_test(t, http_gives_the_items_of_a_list_with_their_parameters);
	tcase_add_loop_test(
	    t, http_splits_host_and_port_9110_7_2, 0, COUNT(hosts));
	tcase_add_test(t, http_looks_at_no_byte_behind_a_host);
	tcase_add_loop_test(
	    t, http_decodes_escapes_3986_2_1, 0, COUNT(escapes));
	tcase_add_test(t, http_trims_blanks_and_tabs_only_at_the_ends);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(http_value_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
