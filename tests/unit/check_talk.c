/* SPDX-License-Identifier: ISC */
/*
 * What the bridge's page says besides RFB: the subprotocol by which it is
 * known, the intent in it, small text frames, and the words in these.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/proto_lease.h"
#include "worker/parse/frame.h"
#include "worker/parse/request.h"
#include "worker/parse/talk_words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HEX	 "00112233445566778899aabbccddeeff"

static struct request req;

/* ---- the handshake ---- */

static void
shake(const char *offer)
{
	static struct request_rules rules = {.base_path = ""};
	static struct http_head head;
	static char text[1024];
	int may_continue, len;

	len = snprintf(text, sizeof(text),
	    "GET /proxy?target=x HTTP/1.1\r\nHost: localhost\r\n"
	    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
	    offer);
	ck_assert_int_eq(
	    http_parse_head(text, (size_t)len, sizeof(text), &head), len);
	ck_assert_int_eq(
	    request_classify(&head, &rules, &req, &may_continue), 0);
}

#define OFFER(list) "Sec-WebSocket-Protocol: " list "\r\n"

static const struct {
	const char *fields;
	int is_page;
	int has_intent;
	const char *answer;
} offers[] = {
    {"", 0, 0, NULL},
    {OFFER("binary"), 0, 0, "binary"},
    {OFFER("vncbridge.v1"), 1, 0, "vncbridge.v1"},
    {OFFER("binary, vncbridge.v1"), 1, 0, "vncbridge.v1"},
    {OFFER("vncbridge.v1, binary, vncbridge.intent." HEX), 1, 1,
	"vncbridge.v1"},
    {OFFER("vncbridge.intent." HEX) OFFER("vncbridge.v1"), 1, 1,
	"vncbridge.v1"},
    /* of others it is a protocol that is not known, as any */
    {OFFER("binary, vncbridge.intent." HEX), 0, 0, "binary"},
    {OFFER("vncbridge.v1, vncbridge.intent."), 1, 0, "vncbridge.v1"},
    {OFFER("vncbridge.v1, vncbridge.intent." HEX "0"), 1, 0, "vncbridge.v1"},
    {OFFER("vncbridge.v1, vncbridge.intent.00112233445566778899aabbccddeef"), 1,
	0, "vncbridge.v1"},
    {OFFER("vncbridge.v1, vncbridge.intent.00112233445566778899AABBCCDDEEFF"),
	1, 0, "vncbridge.v1"},
    {OFFER("vncbridge.v1, vncbridge.intent.0011223344556677.899aabbccddeeff"),
	1, 0, "vncbridge.v1"},
    {OFFER("vncbridge.v2"), 0, 0, NULL},
    {OFFER("VNCBRIDGE.V1"), 0, 0, NULL},
};

START_TEST(page_is_known_by_its_subprotocol_and_its_intent_is_read)
{
	static const uint8_t intent[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
	    0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	char answer[512], line[64];

	shake(offers[_i].fields);
	ck_assert_int_eq(req.handshake.offers_page, offers[_i].is_page);
	ck_assert_int_eq(req.handshake.has_intent, offers[_i].has_intent);
	if (offers[_i].has_intent)
		ck_assert_mem_eq(req.handshake.intent, intent, sizeof(intent));
	ck_assert_int_gt(
	    handshake_format_answer(&req.handshake, answer, sizeof(answer)), 0);
	/* an intent is never given back */
	ck_assert_ptr_null(strstr(answer, "intent"));
	if (offers[_i].answer == NULL) {
		ck_assert_ptr_null(strstr(answer, "Sec-WebSocket-Protocol"));
		return;
	}
	snprintf(line, sizeof(line), "Sec-WebSocket-Protocol: %s\r\n",
	    offers[_i].answer);
	ck_assert_ptr_nonnull(strstr(answer, line));
}
END_TEST

/* ---- frames ---- */

static struct ws_decoder decoder;
static uint8_t bytes[512];
static size_t used, payload;

static int
decode(const char *data, size_t len, int takes_text)
{
	ws_decoder_init(&decoder);
	decoder.takes_text = (uint8_t)takes_text;
	memcpy(bytes, data, len);
	return ws_decode(&decoder, bytes, len, &used, &payload);
}

#define MASK "\0\0\0\0"

START_TEST(frame_of_text_is_for_the_page_alone)
{
	static const char text[] = "\x81\x84" MASK "stay";

	ck_assert_int_eq(decode(text, sizeof(text) - 1, 0), WS_ERROR_TEXT);
	ck_assert_int_eq(decode(text, sizeof(text) - 1, 1), WS_CONTROL);
	ck_assert_uint_eq(decoder.control_opcode, WS_TEXT);
	ck_assert_uint_eq(decoder.control_len, 4);
	ck_assert_mem_eq(decoder.control, "stay", 4);
	ck_assert_uint_eq(payload, 0);
	ck_assert_uint_eq(used, sizeof(text) - 1);
}
END_TEST

START_TEST(frame_of_text_comes_in_any_pieces_between_messages)
{
	static const char stream[] =
	    "\x82\x82" MASK "ab\x81\x84" MASK "stay\x82\x82" MASK "cd";
	uint8_t one;
	char data[8];
	size_t i, n = 0, texts = 0;
	int result;

	ws_decoder_init(&decoder);
	decoder.takes_text = 1;
	for (i = 0; i < sizeof(stream) - 1; i++) {
		one = (uint8_t)stream[i];
		result = ws_decode(&decoder, &one, 1, &used, &payload);
		ck_assert_int_ge(result, 0);
		if (payload > 0)
			data[n++] = (char)one;
		texts += result == WS_CONTROL;
	}
	ck_assert_uint_eq(texts, 1);
	ck_assert_uint_eq(n, 4);
	ck_assert_mem_eq(data, "abcd", 4);
}
END_TEST

static const struct {
	const char *data;
	size_t len;
	int result;
} faults[] = {
    /* in pieces, which are not put together */
    {"\x01\x82" MASK "st", 8, WS_ERROR_TEXT},
    /* within a message, RFC 6455, 5.4 */
    {"\x02\x81" MASK "a\x81\x81" MASK "b", 14, WS_ERROR_PROTOCOL},
    /* more than a control frame may have */
    {"\x81\xfe\x00\x7e", 4, WS_ERROR_TOO_BIG},
    {"\x81\xff\0\0\0\0\0\1\0\0", 10, WS_ERROR_TOO_BIG},
    {"\x81\x04stay", 6, WS_ERROR_PROTOCOL}, /* not masked */
    {"\xc1\x84" MASK "stay", 10, WS_ERROR_PROTOCOL},
};

START_TEST(frame_of_text_is_small_and_whole)
{
	ck_assert_int_eq(
	    decode(faults[_i].data, faults[_i].len, 1), faults[_i].result);
}
END_TEST

START_TEST(frame_of_text_may_be_empty_or_as_long_as_a_control_frame)
{
	char text[6 + WS_CONTROL_MAX] = "\x81\xfd" MASK;

	ck_assert_int_eq(
	    decode("\x81\x80" MASK "\x82\x80" MASK, 12, 1), WS_CONTROL);
	ck_assert_uint_eq(decoder.control_len, 0);
	memset(text + 6, 'x', WS_CONTROL_MAX);
	ck_assert_int_eq(decode(text, sizeof(text), 1), WS_CONTROL);
	ck_assert_uint_eq(decoder.control_len, WS_CONTROL_MAX);
}
END_TEST

/* ---- words ---- */

static const struct {
	const char *text;
	uint32_t answer;
	uint64_t number;
} words[] = {
    {"keep 1", LEASE_KEEP, 1},
    {"share 17", LEASE_SHARE, 17},
    {"give 9223372036854775807", LEASE_GIVE, 9223372036854775807u},
    {"give 9999999999999999999", LEASE_GIVE, 9999999999999999999u},
};

START_TEST(words_answer_a_question)
{
	struct talk_words said;

	ck_assert_int_eq(talk_words_read((const uint8_t *)words[_i].text,
			     strlen(words[_i].text), &said),
	    0);
	ck_assert_int_eq(said.is_stay, 0);
	ck_assert_uint_eq(said.answer, words[_i].answer);
	ck_assert_uint_eq(said.number, words[_i].number);
}
END_TEST

static const char *const nonsense[] = {"", "give", "give ", "give 0", "give 01",
    "give -1", "give +1", "give 1 ", " give 1", "give  1", "give\t1", "GIVE 1",
    "take 1", "give 1\n", "give 0x1", "give 10000000000000000000",
    "give 18446744073709551617", "stay ", "stay 1", "Stay", "sta", "stayy",
    "keep 1 share 1", "\xff\xfe"};

START_TEST(words_that_are_none_answer_nothing)
{
	struct talk_words said;

	ck_assert_int_eq(talk_words_read((const uint8_t *)nonsense[_i],
			     strlen(nonsense[_i]), &said),
	    VB_ESYNTAX);
}
END_TEST

START_TEST(words_have_no_end_but_their_length)
{
	static const uint8_t text[] = "stay 1give 23";
	struct talk_words said;

	ck_assert_int_eq(talk_words_read(text, 4, &said), 0);
	ck_assert_int_eq(said.is_stay, 1);
	ck_assert_int_eq(talk_words_read(text + 6, 6, &said), 0);
	ck_assert_uint_eq(said.number, 2);
	/* a NUL is a byte as any */
	ck_assert_int_eq(
	    talk_words_read((const uint8_t *)"give 1\0", 7, &said), VB_ESYNTAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("talk");
	TCase *tc = tcase_create("talk");
	SRunner *runner;
	int failed;

	if (handshake_prepare() != 0)
		return EXIT_FAILURE;
	tcase_add_loop_test(tc,
	    page_is_known_by_its_subprotocol_and_its_intent_is_read, 0,
	    COUNT(offers));
	tcase_add_test(tc, frame_of_text_is_for_the_page_alone);
	tcase_add_test(tc, frame_of_text_comes_in_any_pieces_between_messages);
	tcase_add_loop_test(
	    tc, frame_of_text_is_small_and_whole, 0, COUNT(faults));
	tcase_add_test(
	    tc, frame_of_text_may_be_empty_or_as_long_as_a_control_frame);
	tcase_add_loop_test(tc, words_answer_a_question, 0, COUNT(words));
	tcase_add_loop_test(
	    tc, words_that_are_none_answer_nothing, 0, COUNT(nonsense));
	tcase_add_test(tc, words_have_no_end_but_their_length);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
