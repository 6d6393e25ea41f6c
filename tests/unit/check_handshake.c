/* SPDX-License-Identifier: ISC */
/*
 * The opening handshake against RFC 6455, 4.2, and DESIGN 4's rules of
 * Origin and sub-protocol. The heads go through the real parser.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/request.h"

#define HTTP_HEAD_MAX 8192 /* as request-head is in these tests */

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))

/* RFC 6455, 1.3 */
#define KEY	     "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT	     "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#define F_UPGRADE    "Upgrade: websocket\r\n"
#define F_CONNECTION "Connection: Upgrade\r\n"
#define F_VERSION    "Sec-WebSocket-Version: 13\r\n"
#define F_KEY	     "Sec-WebSocket-Key: " KEY "\r\n"
#define F_ALL	     F_UPGRADE F_CONNECTION F_VERSION F_KEY

static char text[HTTP_HEAD_MAX];
static struct http_head head;
static struct request req;

static int
is_panel(const struct http_span *origin, void *arg)
{
	return http_span_is(origin, arg);
}

static char panel[] = "https://panel.example";
static struct request_rules rules = {.base_path = "",
    .default_port = 5901,
    .origins = {.is_listed = is_panel, .arg = panel}};

/* Classifies an upgrade with this Host and these fields. */
static int
shake(const char *host, const char *fields)
{
	int may_continue = 1, status;
	int len = snprintf(text, sizeof(text),
	    "GET /proxy?target=lab1 HTTP/1.1\r\nHost: %s\r\n%s\r\n", host,
	    fields);

	ck_assert_int_eq(
	    http_parse_head(text, (size_t)len, HTTP_HEAD_MAX, &head), len);
	status = request_classify(&head, &rules, &req, &may_continue);
	ck_assert_int_eq(may_continue, 0);
	return status;
}

START_TEST(handshake_computes_the_answer_of_rfc_6455_1_3)
{
	char accept[HANDSHAKE_ACCEPT_MAX];

	ck_assert_int_eq(handshake_prepare(), 0);
	handshake_accept_key(KEY, accept);
	ck_assert_str_eq(accept, ACCEPT);
}
END_TEST

START_TEST(handshake_writes_the_answer_of_4_2_2)
{
	static const char expected[] = "HTTP/1.1 101 Switching Protocols\r\n"
				       "Upgrade: websocket\r\n"
				       "Connection: Upgrade\r\n"
				       "Sec-WebSocket-Accept: " ACCEPT "\r\n"
				       "\r\n";
	char out[512];

	ck_assert_int_eq(shake("h", F_ALL), 0);
	ck_assert_str_eq(req.handshake.key, KEY);
	ck_assert_str_eq(req.target, "lab1");
	ck_assert_int_eq(
	    handshake_format_answer(&req.handshake, out, sizeof(out)),
	    sizeof(expected) - 1);
	ck_assert_str_eq(out, expected);
	ck_assert_int_eq(
	    handshake_format_answer(&req.handshake, out, sizeof(expected)),
	    sizeof(expected) - 1);
	ck_assert_int_eq(
	    handshake_format_answer(&req.handshake, out, sizeof(expected) - 1),
	    VB_ERANGE);
}
END_TEST

static const struct {
	const char *rule;
	const char *fields;
	int status;
} shapes[] = {
    {"4.2.1: all is there", F_ALL, 0},
    {"4.2.1: in another order", F_KEY F_VERSION F_CONNECTION F_UPGRADE, 0},
    {"4.2.1: case of values",
	"upgrade: WebSocket\r\nconnection: UPGRADE\r\n" F_VERSION F_KEY, 0},
    {"4.2.1: a list (Firefox)",
	F_UPGRADE "Connection: keep-alive, Upgrade\r\n" F_VERSION F_KEY, 0},
    {"4.2.1: several Connection fields", "Connection: keep-alive\r\n" F_ALL, 0},
    {"4.2.1: a list of upgrades",
	"Upgrade: h2c, websocket\r\n" F_CONNECTION F_VERSION F_KEY, 0},
    {"11.3.2: extensions are ignored",
	F_ALL "Sec-WebSocket-Extensions: permessage-deflate\r\n", 0},
    {"no Upgrade", F_CONNECTION F_VERSION F_KEY, 426},
    {"another Upgrade", "Upgrade: h2c\r\n" F_CONNECTION F_VERSION F_KEY, 426},
    {"4.2.1: not the token",
	"Upgrade: websockets\r\n" F_CONNECTION F_VERSION F_KEY, 426},
    {"4.2.1: no Connection", F_UPGRADE F_VERSION F_KEY, 400},
    {"4.2.1: Connection without upgrade",
	F_UPGRADE "Connection: keep-alive\r\n" F_VERSION F_KEY, 400},
    {"4.2.1: no version", F_UPGRADE F_CONNECTION F_KEY, 400},
    {"4.4: an older version",
	F_UPGRADE F_CONNECTION "Sec-WebSocket-Version: 8\r\n" F_KEY, 426},
    {"4.4: a newer version",
	F_UPGRADE F_CONNECTION "Sec-WebSocket-Version: 14\r\n" F_KEY, 426},
    {"4.2.1: a list of versions",
	F_UPGRADE F_CONNECTION "Sec-WebSocket-Version: 13, 8\r\n" F_KEY, 426},
    {"4.1: no leading zeros",
	F_UPGRADE F_CONNECTION "Sec-WebSocket-Version: 013\r\n" F_KEY, 426},
    {"11.3.5: two versions", F_ALL F_VERSION, 400},
    {"4.2.1: no key", F_UPGRADE F_CONNECTION F_VERSION, 400},
    {"11.3.1: two keys", F_ALL F_KEY, 400},
};

#define F_PROTOCOL  "Sec-WebSocket-Protocol: "
#define F_EXTENSION "Sec-WebSocket-Extensions: "

static const struct {
	const char *field;
	int status;
} lists[] = {
    {"Connection: a, ,b", 0},
    {"Connection: a b", 400},
    {"Connection: \"a\"", 400},
    {"Upgrade: h2c, TLS/1.0", 0},
    {"Upgrade: a/", 400},
    {"Upgrade: /a", 400},
    {"Upgrade: a/b/c", 400},
    {"Upgrade: a;b", 400},
    {F_PROTOCOL "a,, b", 0},
    {F_PROTOCOL, 0}, /* 9110 5.6.1.2: empty elements are none */
    {F_PROTOCOL ", ,", 0},
    {F_PROTOCOL "\t", 0},
    {F_PROTOCOL "\r\n" F_PROTOCOL "a", 0},
    {F_PROTOCOL ", a b", 400},
    {F_PROTOCOL "a b", 400},
    {F_PROTOCOL "\"a\"", 400},
    {F_PROTOCOL "a;b", 400},
    {F_EXTENSION "a", 0},
    {F_EXTENSION "a;b ; c=d;e = \"f\", g", 0},
    {F_EXTENSION "a; b=\"\\c\"", 0},
    {F_EXTENSION, 0},
    {F_EXTENSION " , ,", 0},
    {F_EXTENSION "\r\n" F_EXTENSION "a;", 400},
    {F_EXTENSION "a=b", 400},
    {F_EXTENSION ";a", 400},
    {F_EXTENSION "a;", 400},
    {F_EXTENSION "a;;b", 400},
    {F_EXTENSION "a; b=", 400},
    {F_EXTENSION "a; =b", 400},
    {F_EXTENSION "a; b=c=d", 400},
    {F_EXTENSION "a; b=\"", 400},
    {F_EXTENSION "a; b=\"\"", 400},
    {F_EXTENSION "a; b=\"c", 400},
    {F_EXTENSION "a; b=\"c\\\"", 400},
    {F_EXTENSION "a; b=\"cd", 400},
    {F_EXTENSION "a; b=\"c\\d", 400},
    {F_EXTENSION "a; b=\"c,d\"", 400},
    {F_EXTENSION "a; b=\"c;d\"", 400},
    {F_EXTENSION "a; b=\"c d\"", 400},
    {F_EXTENSION "a; b=\"c\"d", 400},
};

START_TEST(handshake_checks_the_grammar_of_lists_4_2_1)
{
	char fields[512];

	snprintf(fields, sizeof(fields), "%s\r\n" F_ALL, lists[_i].field);
	ck_assert_msg(
	    shake("h", fields) == lists[_i].status, "%s", lists[_i].field);
}
END_TEST

START_TEST(handshake_checks_the_fields_of_4_2_1)
{
	ck_assert_msg(shake("h", shapes[_i].fields) == shapes[_i].status, "%s",
	    shapes[_i].rule);
}
END_TEST

static const struct {
	const char *key;
	int is_good;
} keys[] = {
    {"AAAAAAAAAAAAAAAAAAAAAA==", 1}, {"zZ09+/zZ09+/zZ09+/zZ0Q==", 1},
    {"AAAAAAAAAAAAAAAAAAAAAB==", 1},	      /* RFC 4648, 3.5: pad bits */
    {"", 0}, {"AAAAAAAAAAAAAAAAAAAAAAA=", 0}, /* 17 bytes */
    {"AAAAAAAAAAAAAAAAAAAAAAAA", 0},	      /* 18 bytes */
    {"AAAAAAAAAAAAAAAAAAAA", 0},	      /* 15 bytes */
    {"AAAAAAAAAAAAAAAAAAAAAA", 0},	      /* no padding */
    {"AAAAAAAAAAAAAAAAAAAAA===", 0}, {"AAAAAAAAAAAAAAAAAAAAAA=A", 0},
    {"AAAAAAAAAAAAAAAAAAAAAA===", 0},
    {"AAAAAAAAAAAAAAAAAAAA-_==", 0}, /* base64url */
    {"AAAAAAAAAA AAAAAAAAAAA==", 0},
    {"AAAAAAAAAAAAAAAAAAAA\xe9"
     "A==",
	0},
    {"AAAAAAAAAAAAAAAAAAAAAA==, x", 0},
    {"SGVsbG8sIHdvcmxkIQ==", 0}, /* 13 bytes */
};

START_TEST(handshake_takes_only_a_key_of_16_bytes_4_2_1)
{
	char fields[512];

	snprintf(fields, sizeof(fields),
	    F_UPGRADE F_CONNECTION F_VERSION "Sec-WebSocket-Key: %s\r\n",
	    keys[_i].key);
	ck_assert_msg(shake("h", fields) == (keys[_i].is_good ? 0 : 400), "%s",
	    keys[_i].key);
	if (keys[_i].is_good)
		ck_assert_str_eq(req.handshake.key, keys[_i].key);
}
END_TEST

static const struct {
	const char *fields;
	int offers;
} protocols[] = {
    {"", 0},
    {"Sec-WebSocket-Protocol: binary\r\n", 1},
    {"Sec-WebSocket-Protocol: base64, binary\r\n", 1}, /* older noVNC */
    {"Sec-WebSocket-Protocol: binary,base64\r\n", 1},
    {"Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: binary\r\n", 1},
    {"Sec-WebSocket-Protocol: base64\r\n", 0},
    {"Sec-WebSocket-Protocol: Binary\r\n", 0}, /* compared byte for byte */
    {"Sec-WebSocket-Protocol: binary2\r\n", 0},
    {"Sec-WebSocket-Protocol: bin\r\n", 0},
    {"Sec-WebSocket-Protocol:\r\n", 0},
    {"Sec-WebSocket-Protocol: , binary ,\r\n", 1},
    {"Protocol: binary\r\n", 0},
};

START_TEST(handshake_answers_binary_if_and_only_if_it_was_offered)
{
	char fields[512], out[512];

	snprintf(fields, sizeof(fields), F_ALL "%s", protocols[_i].fields);
	ck_assert_int_eq(shake("h", fields), 0);
	ck_assert_int_eq(req.handshake.offers_binary, protocols[_i].offers);
	ck_assert_int_gt(
	    handshake_format_answer(&req.handshake, out, sizeof(out)), 0);
	ck_assert_int_eq(
	    strstr(out, "\r\nSec-WebSocket-Protocol: binary\r\n") != NULL,
	    protocols[_i].offers);
}
END_TEST

static const struct {
	const char *host;
	const char *origin; /* NULL: none */
	int is_allowed;
} origins[] = {
    {"h", NULL, 1},
    {"h", "http://h", 1},
    {"h", "https://h", 1},
    {"h", "HTTP://H", 1},
    {"h:80", "http://h", 1},
    {"h", "http://h:80", 1},
    {"h:443", "https://h", 1},
    {"h", "https://h:443", 1},
    {"h:6080", "http://h:6080", 1},
    {"h:6080", "https://h:6080", 1},
    {"h:06080", "http://h:6080", 1},
    {"[::1]:6080", "http://[::1]:6080", 1},
    {"192.168.0.1:6080", "http://192.168.0.1:6080", 1},
    {"h", "https://panel.example", 1}, /* listed */
    {"h", "null", 0},
    {"h", "", 0},
    {"h", "h", 0},
    {"h", "http://", 0},
    {"h", "http://h/", 0},
    {"h", "http://h/x", 0},
    {"h", "http://h h", 0},
    {"h", "http://u@h", 0},
    {"h", "http://evil", 0},
    {"h", "http://h.evil", 0},
    {"h", "http://evil.h", 0},
    {"h", "http://hh", 0},
    {"h", "http://h:81", 0},
    {"h", "http://h:443", 0},
    {"h", "https://h:80", 0},
    {"h:80", "https://h", 0},
    {"h:443", "http://h", 0},
    {"h:6080", "http://h", 0},
    {"h:6080", "http://h:6081", 0},
    {"h", "ftp://h", 0},
    {"h", "ws://h", 0},
    {"h", "file://", 0},
    {"h", "moz-extension://h", 0},
    {"h", "http:h", 0},
    {"[::1]", "http://[::2]", 0},
    {"h", "http://h, http://h", 0},
    {"h", "http://h http://evil", 0},
    {"h", "http://h:", 1},
    {"h", "https://panel.example.evil", 0},
};

START_TEST(handshake_takes_only_its_own_or_a_listed_origin_10_2)
{
	char fields[512];

	if (origins[_i].origin == NULL)
		snprintf(fields, sizeof(fields), F_ALL);
	else
		snprintf(fields, sizeof(fields), F_ALL "Origin: %s\r\n",
		    origins[_i].origin);
	ck_assert_msg(shake(origins[_i].host, fields) ==
		(origins[_i].is_allowed ? 0 : 403),
	    "%s from %s", origins[_i].host, origins[_i].origin);
}
END_TEST

START_TEST(handshake_refuses_two_origins_and_a_missing_one_if_it_must)
{
	ck_assert_int_eq(
	    shake("h", F_ALL "Origin: http://h\r\nOrigin: http://h\r\n"), 403);
	rules.origins.is_required = 1;
	ck_assert_int_eq(shake("h", F_ALL), 403);
	ck_assert_int_eq(shake("h", F_ALL "Origin: http://h\r\n"), 0);
	rules.origins.is_required = 0;
}
END_TEST

START_TEST(handshake_needs_no_list_of_origins)
{
	rules.origins.is_listed = NULL;
	ck_assert_int_eq(
	    shake("h", F_ALL "Origin: https://panel.example\r\n"), 403);
	ck_assert_int_eq(shake("h", F_ALL "Origin: https://h\r\n"), 0);
	rules.origins.is_listed = is_panel;
}
END_TEST

START_TEST(handshake_judges_origin_by_the_host_of_absolute_form)
{
	static const char bytes[] =
	    "GET http://h:6080/proxy?target=a HTTP/1.1\r\n"
	    "Host: evil\r\nOrigin: http://evil\r\n" F_ALL "\r\n";
	int may_continue;

	ck_assert_int_eq(
	    http_parse_head(bytes, sizeof(bytes) - 1, HTTP_HEAD_MAX, &head),
	    sizeof(bytes) - 1);
	ck_assert_int_eq(
	    request_classify(&head, &rules, &req, &may_continue), 403);
}
END_TEST

static Suite *
handshake_suite(void)
{
	Suite *s = suite_create("handshake");
	TCase *t = tcase_create("handshake");

	suite_add_tcase(s, t);
	tcase_add_test(t, handshake_computes_the_answer_of_rfc_6455_1_3);
	tcase_add_test(t, handshake_writes_the_answer_of_4_2_2);
	tcase_add_loop_test(
	    t, handshake_checks_the_fields_of_4_2_1, 0, COUNT(shapes));
	tcase_add_loop_test(
	    t, handshake_checks_the_grammar_of_lists_4_2_1, 0, COUNT(lists));
	tcase_add_loop_test(
	    t, handshake_takes_only_a_key_of_16_bytes_4_2_1, 0, COUNT(keys));
	tcase_add_loop_test(t,
	    handshake_answers_binary_if_and_only_if_it_was_offered, 0,
	    COUNT(protocols));
	tcase_add_loop_test(t,
	    handshake_takes_only_its_own_or_a_listed_origin_10_2, 0,
	    COUNT(origins));
	tcase_add_test(
	    t, handshake_refuses_two_origins_and_a_missing_one_if_it_must);
	tcase_add_test(t, handshake_needs_no_list_of_origins);
	tcase_add_test(t, handshake_judges_origin_by_the_host_of_absolute_form);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(handshake_suite());
	struct names *names = names_new();
	int failed;

	if (names == NULL || names_add(names, "h", 1, NAMES_ANY_LABELS) < 0)
		return EXIT_FAILURE;
	names_sort(names);
	rules.names = names;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	names_free(names);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
