/* SPDX-License-Identifier: ISC */
/*
 * The PROXY protocol's header, versions 1 and 2: the examples of its document,
 * each rule broken once, and each cut.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/proxy_header.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define SIG	  "\r\n\r\n\0\r\nQUIT\n"
#define V4	  "\xc0\0\x02\x01\xc0\0\x02\x02\x12\x67\x17\x0d"
#define V4_SHOWN  "192.0.2.1:4711"
#define LINE_TCP4 "PROXY TCP4 192.0.2.1 192.0.2.2 4711 6080\r\n"
#define V6                                           \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07" \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x08\x12\x67\x17\x0d"
#define SYNTAX VB_ESYNTAX

struct row {
	const char *bytes;
	size_t len;
	int result; /* 1: all of it is used */
	const char *client;
};

#define ROW(text, result, client)                      \
	{                                              \
		text, sizeof(text) - 1, result, client \
	}

static const struct row rows[] = {
    ROW(LINE_TCP4, 1, V4_SHOWN),
    ROW("PROXY TCP6 2001:db8::7 2001:db8::8 4711 6080\r\n", 1,
	"[2001:db8::7]:4711"),
    ROW("PROXY TCP6 ::ffff:192.0.2.1 ::1 4711 6080\r\n", 1, V4_SHOWN),
    ROW("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", 1,
	"255.255.255.255:65535"),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 0 0\r\n", 1, "192.0.2.1:0"),
    ROW("PROXY UNKNOWN\r\n", 1, "local"),
    ROW("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", 1,
	"local"),
    ROW("PROXY UNKNOWN \x01\xff anything, it must not be looked at\r\n", 1,
	"local"),
    /* version 1: each rule once */
    ROW("PROXY UNKNOWNX\r\n", SYNTAX, NULL),
    ROW("PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 \r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1\t192.0.2.2 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 0x1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 h 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 2001:db8::7 2001:db8::8 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP6 2001:db8::7 192.0.2.2 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP6 [::1] ::1 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n", SYNTAX, NULL),
    ROW("proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\rX", SYNTAX, NULL),
    ROW("PROXY TCP4 192.0.2.1 192.0.2.2 1\0 2\r\n", SYNTAX, NULL),
    ROW("PROXY \r\n", SYNTAX, NULL),
    ROW("PROXY\r\n", SYNTAX, NULL),
    ROW("\r\nPROXY UNKNOWN\r\n", SYNTAX, NULL),
    ROW(" PROXY UNKNOWN\r\n", SYNTAX, NULL),
    /* what is not one at all */
    ROW("GET / HTTP/1.1\r\n", SYNTAX, NULL),
    ROW("POST ", SYNTAX, NULL),
    ROW("\x16\x03\x01\x02\0", SYNTAX, NULL),
    ROW("\r\n\r\n\0\r\nQUIX", SYNTAX, NULL),
    /* version 2: both commands, every family */
    ROW(SIG "\x21\x11\0\x0c" V4, 1, V4_SHOWN),
    ROW(SIG "\x21\x21\0\x24" V6, 1, "[2001:db8::7]:4711"),
    ROW(SIG "\x21\0\0\0", 1, "local"),
    ROW(SIG "\x21\0\0\x03"
	    "abc",
	1, "local"),
    ROW(SIG "\x21\x12\0\x0c" V4, 1, "local"),
    ROW(SIG "\x21\x22\0\x24" V6, 1, "local"),
    ROW(SIG "\x21\x10\0\x0c" V4, 1, "local"),
    ROW(SIG "\x20\x11\0\x0c" V4, 1, "local"),
    ROW(SIG "\x20\0\0\0", 1, "local"),
    ROW(SIG "\x20\x11\0\x01"
	    "a",
	1, "local"),
    /* what is appended: NOOP, ALPN, SSL with parts of its own, unknown */
    ROW(SIG "\x21\x11\0\x0f" V4 "\x04\0\0", 1, V4_SHOWN),
    ROW(SIG "\x21\x11\0\x11" V4 "\x01\0\x02h2", 1, V4_SHOWN),
    ROW(SIG "\x21\x11\0\x1b" V4 "\x20\0\x0c\x07\0\0\0\0\x22\0\x04"
	    "evil",
	1, V4_SHOWN),
    ROW(SIG "\x21\x11\0\x10" V4 "\xee\0\x01x", 1, V4_SHOWN),
    ROW(SIG "\x21\x11\0\x13" V4 "\x03\0\x04\xa0\xcc\x10\x5b", 1, V4_SHOWN),
    /* each rule of version 2 once */
    ROW(SIG "\x11\x11\0\x0c" V4, SYNTAX, NULL),
    ROW(SIG "\x31\x11\0\x0c" V4, SYNTAX, NULL),
    ROW(SIG "\x22\x11\0\x0c" V4, SYNTAX, NULL),
    ROW(SIG "\x21\x41\0\x0c" V4, SYNTAX, NULL),
    ROW(SIG "\x21\x13\0\x0c" V4, SYNTAX, NULL),
    ROW(SIG "\x21\x11\0\x0b" V4, SYNTAX, NULL),
    ROW(SIG "\x21\x21\0\x0c" V4, SYNTAX, NULL),
    ROW(SIG "\x21\x31\0\x0c" V4, SYNTAX, NULL),
    ROW(SIG "\x21\x11\0\0", SYNTAX, NULL),
    ROW(SIG "\x21\x11\x0f\xf1" V4, VB_ERANGE, NULL),
    ROW(SIG "\x21\x11\xff\xff" V4, VB_ERANGE, NULL),
    ROW(SIG "\x21\x11\0\x0d" V4 "\x04", SYNTAX, NULL),
    ROW(SIG "\x21\x11\0\x0e" V4 "\x04\0", SYNTAX, NULL),
    ROW(SIG "\x21\x11\0\x0f" V4 "\x04\0\x01", SYNTAX, NULL),
    ROW(SIG "\x21\x11\0\x0f" V4 "\x04\xff\xff", SYNTAX, NULL),
    ROW(SIG "\x21\x11\0\x13" V4 "\x03\0\x04\xa0\xcc\x10\x5a", SYNTAX, NULL),
    ROW(SIG "\x21\x11\0\x13" V4 "\x03\0\x04\0\0\0\0", SYNTAX, NULL),
    ROW(SIG "\x21\x11\0\x12" V4 "\x03\0\x03\xa0\xcc\x10", SYNTAX, NULL),
    ROW(SIG "\x21\x11\0\x1a" V4 "\x03\0\x04\xa0\xcc\x10\x5b"
	    "\x03\0\x04\xa0\xcc\x10\x5b",
	SYNTAX, NULL),
};

/* In memory of its own, so that a read beyond it is found. */
static int
parse(const char *bytes, size_t len, struct proxy_header *header)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	int result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	result = proxy_header_parse(copy, len, header);
	free(copy);
	return result;
}

START_TEST(proxy_header_is_one_or_is_refused_with_a_reason)
{
	const struct row *row = &rows[_i];
	struct proxy_header header;
	char shown[ADDR_TEXT_MAX];
	int result = parse(row->bytes, row->len, &header);

	if (row->result < 0) {
		ck_assert_int_eq(result, row->result);
		ck_assert_ptr_nonnull(header.fault);
		ck_assert_int_eq(header.client.family, ADDR_NONE);
		return;
	}
	ck_assert_int_eq(result, (int)row->len);
	ck_assert_ptr_null(header.fault);
	ck_assert_str_eq(addr_format(&header.client, shown), row->client);
}
END_TEST

/* Of a good one each cut needs more; of a bad one no cut is good. */
START_TEST(proxy_header_is_the_same_however_it_is_cut)
{
	const struct row *row = &rows[_i];
	struct proxy_header header;
	int result = 0;
	size_t len;

	for (len = 0; len < row->len && result == 0; len++)
		result = parse(row->bytes, len, &header);
	if (row->result > 0)
		ck_assert_int_eq(result, 0);
	else
		ck_assert(result == 0 || result == row->result);
}
END_TEST

/* What follows, TLS or HTTP, is not touched. */
START_TEST(proxy_header_ends_where_it_ends)
{
	static const char after[] = "\x16\x03\x01 GET / PROXY \r\n\r\n";
	const struct row *row = &rows[_i];
	struct proxy_header header;
	char bytes[512];

	if (row->result < 0)
		return;
	memcpy(bytes, row->bytes, row->len);
	memcpy(bytes + row->len, after, sizeof(after));
	ck_assert_int_eq(
	    parse(bytes, row->len + sizeof(after), &header), (int)row->len);
}
END_TEST

START_TEST(proxy_header_line_is_so_long_at_most)
{
	char line[256];
	struct proxy_header header;

	memset(line, 'x', sizeof(line));
	memcpy(line, "PROXY UNKNOWN ", 14);
	memcpy(line + 105, "\r\n", 2); /* 107 bytes with them */
	ck_assert_int_eq(parse(line, 107, &header), 107);
	memset(line + 105, 'x', 2);
	ck_assert_int_eq(parse(line, 105, &header), 0);
	ck_assert_int_eq(parse(line, 106, &header), VB_ERANGE);
	memcpy(line + 106, "\r\n", 2);
	ck_assert_int_eq(parse(line, 108, &header), VB_ERANGE);
}
END_TEST

START_TEST(proxy_header_takes_what_fits_and_no_more)
{
	static char bytes[PROXY_HEADER_MAX + 1];
	struct proxy_header header;
	size_t rest = PROXY_HEADER_MAX - 16;

	memcpy(bytes, SIG "\x21\x11", 14);
	memcpy(bytes + 16, V4, 12);
	bytes[14] = (char)(rest >> 8);
	bytes[15] = (char)rest;
	bytes[28] = 4; /* NOOP */
	bytes[29] = (char)((rest - 15) >> 8);
	bytes[30] = (char)(rest - 15);
	ck_assert_int_eq(parse(bytes, PROXY_HEADER_MAX - 1, &header), 0);
	ck_assert_int_eq(
	    parse(bytes, PROXY_HEADER_MAX, &header), PROXY_HEADER_MAX);
	bytes[15]++;
	ck_assert_int_eq(parse(bytes, 16, &header), VB_ERANGE);
}
END_TEST

static const struct {
	const char *client, *listener, *shown;
	size_t len;
} sent[] = {
    {"192.0.2.1:4711", "10.0.0.1:6080", "192.0.2.1:4711", 28},
    {"[2001:db8::7]:4711", "[::1]:6080", "[2001:db8::7]:4711", 52},
    {"192.0.2.1:4711", "[::]:6080", "192.0.2.1:4711", 52},
    {"[2001:db8::7]:4711", "10.0.0.1:6080", "[2001:db8::7]:4711", 52},
    {"192.0.2.1:0", "0.0.0.0:6080", "192.0.2.1:0", 28},
};

START_TEST(proxy_header_that_is_sent_is_read_again)
{
	uint8_t out[PROXY_HEADER_SENT_MAX];
	struct addr client, listener;
	struct proxy_header header;
	char shown[ADDR_TEXT_MAX];

	ck_assert_int_eq(addr_parse_endpoint(sent[_i].client, 1, &client), 0);
	ck_assert_int_eq(
	    addr_parse_endpoint(sent[_i].listener, 1, &listener), 0);
	ck_assert_uint_eq(
	    proxy_header_format(&client, &listener, out), sent[_i].len);
	ck_assert_int_eq(
	    proxy_header_parse(out, sent[_i].len, &header), (int)sent[_i].len);
	ck_assert_str_eq(addr_format(&header.client, shown), sent[_i].shown);
	ck_assert_int_eq(
	    out[sent[_i].len - 2] << 8 | out[sent[_i].len - 1], listener.port);
}
END_TEST

START_TEST(proxy_header_tells_no_address_that_is_not_known)
{
	static const char expected[] = SIG "\x21\0\0\0";
	uint8_t out[PROXY_HEADER_SENT_MAX];
	struct addr client, listener;

	memset(&client, 0, sizeof(client));
	ck_assert_int_eq(addr_parse_endpoint("10.0.0.1:1", 0, &listener), 0);
	ck_assert_uint_eq(proxy_header_format(&client, &listener, out), 16);
	ck_assert_mem_eq(out, expected, 16);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("proxy_header");
	TCase *tc = tcase_create("proxy_header");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, proxy_header_is_one_or_is_refused_with_a_reason,
	    0, COUNT(rows));
	tcase_add_loop_test(
	    tc, proxy_header_is_the_same_however_it_is_cut, 0, COUNT(rows));
	tcase_add_loop_test(
	    tc, proxy_header_ends_where_it_ends, 0, COUNT(rows));
	tcase_add_test(tc, proxy_header_line_is_so_long_at_most);
	tcase_add_test(tc, proxy_header_takes_what_fits_and_no_more);
	tcase_add_loop_test(
	    tc, proxy_header_that_is_sent_is_read_again, 0, COUNT(sent));
	tcase_add_test(tc, proxy_header_tells_no_address_that_is_not_known);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
