/* SPDX-License-Identifier: ISC */
/*
 * The request head parser against RFC 9112 (and 9110, 3986). Each head is
 * given in memory of exactly its size, so that a sanitizer sees a byte too
 * many, and also a byte more at a time, as a slow client sends it.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/http.h"

#define HTTP_HEAD_MAX 8192 /* as request-head is in these tests */

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define TEXT(t)	      t, sizeof(t) - 1
#define HOST	      "Host: h\r\n"

static struct http_head head;
static char *copy; /* what head's spans point into */

static int
parse(const char *text, size_t len)
{
	free(copy);
	copy = malloc(len > 0 ? len : 1);
	memcpy(copy, text, len);
	return http_parse_head(copy, len, HTTP_HEAD_MAX, &head);
}

/* Each prefix by itself: the first answer that is not "more". */
static int
parse_dripping(const char *text, size_t len, size_t *needed)
{
	size_t n;
	int result = 0;

	for (n = 0; n <= len && result == 0; n++)
		result = parse(text, n);
	*needed = n - 1;
	return result;
}

static void
free_copy(void)
{
	free(copy);
	copy = NULL;
}

static void
assert_span(const struct http_span *span, const char *text)
{
	ck_assert_msg(
	    span->len == strlen(text) && memcmp(span->p, text, span->len) == 0,
	    "'%.*s' is not '%s'", (int)span->len, span->p, text);
}

START_TEST(http_takes_a_head_apart)
{
	static const char text[] = "GET /proxy?target=%5B::1%5D HTTP/1.1\r\n"
				   "Host: bridge:6080\r\n"
				   "Upgrade:websocket\r\n"
				   "X-Empty:\r\n"
				   "x-blank: \t \r\n"
				   "X-Wide: \t a  b\xe9 \t\r\n"
				   "\r\n";

	ck_assert_int_eq(parse(TEXT(text)), sizeof(text) - 1);
	assert_span(&head.method, "GET");
	assert_span(&head.target, "/proxy?target=%5B::1%5D");
	ck_assert_int_eq(head.minor, 1);
	assert_span(&head.host, "bridge:6080");
	ck_assert_uint_eq(head.field_count, 5);
	assert_span(&head.fields[1].name, "Upgrade");
	assert_span(&head.fields[1].value, "websocket");
	assert_span(&head.fields[2].value, "");
	assert_span(&head.fields[3].value, "");
	assert_span(&head.fields[4].value, "a  b\xe9");
}
END_TEST

START_TEST(http_leaves_what_follows_the_head)
{
	static const char text[] = "GET / HTTP/1.1\r\n" HOST "\r\n"
				   "\x82\x80\n\n\r\n";

	ck_assert_int_eq(parse(TEXT(text)), sizeof(text) - 1 - 6);
}
END_TEST

static const struct {
	const char *rule;
	const char *text;
	size_t len;
} good[] = {
    {"9112 2.2: one empty line in front",
	TEXT("\r\nGET / HTTP/1.1\r\n" HOST "\r\n")},
    {"9112 3.2: HTTP/1.0 needs no Host", TEXT("GET / HTTP/1.0\r\n\r\n")},
    {"9112 2.3: a higher minor version",
	TEXT("GET / HTTP/1.9\r\n" HOST "\r\n")},
    {"9112 3.2.1: brackets as browsers leave them",
	TEXT("GET /[::1]:5901?a|b{c}^` HTTP/1.1\r\n" HOST "\r\n")},
    {"9112 3.2.2: absolute-form",
	TEXT("GET http://h/x HTTP/1.1\r\n" HOST "\r\n")},
    {"9112 3.2.2: absolute-form without a path",
	TEXT("GET HTTPS://h:443 HTTP/1.1\r\n" HOST "\r\n")},
    {"9110 9.1: any token is a method",
	TEXT("!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\n" HOST "\r\n")},
    {"9110 5.6.2: any token is a name",
	TEXT("GET / HTTP/1.1\r\n" HOST "!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n")},
    {"9110 5.5: VCHAR, blanks, obs-text",
	TEXT("GET / HTTP/1.1\r\n" HOST "a: !\"#\t \\]~\x80\xff\r\n\r\n")},
    {"9112 6.3: a length",
	TEXT("GET / HTTP/1.1\r\n" HOST "content-length: 0017\r\n\r\n")},
    {"9112 6.1: chunked",
	TEXT("GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n")},
    {"9112 6.1: chunked behind another",
	TEXT(
	    "GET / HTTP/1.1\r\n" HOST
	    "Transfer-Encoding: gzip\r\ntransfer-encoding: , CHUNKED\r\n\r\n")},
    {"9110 7.2: Host of v6", TEXT("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n")},
    {"9110 7.2: Host of v6, no port",
	TEXT("GET / HTTP/1.1\r\nHost: [fe80::ffff:1.2.3.4]\r\n\r\n")},
    {"3986 3.2.3: an empty port", TEXT("GET / HTTP/1.1\r\nHost: h:\r\n\r\n")},
    {"3986 3.2.2: reg-name",
	TEXT("GET / HTTP/1.1\r\nHost: a-._~!$&'()*+,;=%41z\r\n\r\n")},
    {"3986 3.2.3: the last port",
	TEXT("GET / HTTP/1.1\r\nHost: h:65535\r\n\r\n")},
};

START_TEST(http_takes_what_the_rules_allow)
{
	size_t needed;

	ck_assert_msg(parse(good[_i].text, good[_i].len) == (int)good[_i].len,
	    "%s", good[_i].rule);
	ck_assert_msg(parse_dripping(good[_i].text, good[_i].len, &needed) ==
		(int)good[_i].len,
	    "%s, dripping", good[_i].rule);
	ck_assert_uint_eq(needed, good[_i].len);
}
END_TEST

/* needed: the byte that gives it away, 0 where the line must be whole */
static const struct {
	const char *rule;
	const char *text;
	size_t len;
	int status;
	size_t needed;
} bad[] = {
    {"9112 2.2: two empty lines", TEXT("\r\n\r\nGET / HTTP/1.1\r\n"), 400, 3},
    {"9112 2.2: a bare LF in front", TEXT("\nGET / HTTP/1.1\r\n"), 400, 1},
    {"9112 2.2: a bare CR in front", TEXT("\rGET / HTTP/1.1\r\n"), 400, 2},
    {"9112 3: no method", TEXT(" / HTTP/1.1\r\n"), 400, 1},
    {"9112 3: a TLS hello", TEXT("\x16\x03\x01\x02"), 400, 1},
    {"9110 9.1: a colon in the method", TEXT("GE:T /"), 400, 3},
    {"9112 3: two spaces", TEXT("GET  / HTTP/1.1\r\n"), 400, 5},
    {"9112 3: a tab", TEXT("GET\t/ HTTP/1.1\r\n"), 400, 4},
    {"9112 3: HTTP/0.9", TEXT("GET /\r\n"), 400, 6},
    {"9112 3: two spaces before the version", TEXT("GET /  HTTP/1.1\r\n"), 400,
	7},
    {"9112 3: a space behind the version", TEXT("GET / HTTP/1.1 \r\n"), 400,
	15},
    {"9112 2.2: a bare LF behind the version", TEXT("GET / HTTP/1.1\n"), 400,
	15},
    {"9112 2.2: a bare CR behind the version", TEXT("GET / HTTP/1.1\rH"), 400,
	16},
    {"9112 3.2: NUL in the target", TEXT("GET /\0 HTTP/1.1\r\n"), 400, 6},
    {"9112 3.2: DEL in the target", TEXT("GET /\x7f HTTP/1.1\r\n"), 400, 6},
    {"3986 2: bytes above ASCII", TEXT("GET /\xc3\xa9 HTTP/1.1\r\n"), 400, 6},
    {"3986 3.5: a fragment", TEXT("GET /a#b HTTP/1.1\r\n"), 400, 7},
    {"3986 2: a backslash", TEXT("GET /\\ HTTP/1.1\r\n"), 400, 6},
    {"3986 2: a quote", TEXT("GET /\" HTTP/1.1\r\n"), 400, 6},
    {"3986 2: <", TEXT("GET /< HTTP/1.1\r\n"), 400, 6},
    {"3986 2: >", TEXT("GET /> HTTP/1.1\r\n"), 400, 6},
    {"9112 3.2.4: asterisk-form", TEXT("OPTIONS * HTTP/1.1\r\n"), 400, 9},
    {"9112 3.2.3: authority-form", TEXT("CONNECT h:443 HTTP/1.1\r\n"), 400, 0},
    {"9112 3.2.2: another scheme", TEXT("GET ftp://h/ HTTP/1.1\r\n"), 400, 0},
    {"9112 3.2.2: no host", TEXT("GET http:/// HTTP/1.1\r\n"), 400, 0},
    {"9112 3.2.2: nothing behind the scheme", TEXT("GET http:// HTTP/1.1\r\n"),
	400, 0},
    {"9110 4.2.4: userinfo", TEXT("GET http://a@h/ HTTP/1.1\r\n"), 400, 0},
    {"9112 3.2: a relative path", TEXT("GET x HTTP/1.1\r\n"), 400, 0},
    {"9112 2.3: a lower-case name", TEXT("GET / http/1.1\r\n"), 400, 7},
    {"9112 2.3: another name", TEXT("GET / HTCPCP/1.1\r\n"), 400, 9},
    {"9112 2.3: no digit", TEXT("GET / HTTP/x.1\r\n"), 400, 12},
    {"9112 2.3: two digits", TEXT("GET / HTTP/11.1\r\n"), 400, 13},
    {"9112 2.3: no minor", TEXT("GET / HTTP/1\r\n"), 400, 13},
    {"9112 2.3: no minor digit", TEXT("GET / HTTP/1.\r\n"), 400, 14},
    {"9112 2.3: two minor digits", TEXT("GET / HTTP/1.10\r\n"), 400, 15},
    {"9110 15.6.6: HTTP/2", TEXT("GET / HTTP/2.0\r\n"), 505, 12},
    {"9110 15.6.6: HTTP/0.9", TEXT("GET / HTTP/0.9\r\n"), 505, 12},
    {"9112 5.2: obs-fold", TEXT("GET / HTTP/1.0\r\na: b\r\n c\r\n\r\n"), 400,
	23},
    {"9112 5.2: obs-fold by tab", TEXT("GET / HTTP/1.0\r\na: b\r\n\tc\r\n"),
	400, 23},
    {"9112 2.2: white space before the first field",
	TEXT("GET / HTTP/1.0\r\n a: b\r\n"), 400, 17},
    {"9112 5.1: a space before the colon", TEXT("GET / HTTP/1.0\r\na : b\r\n"),
	400, 18},
    {"9112 5.1: a tab before the colon", TEXT("GET / HTTP/1.0\r\na\t: b\r\n"),
	400, 18},
    {"9110 5.1: no name", TEXT("GET / HTTP/1.0\r\n: b\r\n"), 400, 17},
    {"9110 5.1: no colon", TEXT("GET / HTTP/1.0\r\nab\r\n"), 400, 19},
    {"9110 5.6.2: a slash in a name", TEXT("GET / HTTP/1.0\r\na/b: c\r\n"), 400,
	18},
    {"9110 5.6.2: a byte above ASCII in a name",
	TEXT("GET / HTTP/1.0\r\na\xe9: c\r\n"), 400, 18},
    {"9112 2.2: a bare LF behind a field", TEXT("GET / HTTP/1.0\r\na: b\n"),
	400, 21},
    {"9112 2.2: a bare CR in a field", TEXT("GET / HTTP/1.0\r\na: b\rc\r\n"),
	400, 22},
    {"9112 2.2: LF LF at the end", TEXT("GET / HTTP/1.0\r\n\n"), 400, 17},
    {"9112 2.2: CR without LF at the end", TEXT("GET / HTTP/1.0\r\n\rx"), 400,
	18},
    {"9110 5.5: NUL in a value", TEXT("GET / HTTP/1.0\r\na: \0\r\n"), 400, 20},
    {"9110 5.5: ESC in a value", TEXT("GET / HTTP/1.0\r\na: \x1b\r\n"), 400,
	20},
    {"9110 5.5: DEL in a value", TEXT("GET / HTTP/1.0\r\na: \x7f\r\n"), 400,
	20},
    {"9112 3.2: no Host", TEXT("GET / HTTP/1.1\r\na: b\r\n\r\n"), 400, 24},
    {"9112 3.2: no Host with absolute-form",
	TEXT("GET http://h/ HTTP/1.1\r\n\r\n"), 400, 26},
    {"9112 3.2: two Hosts", TEXT("GET / HTTP/1.1\r\n" HOST "hOST: h\r\n\r\n"),
	400, 34},
    {"9112 3.2: two Hosts in HTTP/1.0",
	TEXT("GET / HTTP/1.0\r\n" HOST "Host: h\r\n\r\n"), 400, 34},
    {"DESIGN 4: an empty Host", TEXT("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 400,
	23},
    {"9110 7.2: a blank in Host", TEXT("GET / HTTP/1.1\r\nHost: a b\r\n"), 400,
	27},
    {"9110 7.2: a path in Host", TEXT("GET / HTTP/1.1\r\nHost: h/p\r\n"), 400,
	27},
    {"9110 7.2: userinfo in Host", TEXT("GET / HTTP/1.1\r\nHost: u@h\r\n"), 400,
	27},
    {"9110 7.2: only a port", TEXT("GET / HTTP/1.1\r\nHost: :80\r\n"), 400, 27},
    {"3986 3.2.3: a port of letters", TEXT("GET / HTTP/1.1\r\nHost: h:x\r\n"),
	400, 27},
    {"3986 3.2.3: a sign", TEXT("GET / HTTP/1.1\r\nHost: h:+8\r\n"), 400, 28},
    {"3986 3.2.3: two ports", TEXT("GET / HTTP/1.1\r\nHost: h:8:8\r\n"), 400,
	29},
    {"3986 3.2.3: a port too big", TEXT("GET / HTTP/1.1\r\nHost: h:65536\r\n"),
	400, 31},
    {"3986 3.2.3: a port that overflows",
	TEXT("GET / HTTP/1.1\r\nHost: h:99999999999999999999\r\n"), 400, 0},
    {"3986 3.2.2: a bad escape", TEXT("GET / HTTP/1.1\r\nHost: h%4\r\n"), 400,
	27},
    {"3986 3.2.2: no hex", TEXT("GET / HTTP/1.1\r\nHost: h%4g\r\n"), 400, 28},
    {"3986 3.2.2: no hex at first", TEXT("GET / HTTP/1.1\r\nHost: %g4\r\n"),
	400, 27},
    {"3986 3.2.2: a byte above ASCII", TEXT("GET / HTTP/1.1\r\nHost: \xe9\r\n"),
	400, 25},
    {"3986 3.2.2: v6 without brackets", TEXT("GET / HTTP/1.1\r\nHost: ::1\r\n"),
	400, 27},
    {"3986 3.2.2: an open bracket", TEXT("GET / HTTP/1.1\r\nHost: [::1\r\n"),
	400, 28},
    {"3986 3.2.2: nothing in brackets", TEXT("GET / HTTP/1.1\r\nHost: []\r\n"),
	400, 26},
    {"3986 3.2.2: a name in brackets", TEXT("GET / HTTP/1.1\r\nHost: [h]\r\n"),
	400, 27},
    {"3986 3.2.2: v4 in brackets",
	TEXT("GET / HTTP/1.1\r\nHost: [1.2.3.4]\r\n"), 400, 33},
    {"6874: a zone", TEXT("GET / HTTP/1.1\r\nHost: [fe80::1%251]\r\n"), 400, 0},
    {"3986 3.2.2: too long for v6",
	TEXT("GET / HTTP/1.1\r\nHost: ["
	     "00000000000000000000000000000000000"
	     "00000000000000::1]\r\n"),
	400, 0},
    {"3986 3.2: text behind the bracket",
	TEXT("GET / HTTP/1.1\r\nHost: [::1]80\r\n"), 400, 31},
    {"9112 6.3: an empty length", TEXT("GET / HTTP/1.0\r\nContent-Length:\r\n"),
	400, 0},
    {"9112 6.3: a sign", TEXT("GET / HTTP/1.0\r\nContent-Length: +1\r\n"), 400,
	0},
    {"9112 6.3: hex", TEXT("GET / HTTP/1.0\r\nContent-Length: 0x1\r\n"), 400,
	0},
    {"9112 6.3: a list", TEXT("GET / HTTP/1.0\r\nContent-Length: 1, 1\r\n"),
	400, 0},
    {"9112 6.3: two lengths",
	TEXT("GET / HTTP/1.0\r\nContent-Length: 1\r\ncontent-length: 1\r\n"),
	400, 0},
    {"9112 6.1: length, then encoding",
	TEXT("GET / HTTP/1.0\r\nContent-Length: 1\r\n"
	     "Transfer-Encoding: chunked\r\n"),
	400, 0},
    {"9112 6.3: a last coding that is not chunked",
	TEXT("GET / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n"), 400, 0},
    {"9112 6.3: a coding behind chunked",
	TEXT("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n"
	     "transfer-encoding: x\r\n\r\n"),
	400, 0},
    {"9112 6.1: chunked twice",
	TEXT("GET / HTTP/1.0\r\nTransfer-Encoding: chunked,chunked\r\n\r\n"),
	400, 0},
    {"9112 7.1: chunked has no parameters",
	TEXT("GET / HTTP/1.0\r\nTransfer-Encoding: chunked;a\r\n\r\n"), 400, 0},
    {"9112 6.1: no coding",
	TEXT("GET / HTTP/1.0\r\nTransfer-Encoding: ,\r\n\r\n"), 400, 0},
    {"9112 6.1: encoding, then length",
	TEXT("GET / HTTP/1.0\r\ntransfer-encoding: chunked\r\n"
	     "Content-Length: 1\r\n"),
	400, 0},
};

START_TEST(http_refuses_what_the_rules_forbid_at_the_byte_that_shows_it)
{
	size_t needed;

	ck_assert_msg(parse(bad[_i].text, bad[_i].len) == -bad[_i].status,
	    "%s: %d", bad[_i].rule, parse(bad[_i].text, bad[_i].len));
	ck_assert_msg(parse_dripping(bad[_i].text, bad[_i].len, &needed) ==
		-bad[_i].status,
	    "%s, dripping", bad[_i].rule);
	if (bad[_i].needed > 0)
		ck_assert_msg(needed == bad[_i].needed, "%s: at %zu",
		    bad[_i].rule, needed);
}
END_TEST

START_TEST(http_takes_every_byte_of_a_name_as_rfc_9110_5_6_2_has_it)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";
	char text[] = "GET / HTTP/1.0\r\n?: v\r\n\r\n";
	int is_token = (_i >= '0' && _i <= '9') || (_i >= 'a' && _i <= 'z') ||
	    (_i >= 'A' && _i <= 'Z') ||
	    (_i > 0 && _i < 0x80 && strchr(marks, _i) != NULL);

	text[16] = (char)_i;
	if (_i == ':') /* the rest is the value */
		ck_assert_int_eq(parse(TEXT(text)), -400);
	else if (_i == '\r')
		ck_assert_int_eq(parse(TEXT(text)), -400);
	else
		ck_assert_int_eq(
		    parse(TEXT(text)), is_token ? (int)sizeof(text) - 1 : -400);
}
END_TEST

START_TEST(http_takes_every_byte_of_a_value_as_rfc_9110_5_5_has_it)
{
	char text[] = "GET / HTTP/1.0\r\na: x?x\r\n\r\n";
	int is_value = _i == '\t' || (_i >= ' ' && _i != 0x7f);

	text[20] = (char)_i;
	ck_assert_int_eq(
	    parse(TEXT(text)), is_value ? (int)sizeof(text) - 1 : -400);
}
END_TEST

START_TEST(http_takes_absolute_forms_host_over_the_field_9112_3_2_2)
{
	static const char with_path[] =
	    "GET http://t.example:81/a?b HTTP/1.1\r\nHost: other\r\n\r\n";
	static const char no_path[] =
	    "GET https://[::1]?b HTTP/1.1\r\nHost: other\r\n\r\n";

	ck_assert_int_eq(parse(TEXT(with_path)), sizeof(with_path) - 1);
	assert_span(&head.host, "t.example:81");
	assert_span(&head.target, "/a?b");
	ck_assert_int_eq(parse(TEXT(no_path)), sizeof(no_path) - 1);
	assert_span(&head.host, "[::1]");
	assert_span(&head.target, "?b");
}
END_TEST

/* Fills buf with a head of exactly size bytes; returns buf. */
static char *
make_head(char *buf, size_t size)
{
	static const char start[] = "GET / HTTP/1.1\r\n" HOST "a: ";

	memset(buf, 'v', size);
	memcpy(buf, start, sizeof(start) - 1);
	memcpy(buf + size - 4, "\r\n\r\n", 4);
	return buf;
}

START_TEST(http_takes_a_head_of_8192_bytes_and_not_of_one_more)
{
	char buf[HTTP_HEAD_MAX + 2];

	make_head(buf, HTTP_HEAD_MAX);
	ck_assert_int_eq(parse(buf, HTTP_HEAD_MAX), HTTP_HEAD_MAX);
	ck_assert_int_eq(parse(buf, HTTP_HEAD_MAX - 1), 0);
	buf[HTTP_HEAD_MAX] = buf[HTTP_HEAD_MAX + 1] = '\n';
	ck_assert_int_eq(parse(buf, sizeof(buf)), HTTP_HEAD_MAX);
	make_head(buf, HTTP_HEAD_MAX + 1);
	ck_assert_int_eq(parse(buf, HTTP_HEAD_MAX + 1), -431);
	ck_assert_int_eq(parse(buf, HTTP_HEAD_MAX), -431);
	ck_assert_int_eq(parse(buf, HTTP_HEAD_MAX - 1), 0);
}
END_TEST

START_TEST(http_answers_414_when_the_request_line_alone_is_too_long)
{
	static const char end[] = " HTTP/1.0\r\n\r\n";
	char buf[HTTP_HEAD_MAX + 1];

	memset(buf, '/', sizeof(buf));
	memcpy(buf, "GET ", 4);
	ck_assert_int_eq(parse(buf, HTTP_HEAD_MAX - 1), 0);
	ck_assert_int_eq(parse(buf, HTTP_HEAD_MAX), -414);
	ck_assert_int_eq(parse(buf, sizeof(buf)), -414);
	memcpy(buf + HTTP_HEAD_MAX - strlen(end), end, strlen(end));
	ck_assert_int_eq(parse(buf, HTTP_HEAD_MAX), HTTP_HEAD_MAX);
}
END_TEST

START_TEST(http_takes_64_fields_and_not_one_more)
{
	char buf[2048] = "GET / HTTP/1.0\r\n";
	size_t i, n;

	for (i = 0; i < HTTP_FIELDS_MAX; i++)
		strcat(buf, "a: b\r\n");
	n = strlen(buf);
	strcat(buf, "\r\n");
	ck_assert_int_eq(parse(buf, n + 2), (int)n + 2);
	ck_assert_uint_eq(head.field_count, HTTP_FIELDS_MAX);
	strcpy(buf + n, "a");
	ck_assert_int_eq(parse(buf, n + 1), -431);
}
END_TEST

static Suite *
http_suite(void)
{
	Suite *s = suite_create("http");
	TCase *t = tcase_create("head");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60); /* seconds, for sanitizers */
	tcase_add_checked_fixture(t, NULL, free_copy);
	tcase_add_test(t, http_takes_a_head_apart);
	tcase_add_test(t, http_leaves_what_follows_the_head);
	tcase_add_loop_test(t, http_takes_what_the_rules_allow, 0, COUNT(good));
	tcase_add_loop_test(t,
	    http_refuses_what_the_rules_forbid_at_the_byte_that_shows_it, 0,
	    COUNT(bad));
	tcase_add_loop_test(t,
	    http_takes_every_byte_of_a_name_as_rfc_9110_5_6_2_has_it, 0, 256);
	tcase_add_loop_test(
	    t, http_takes_every_byte_of_a_value_as_rfc_9110_5_5_has_it, 0, 256);
	tcase_add_test(
	    t, http_takes_absolute_forms_host_over_the_field_9112_3_2_2);
	tcase_add_test(t, http_takes_a_head_of_8192_bytes_and_not_of_one_more);
	tcase_add_test(
	    t, http_answers_414_when_the_request_line_alone_is_too_long);
	tcase_add_test(t, http_takes_64_fields_and_not_one_more);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(http_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
