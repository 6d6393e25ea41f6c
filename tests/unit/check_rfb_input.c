/* SPDX-License-Identifier: ISC */
/*
 * What of a client's bytes is a person's deed: each message of RFC 6143 and of
 * the extensions, whole, in pieces of every size, and what can't be followed.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/rfb_input.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define MOST	   512 /* bytes of a message that comes again and again */
#define BYTES(...) {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})

#define NO_LOGIN   "RFB 003.008\n\1\1" /* None, shared */
#define REQUEST	   "\3\1\0\0\0\0\4\0\3\0"
#define KEY	   "\4\1\0\0\0\0\0a"

static struct rfb_input in;
static const uint8_t *const server = (const uint8_t *)"RFB 003.008\n";

/* In pieces of so many bytes, 0: whole, each in memory of its size. */
static int
take(const void *data, size_t len, size_t piece)
{
	const uint8_t *p = data;
	int is_deed = 0;
	uint8_t *copy;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = piece > 0 && piece < len ? piece : len;
		ck_assert_ptr_nonnull(copy = malloc(n));
		memcpy(copy, p, n);
		is_deed |= rfb_input_take(&in, copy, n);
		free(copy);
	}
	return is_deed;
}

static int
take_text(const char *text, size_t len)
{
	return take(text, len, 0);
}

/* A client that has logged in. */
static void
begin(void)
{
	rfb_input_begin(&in, server);
	ck_assert_int_eq(take_text(NO_LOGIN, sizeof(NO_LOGIN) - 1), 1);
	ck_assert_int_eq(in.phase, RFB_INPUT_MESSAGE);
}

static void
setup(void)
{
	begin();
}

/* Messages, each whole; the rest of long ones is zeroes. */
static const struct {
	const char *name;
	int is_deed;
	uint8_t bytes[24];
	size_t len;
	size_t zeroes;
} messages[] = {
    {"SetPixelFormat", 0, BYTES(0, 4, 5, 6, 32, 24), 14},
    {"SetEncodings of none", 0, BYTES(2, 0, 0, 0), 0},
    {"SetEncodings", 0, BYTES(2, 0, 0, 2, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0x21),
	0},
    {"SetEncodings of 65535", 0, BYTES(2, 0, 0xff, 0xff), 4 * 65535},
    {"FramebufferUpdateRequest", 0, BYTES(3, 1, 0, 0, 0, 0, 4, 0, 3, 0), 0},
    {"KeyEvent down", 1, BYTES(4, 1, 0, 0, 0, 0, 0, 'a'), 0},
    {"KeyEvent up", 1, BYTES(4, 0, 0, 0, 0, 0, 0, 'a'), 0},
    {"PointerEvent", 1, BYTES(5, 0, 1, 2, 1, 3), 0},
    {"PointerEvent of button 8", 1, BYTES(5, 0x80, 1, 2, 1, 3), 0},
    {"ClientCutText of nothing", 1, BYTES(6, 0, 0, 0, 0, 0, 0, 0), 0},
    {"ClientCutText", 1, BYTES(6, 0, 0, 0, 0, 0, 0, 3, 4, 5, 6), 0},
    {"ClientCutText of 300000", 1, BYTES(6, 0, 0, 0, 0, 4, 0x93, 0xe0), 300000},
    {"extended clipboard, caps", 0,
	BYTES(6, 0, 0, 0, 0xff, 0xff, 0xff, 0xf8, 0x1f, 0, 0, 1), 4},
    {"extended clipboard, request", 0,
	BYTES(6, 0, 0, 0, 0xff, 0xff, 0xff, 0xfc, 2, 0, 0, 1), 0},
    {"extended clipboard, peek", 0,
	BYTES(6, 0, 0, 0, 0xff, 0xff, 0xff, 0xfc, 4, 0, 0, 0), 0},
    {"extended clipboard, notify", 1,
	BYTES(6, 0, 0, 0, 0xff, 0xff, 0xff, 0xfc, 8, 0, 0, 1), 0},
    {"extended clipboard, provide", 1,
	BYTES(6, 0, 0, 0, 0xff, 0xff, 0xff, 0xf0, 0x10, 0, 0, 1), 12},
    {"extended clipboard, a long request", 1,
	BYTES(6, 0, 0, 0, 0xff, 0xff, 0xf0, 0, 2, 0, 0, 1), 4092},
    {"EnableContinuousUpdates", 0, BYTES(150, 1, 0, 0, 0, 0, 4, 0, 3, 0), 0},
    {"ClientFence", 0, BYTES(248, 0, 0, 0, 0, 0, 0, 3, 2, 4, 5), 0},
    {"ClientFence of nothing", 0, BYTES(248, 0, 0, 0, 0, 0, 0, 3, 0), 0},
    {"xvp", 0, BYTES(250, 0, 1, 2), 0},
    {"SetDesktopSize", 0, BYTES(251, 0, 4, 0, 3, 0, 2, 0), 32},
    {"SetDesktopSize without screens", 0, BYTES(251, 0, 4, 0, 3, 0, 0, 0), 0},
    {"gii version", 0, BYTES(253, 0x81, 0, 2, 0, 1), 0},
    {"gii device", 0, BYTES(253, 2, 56, 0), 56},
    {"gii events", 1, BYTES(253, 0x80, 0, 8), 8},
    {"gii events, little endian", 1, BYTES(253, 0, 8, 0), 8},
    {"QEMU key", 1, BYTES(255, 0, 0, 1, 0, 0, 0, 'a', 0, 0, 0, 30), 0},
    {"QEMU audio on", 0, BYTES(255, 1, 0, 0), 0},
    {"QEMU audio format", 0, BYTES(255, 1, 0, 2, 3, 2, 0, 0, 0xac, 0x44), 0},
};

static size_t
put(uint8_t *out, size_t i)
{
	memcpy(out, messages[i].bytes, messages[i].len);
	memset(out + messages[i].len, 0, messages[i].zeroes);
	return messages[i].len + messages[i].zeroes;
}

static uint8_t *
make_room(void)
{
	uint8_t *room = malloc(2 * (300000 + MOST));

	ck_assert_ptr_nonnull(room);
	return room;
}

/* And what follows is read from its first byte on. */
START_TEST(input_tells_a_deed_from_what_viewers_say)
{
	uint8_t *bytes = make_room();
	size_t len = put(bytes, (size_t)_i), piece;

	/* a byte of the long ones is a byte as any */
	for (piece = 0; piece<20; piece += len> MOST ? 19 : 1) {
		begin();
		ck_assert_msg(take(bytes, len, piece) == messages[_i].is_deed,
		    "%s", messages[_i].name);
		ck_assert_int_eq(in.phase, RFB_INPUT_MESSAGE);
		ck_assert_uint_eq(in.left + in.head_len + in.encodings, 0);
		ck_assert_int_eq(take(REQUEST, sizeof(REQUEST) - 1, piece), 0);
		ck_assert_int_eq(take(KEY, sizeof(KEY) - 1, piece), 1);
		ck_assert_int_eq(take(REQUEST, sizeof(REQUEST) - 1, piece), 0);
	}
	free(bytes);
}
END_TEST

/* Each after each, in one piece and byte by byte. */
START_TEST(input_follows_any_two_messages)
{
	uint8_t *bytes = make_room();
	size_t i, len, piece;
	int is_deed;

	for (i = 0; i < COUNT(messages); i++) {
		if (messages[i].zeroes > MOST || messages[_i].zeroes > MOST)
			continue;
		len = put(bytes, (size_t)_i);
		len += put(bytes + len, i);
		is_deed = messages[_i].is_deed | messages[i].is_deed;
		for (piece = 0; piece < 2; piece++) {
			begin();
			ck_assert_int_eq(take(bytes, len, piece), is_deed);
			ck_assert_int_eq(in.phase, RFB_INPUT_MESSAGE);
			ck_assert_uint_eq(in.left + in.head_len, 0);
		}
	}
	free(bytes);
}
END_TEST

/* What has begun counts as long as it comes; a request never does. */
START_TEST(input_counts_a_long_text_to_its_end)
{
	int i;

	ck_assert_int_eq(take_text("\6\0\0\0\0\0\0\100", 8), 1);
	for (i = 0; i < 64; i++)
		ck_assert_int_eq(take_text("x", 1), 1);
	for (i = 0; i < 10; i++)
		ck_assert_int_eq(take_text(&REQUEST[i], 1), 0);
}
END_TEST

/* Of noVNC's longer PointerEvent, only where it was offered (-316). */
START_TEST(input_knows_the_longer_pointer_event)
{
	static const char offer[] = "\2\0\0\2\0\0\0\7\xff\xff\xfe\xc4";
	size_t piece = (size_t)_i;

	ck_assert_int_eq(take(offer, 12, piece), 0);
	ck_assert_int_eq(in.has_buttons, 1);
	ck_assert_int_eq(take("\5\x81\0\1\0\1\2" REQUEST, 17, piece), 1);
	ck_assert_int_eq(take(REQUEST, 10, piece), 0);
	ck_assert_int_eq(take("\5\1\0\1\0\1" REQUEST, 16, piece), 1);
	ck_assert_int_eq(take(REQUEST, 10, piece), 0);
	/* once said, it may be sent */
	ck_assert_int_eq(take("\2\0\0\1\0\0\0\7", 8, piece), 0);
	ck_assert_int_eq(take("\5\x81\0\1\0\1\2" REQUEST, 17, piece), 1);
	ck_assert_int_eq(take(REQUEST, 10, piece), 0);
}
END_TEST

/* ---- logins ---- */

static const struct {
	const char *server;
	const char *client;
	size_t len;
	int phase; /* then */
} logins[] = {
    {"RFB 003.008\n", "RFB 003.008\n\1\1", 14, RFB_INPUT_MESSAGE},
    {"RFB 003.008\n", "RFB 003.007\n\1\0", 14, RFB_INPUT_MESSAGE},
    {"RFB 003.007\n", "RFB 003.007\n\1\1", 14, RFB_INPUT_MESSAGE},
    {"RFB 003.889\n", "RFB 003.008\n\1\1", 14, RFB_INPUT_MESSAGE},
    {"RFB 004.001\n", "RFB 003.008\n\1\1", 14, RFB_INPUT_MESSAGE},
    {"RFB 005.000\n", "RFB 003.008\n\1\1", 14, RFB_INPUT_MESSAGE},
    {"RFB 003.008\n",
	"RFB 003.008\n\2"
	"0123456789abcdef\1",
	30, RFB_INPUT_MESSAGE},
    {"RFB 003.008\n",
	"RFB 003.008\n\2"
	"0123456789abcdef",
	29, RFB_INPUT_INIT},
    {"RFB 003.008\n", "RFB 003.008\n", 12, RFB_INPUT_TYPE},
    {"RFB 003.008\n", "RFB 003.00", 10, RFB_INPUT_VERSION},
    /* the server chooses, and nobody has heard what */
    {"RFB 003.003\n", "RFB 003.003\n", 12, RFB_INPUT_BLIND},
    {"RFB 003.006\n", "RFB 003.003\n", 12, RFB_INPUT_BLIND},
    {"RFB 003.008\n", "RFB 003.003\n", 12, RFB_INPUT_BLIND},
    {"RFB 003.003\n", "RFB 003.008\n\1\1", 14, RFB_INPUT_BLIND},
    {"RFB 003.016\n", "RFB 003.008\n\1\1", 14, RFB_INPUT_BLIND},
    {"RFB 000.000\n", "RFB 003.008\n\1\1", 14, RFB_INPUT_BLIND},
    {"RFB 003.008\n", "RFB 003.889\n\1\1", 14, RFB_INPUT_BLIND},
    {"RFB 003.008\n", "RFB 003.008\r\1\1", 14, RFB_INPUT_BLIND},
    {"RFB 003.008\n", "GET / HTTP/1", 12, RFB_INPUT_BLIND},
    /* RA2, Tight, VeNCrypt, Apple's, and none at all */
    {"RFB 003.008\n", "RFB 003.008\n\5", 13, RFB_INPUT_BLIND},
    {"RFB 003.008\n", "RFB 003.008\n\20", 13, RFB_INPUT_BLIND},
    {"RFB 003.008\n", "RFB 003.008\n\23", 13, RFB_INPUT_BLIND},
    {"RFB 003.008\n", "RFB 003.008\n\36", 13, RFB_INPUT_BLIND},
    {"RFB 003.008\n", "RFB 003.008\n\0", 13, RFB_INPUT_BLIND},
};

/* A login is a person's: each byte of it counts. */
START_TEST(input_follows_a_login_or_says_that_it_does_not)
{
	size_t piece, i;

	for (piece = 0; piece <= logins[_i].len; piece++) {
		rfb_input_begin(&in, (const uint8_t *)logins[_i].server);
		ck_assert_int_eq(
		    take(logins[_i].client, logins[_i].len, piece), 1);
		if (in.left == 0)
			ck_assert_int_eq(in.phase, logins[_i].phase);
	}
	rfb_input_begin(&in, (const uint8_t *)logins[_i].server);
	for (i = 0; i < logins[_i].len; i++)
		ck_assert_int_eq(take(logins[_i].client + i, 1, 0), 1);
	ck_assert_int_eq(in.phase, logins[_i].phase);
	ck_assert_uint_eq(in.left, 0);
}
END_TEST

START_TEST(input_of_a_server_that_nobody_knows_counts)
{
	rfb_input_begin(&in, NULL);
	ck_assert_int_eq(in.phase, RFB_INPUT_BLIND);
	ck_assert_int_eq(take_text(NO_LOGIN, sizeof(NO_LOGIN) - 1), 1);
	ck_assert_int_eq(take_text(REQUEST, sizeof(REQUEST) - 1), 1);
}
END_TEST

/* A message that is not known, or can't be: each byte counts from then on. */
START_TEST(input_that_is_not_known_counts)
{
	static const uint8_t known[] = {
	    0, 2, 3, 4, 5, 6, 150, 248, 250, 251, 253, 255};
	uint8_t type;
	int n;

	for (n = 0; n < 256; n++) {
		type = (uint8_t)n;
		begin();
		if (memchr(known, type, sizeof(known)) != NULL)
			continue;
		ck_assert_int_eq(take(&type, 1, 0), 1);
		ck_assert_int_eq(in.phase, RFB_INPUT_BLIND);
		ck_assert_int_eq(take_text(REQUEST, sizeof(REQUEST) - 1), 1);
	}
	begin();
	ck_assert_int_eq(take_text("\xff\2", 2), 1); /* QEMU's next */
	ck_assert_int_eq(in.phase, RFB_INPUT_BLIND);
	begin(); /* too short for its flags */
	ck_assert_int_eq(take_text("\6\0\0\0\xff\xff\xff\xfd\0\0\0\0", 12), 1);
	ck_assert_int_eq(in.phase, RFB_INPUT_BLIND);
}
END_TEST

/* The longest that a length can say, of both kinds. */
START_TEST(input_passes_over_the_longest)
{
	ck_assert_int_eq(take_text("\6\0\0\0\x7f\xff\xff\xff", 8), 1);
	ck_assert_uint_eq(in.left, 0x7fffffff);
	ck_assert_int_eq(take_text(REQUEST, sizeof(REQUEST) - 1), 1);
	begin();
	ck_assert_int_eq(take_text("\6\0\0\0\x80\0\0\0\2\0\0\0", 12), 1);
	ck_assert_uint_eq(in.left, 0x80000000u - 4);
}
END_TEST

START_TEST(input_needs_little_room)
{
	ck_assert_uint_le(sizeof(struct rfb_input), 32);
	ck_assert_int_eq(rfb_input_take(&in, (const uint8_t *)"", 0), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rfb_input");
	TCase *tc = tcase_create("rfb_input");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(
	    tc, input_tells_a_deed_from_what_viewers_say, 0, COUNT(messages));
	tcase_add_loop_test(
	    tc, input_follows_any_two_messages, 0, COUNT(messages));
	tcase_add_test(tc, input_counts_a_long_text_to_its_end);
	tcase_add_loop_test(tc, input_knows_the_longer_pointer_event, 0, 9);
	tcase_add_loop_test(tc, input_follows_a_login_or_says_that_it_does_not,
	    0, COUNT(logins));
	tcase_add_test(tc, input_of_a_server_that_nobody_knows_counts);
	tcase_add_test(tc, input_that_is_not_known_counts);
	tcase_add_test(tc, input_passes_over_the_longest);
	tcase_add_test(tc, input_needs_little_room);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
