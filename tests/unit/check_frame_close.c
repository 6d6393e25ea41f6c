/* SPDX-License-Identifier: ISC */
/*
 * What a server sends (RFC 6455, 5.2 and 5.5), and what a Close may say.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/frame.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	enum ws_opcode opcode;
	uint64_t len;
	const char *head;
	size_t head_len;
} heads[] = {
    {WS_BINARY, 0, "\x82\x00", 2},
    {WS_PONG, 5, "\x8a\x05", 2},
    {WS_BINARY, 125, "\x82\x7d", 2},
    {WS_BINARY, 126, "\x82\x7e\x00\x7e", 4},
    {WS_BINARY, 256, "\x82\x7e\x01\x00", 4}, /* 5.7 */
    {WS_BINARY, 65535, "\x82\x7e\xff\xff", 4},
    {WS_BINARY, 65536, "\x82\x7f\0\0\0\0\0\x01\0\0", 10}, /* 5.7 */
    {WS_BINARY, INT64_MAX, "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10},
};

START_TEST(frame_encodes_lengths_in_the_least_bytes_5_2)
{
	uint8_t out[WS_SERVER_HEAD_MAX];

	ck_assert_uint_eq(ws_encode_head(out, heads[_i].opcode, heads[_i].len),
	    heads[_i].head_len);
	ck_assert_mem_eq(out, heads[_i].head, heads[_i].head_len);
}
END_TEST

START_TEST(frame_encodes_a_close_with_code_and_reason_5_5_1)
{
	uint8_t out[WS_CLOSE_FRAME_MAX];

	ck_assert_uint_eq(ws_encode_close(out, 4501, "no answer"), 13);
	ck_assert_mem_eq(out, "\x88\x0b\x11\x95no answer", 13);
	ck_assert_uint_eq(ws_encode_close(out, 1000, ""), 4);
	ck_assert_mem_eq(out, "\x88\x02\x03\xe8", 4);
}
END_TEST

START_TEST(frame_never_sends_1005_and_1006_7_4_1)
{
	uint8_t out[WS_CLOSE_FRAME_MAX];

	ck_assert_uint_eq(ws_encode_close(out, WS_CLOSE_NO_STATUS, "no"), 2);
	ck_assert_mem_eq(out, "\x88\x00", 2);
	ck_assert_uint_eq(ws_encode_close(out, WS_CLOSE_ABNORMAL, "no"), 2);
	ck_assert_mem_eq(out, "\x88\x00", 2);
}
END_TEST

START_TEST(frame_cuts_a_long_close_reason_to_123_bytes_5_5)
{
	uint8_t out[WS_CLOSE_FRAME_MAX];
	char reason[200];

	memset(reason, 'r', sizeof(reason));
	reason[sizeof(reason) - 1] = '\0';
	ck_assert_uint_eq(
	    ws_encode_close(out, 4500, reason), WS_CLOSE_FRAME_MAX);
	ck_assert_uint_eq(out[1], WS_CONTROL_MAX);
	reason[WS_REASON_MAX] = '\0';
	ck_assert_mem_eq(out + 4, reason, WS_REASON_MAX);
	ck_assert_uint_eq(
	    ws_encode_close(out, 4500, reason), WS_CLOSE_FRAME_MAX);
	reason[WS_REASON_MAX - 1] = '\0';
	ck_assert_uint_eq(
	    ws_encode_close(out, 4500, reason), WS_CLOSE_FRAME_MAX - 1);
}
END_TEST

START_TEST(frame_puts_a_question_mark_for_what_is_not_ascii_in_a_reason)
{
	uint8_t out[WS_CLOSE_FRAME_MAX];

	ck_assert_uint_eq(
	    ws_encode_close(out, 4500, "a\n\x1f\x7f\xc3\xa9 ~"), 12);
	ck_assert_mem_eq(out + 4, "a????? ~", 8);
}
END_TEST

static const struct {
	int first, last;
	int is_good;
} codes[] = {
    {0, 999, 0},     /* 7.4.2: not used */
    {1000, 1003, 1}, /* 7.4.1 */
    {1004, 1006, 0}, /* 7.4.1: reserved, or never on the wire */
    {1007, 1014, 1}, /* 7.4.1, and 1012 to 1014 of the registry */
    {1015, 1015, 0}, /* 7.4.1: never on the wire */
    {1016, 2999, 0}, /* 7.4.2: for the protocol's future */
    {3000, 4999, 1}, /* 7.4.2 */
    {5000, 65535, 0},
};

START_TEST(frame_takes_only_close_codes_that_may_be_sent_7_4)
{
	uint8_t payload[2];
	int code;

	for (code = codes[_i].first; code <= codes[_i].last; code++) {
		payload[0] = (uint8_t)(code >> 8);
		payload[1] = (uint8_t)code;
		ck_assert_int_eq(ws_parse_close(payload, 2),
		    codes[_i].is_good ? code : WS_ERROR_PROTOCOL);
	}
}
END_TEST

START_TEST(frame_takes_an_empty_close_but_not_one_of_a_byte_5_5_1)
{
	const uint8_t byte = 3;

	ck_assert_int_eq(ws_parse_close(&byte, 0), WS_CLOSE_NO_STATUS);
	ck_assert_int_eq(ws_parse_close(&byte, 1), WS_ERROR_PROTOCOL);
}
END_TEST

/* RFC 3629, 3 and 4; the edges of each form, and the forms that are none */
static const struct {
	const char *text;
	int is_good;
} texts[] = {
    {"bye", 1},
    {"\x7f", 1},
    {"\xc2\x80", 1},
    {"\xdf\xbf", 1},
    {"\xe0\xa0\x80", 1},
    {"\xe1\x80\x80", 1},
    {"\xec\xbf\xbf", 1},
    {"\xed\x9f\xbf", 1},
    {"\xee\x80\x80", 1},
    {"\xef\xbf\xbf", 1},
    {"\xf0\x90\x80\x80", 1},
    {"\xf1\x80\x80\x80", 1},
    {"\xf3\xbf\xbf\xbf", 1},
    {"\xf4\x8f\xbf\xbf", 1},
    {"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", 1},
    {"\x80", 0}, /* a tail alone */
    {"\xbf", 0},
    {"\xc0\xaf", 0}, /* overlong */
    {"\xc1\xbf", 0},
    {"\xe0\x80\xaf", 0},
    {"\xe0\x9f\xbf", 0},
    {"\xf0\x80\x80\xaf", 0},
    {"\xf0\x8f\xbf\xbf", 0},
    {"\xed\xa0\x80", 0}, /* surrogates */
    {"\xed\xbf\xbf", 0},
    {"\xed\xa0\x80\xed\xb0\x80", 0},
    {"\xf4\x90\x80\x80", 0}, /* above U+10FFFF */
    {"\xf5\x80\x80\x80", 0},
    {"\xf8\x88\x80\x80\x80", 0},
    {"\xfe", 0},
    {"\xff", 0},
    {"\xc3", 0}, /* cut short */
    {"\xe2\x82", 0},
    {"\xf0\x9f\x98", 0},
    {"a\xc3(", 0}, /* a tail that is none */
    {"\xe2(\xa1", 0},
    {"\xe2\x82(", 0},
    {"\xe2\x82\xc0", 0},
    {"\xf0\x9f(\x80", 0},
    {"\xf0\x9f\x98\x7f", 0},
};

START_TEST(frame_looks_at_no_byte_behind_a_close_reason)
{
	static const uint8_t payload[] = "\x03\xe8\xf0\x9f\x98\x80";

	ck_assert_int_eq(ws_parse_close(payload, 6), 1000);
	ck_assert_int_eq(ws_parse_close(payload, 5), WS_ERROR_PROTOCOL);
	ck_assert_int_eq(ws_parse_close(payload, 4), WS_ERROR_PROTOCOL);
	ck_assert_int_eq(ws_parse_close(payload, 3), WS_ERROR_PROTOCOL);
	ck_assert_int_eq(ws_parse_close(payload, 2), 1000);
}
END_TEST

START_TEST(frame_takes_only_utf_8_as_a_close_reason_7_1_6)
{
	size_t len = strlen(texts[_i].text);
	uint8_t *payload = malloc(len + 2); /* exact, for a sanitizer */

	memcpy(payload, "\x03\xe8", 2);
	memcpy(payload + 2, texts[_i].text, len);
	ck_assert_int_eq(ws_parse_close(payload, len + 2),
	    texts[_i].is_good ? 1000 : WS_ERROR_PROTOCOL);
	free(payload);
}
END_TEST

static Suite *
frame_close_suite(void)
{
	Suite *s = suite_create("frame_close");
	TCase *t = tcase_create("encode and close");

	suite_add_tcase(s, t);
	tcase_add_loop_test(
	    t, frame_encodes_lengths_in_the_least_bytes_5_2, 0, COUNT(heads));
	tcase_add_test(t, frame_encodes_a_close_with_code_and_reason_5_5_1);
	tcase_add_test(t, frame_never_sends_1005_and_1006_7_4_1);
	tcase_add_test(t, frame_cuts_a_long_close_reason_to_123_bytes_5_5);
	tcase_add_test(
	    t, frame_puts_a_question_mark_for_what_is_not_ascii_in_a_reason);
	tcase_add_loop_test(t,
	    frame_takes_only_close_codes_that_may_be_sent_7_4, 0, COUNT(codes));
	tcase_add_test(
	    t, frame_takes_an_empty_close_but_not_one_of_a_byte_5_5_1);
	tcase_add_test(t, frame_looks_at_no_byte_behind_a_close_reason);
	tcase_add_loop_test(
	    t, frame_takes_only_utf_8_as_a_close_reason_7_1_6, 0, COUNT(texts));
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(frame_close_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
