/* SPDX-License-Identifier: ISC */
/*
 * What of a client that only looks on goes to the server: each message of RFC
 * 6143 and of the extensions, in pieces of every size, and between any two
 * others; and where nothing goes on, since it can't be followed.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/rfb_watch.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define BYTES(...) {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})
#define ROOM	   2048

#define REQUEST	   "\3\1\0\0\0\0\4\0\3\0"
#define KEY	   "\4\1\0\0\0\0\0a"

static struct rfb_input in;
static uint8_t out[ROOM]; /* what has gone on */
static size_t out_len;

static void
begin_with(const char *server)
{
	rfb_input_begin(&in, (const uint8_t *)server);
	out_len = 0;
}

/* In pieces of so many bytes, 0: whole, each in memory of its size. */
static int
take(const void *data, size_t len, size_t piece)
{
	const uint8_t *p = data;
	size_t n, passed;
	uint8_t *copy;
	int result = 0, last;

	for (; len > 0; p += n, len -= n) {
		n = piece > 0 && piece < len ? piece : len;
		ck_assert_ptr_nonnull(copy = malloc(n));
		memcpy(copy, p, n);
		last = rfb_watch_take(&in, copy, n, &passed);
		ck_assert_uint_le(passed, n);
		ck_assert_uint_le(out_len + passed, ROOM);
		memcpy(out + out_len, copy, passed);
		out_len += passed;
		free(copy);
		if (last < 0) {
			ck_assert_uint_eq(passed, 0);
			return last;
		}
		result |= last;
	}
	return result;
}

static void
expect(const void *bytes, size_t len)
{
	ck_assert_uint_eq(out_len, len);
	ck_assert_int_eq(memcmp(out, bytes, len), 0);
}

/* One that has logged in, of whom nothing counts that was before. */
static void
begin(void)
{
	begin_with("RFB 003.008\n");
	ck_assert_int_eq(take("RFB 003.008\n\1\1", 14, 0), 1);
	ck_assert_int_eq(in.phase, RFB_INPUT_MESSAGE);
	out_len = 0;
}

/* Messages, each whole; the rest of long ones are keys and clicks. */
static const struct {
	const char *name;
	int goes_on;
	uint8_t bytes[24];
	size_t len;
	size_t more;
} messages[] = {
    {"SetPixelFormat", 1, BYTES(0, 4, 5, 6, 32, 24), 14},
    {"SetEncodings of none", 1, BYTES(2, 0, 0, 0), 0},
    {"SetEncodings", 1, BYTES(2, 0, 0, 2, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0x21),
	0},
    {"SetEncodings that look like keys", 1, BYTES(2, 0, 0, 64), 256},
    {"FramebufferUpdateRequest", 1, BYTES(3, 1, 0, 0, 0, 0, 4, 0, 3, 0), 0},
    {"EnableContinuousUpdates", 1, BYTES(150, 1, 0, 0, 0, 0, 4, 0, 3, 0), 0},
    {"ClientFence", 1, BYTES(248, 0, 0, 0, 0, 0, 0, 3, 64), 64},
    {"ClientFence of nothing", 1, BYTES(248, 0, 0, 0, 0, 0, 0, 3, 0), 0},
    {"KeyEvent down", 0, BYTES(4, 1, 0, 0, 0, 0, 0, 'a'), 0},
    {"KeyEvent up", 0, BYTES(4, 0, 0, 0, 0, 0, 0, 'a'), 0},
    {"PointerEvent", 0, BYTES(5, 0, 1, 2, 1, 3), 0},
    {"PointerEvent of button 8", 0, BYTES(5, 0x80, 1, 2, 1, 3), 0},
    {"ClientCutText of nothing", 0, BYTES(6, 0, 0, 0, 0, 0, 0, 0), 0},
    {"ClientCutText", 0, BYTES(6, 0, 0, 0, 0, 0, 0, 3, 3, 1, 0), 0},
    {"ClientCutText of requests", 0, BYTES(6, 0, 0, 0, 0, 0, 1, 0), 256},
    {"extended clipboard, caps", 0,
	BYTES(6, 0, 0, 0, 0xff, 0xff, 0xff, 0xf8, 0x1f, 0, 0, 1), 4},
    {"extended clipboard, request", 0,
	BYTES(6, 0, 0, 0, 0xff, 0xff, 0xff, 0xfc, 2, 0, 0, 1), 0},
    {"extended clipboard, notify", 0,
	BYTES(6, 0, 0, 0, 0xff, 0xff, 0xff, 0xfc, 8, 0, 0, 1), 0},
    {"extended clipboard, provide", 0,
	BYTES(6, 0, 0, 0, 0xff, 0xff, 0xff, 0xf0, 0x10, 0, 0, 1), 12},
    {"xvp", 0, BYTES(250, 0, 1, 2), 0},
    {"SetDesktopSize", 0, BYTES(251, 0, 4, 0, 3, 0, 2, 0), 32},
    {"SetDesktopSize without screens", 0, BYTES(251, 0, 4, 0, 3, 0, 0, 0), 0},
    {"gii version", 0, BYTES(253, 0x81, 0, 2, 0, 1), 0},
    {"gii device", 0, BYTES(253, 2, 56, 0), 56},
    {"gii events", 0, BYTES(253, 0x80, 0, 8), 8},
    {"gii events, little endian", 0, BYTES(253, 0, 8, 0), 8},
    {"QEMU key", 0, BYTES(255, 0, 0, 1, 0, 0, 0, 'a', 0, 0, 0, 30), 0},
    {"QEMU audio on", 0, BYTES(255, 1, 0, 0), 0},
    {"QEMU audio format", 0, BYTES(255, 1, 0, 2, 3, 2, 0, 0, 0xac, 0x44), 0},
};

/* Whatever a message has in it goes with it. */
static size_t
put(uint8_t *to, size_t i)
{
	static const uint8_t inner[] = {
	    3, 1, 0, 0, 0, 0, 4, 0, 3, 0, 4, 1, 0, 0, 0, 0, 0, 'a', 5, 1};
	size_t n;

	memcpy(to, messages[i].bytes, messages[i].len);
	for (n = 0; n < messages[i].more; n++)
		to[messages[i].len + n] = inner[n % sizeof(inner)];
	return messages[i].len + messages[i].more;
}

/* And what follows is read from its first byte on. */
START_TEST(watch_passes_what_asks_for_pictures_and_nothing_else)
{
	uint8_t bytes[ROOM], right[ROOM];
	size_t len = put(bytes, (size_t)_i), right_len, piece;

	memcpy(bytes + len, KEY REQUEST, 18);
	right_len = messages[_i].goes_on ? len : 0;
	memcpy(right, bytes, right_len);
	memcpy(right + right_len, REQUEST, 10);
	for (piece = 0; piece <= len + 18; piece++) {
		begin();
		ck_assert_msg(
		    take(bytes, len + 18, piece) == 1, "%s", messages[_i].name);
		expect(right, right_len + 10);
		ck_assert_uint_eq(in.left + in.head_len, 0);
	}
}
END_TEST

/* Cut in two at each place, and each after each. */
START_TEST(watch_follows_any_two_messages_cut_anywhere)
{
	uint8_t bytes[ROOM], right[ROOM];
	size_t i, len, first, right_len, cut;

	for (i = 0; i < COUNT(messages); i++) {
		first = put(bytes, (size_t)_i);
		len = first + put(bytes + first, i);
		right_len = 0;
		if (messages[_i].goes_on)
			right_len = put(right, (size_t)_i);
		if (messages[i].goes_on)
			right_len += put(right + right_len, i);
		for (cut = 0; cut <= len; cut++) {
			begin();
			ck_assert_int_ge(take(bytes, cut, 0), 0);
			ck_assert_int_ge(take(bytes + cut, len - cut, 0), 0);
			expect(right, right_len);
		}
	}
}
END_TEST

/* What it offers changes how long its own messages are, and stays behind. */
START_TEST(watch_knows_the_longer_pointer_event)
{
	static const char bytes[] =
	    "\2\0\0\2\0\0\0\7\xff\xff\xfe\xc4\5\x81\0\1\0\1\3" REQUEST;
	size_t piece;

	for (piece = 0; piece < sizeof(bytes); piece++) {
		begin();
		ck_assert_int_eq(take(bytes, 29, piece), 1);
		ck_assert_uint_eq(out_len, 22);
		ck_assert_int_eq(memcmp(out, bytes, 12), 0);
		ck_assert_int_eq(memcmp(out + 12, REQUEST, 10), 0);
	}
}
END_TEST

/* ---- logins ---- */

static const struct {
	const char *server;
	const char *client;
	size_t len;
	int shared; /* where ClientInit is; 0: it has not come */
} logins[] = {
    {"RFB 003.008\n", "RFB 003.008\n\1\0", 14, 13},
    {"RFB 003.008\n", "RFB 003.008\n\1\1", 14, 13},
    {"RFB 003.008\n", "RFB 003.007\n\1\0", 14, 13},
    {"RFB 003.007\n", "RFB 003.007\n\1\xff", 14, 13},
    {"RFB 003.889\n", "RFB 003.008\n\1\0", 14, 13},
    {"RFB 005.000\n", "RFB 003.008\n\1\4", 14, 13},
    {"RFB 003.008\n", "RFB 003.008\n\2\4\1\0\0\0\0\0a\5\1\0\1\0\1\6\6\0", 30,
	29},
    {"RFB 003.008\n", "RFB 003.008\n\2\4\1\0\0\0\0\0a\5\1\0\1\0\1", 27, 0},
    {"RFB 003.008\n", "RFB 003.008\n", 12, 0},
    {"RFB 003.008\n", "RFB 003.00", 10, 0},
};

START_TEST(watch_passes_a_login_and_shares_the_desktop)
{
	char right[32];
	size_t piece, len = logins[_i].len;

	memcpy(right, logins[_i].client, len);
	if (logins[_i].shared > 0)
		right[logins[_i].shared] = 1;
	for (piece = 0; piece <= len; piece++) {
		begin_with(logins[_i].server);
		ck_assert_int_eq(rfb_watch_is_login(&in), 1);
		ck_assert_int_eq(take(logins[_i].client, len, piece), 1);
		expect(right, len);
		ck_assert_int_eq(
		    rfb_watch_is_login(&in), logins[_i].shared == 0);
	}
}
END_TEST

/* Of these nobody can say what follows them. */
static const struct {
	const char *server;
	const char *client;
	size_t len;
} hidden[] = {
    {"RFB 003.003\n", "RFB 003.003\n\1", 13},
    {"RFB 003.008\n", "RFB 003.003\n\1", 13},
    {"RFB 003.003\n", "RFB 003.008\n\1", 13},
    {"RFB 000.000\n", "RFB 003.008\n\1", 13},
    {"RFB 003.008\n", "RFB 003.889\n\1", 13},
    {"RFB 003.008\n", "GET / HTTP/1.", 13},
    /* RA2, RA2ne, Tight, VeNCrypt, Apple's, RA2 with 256 bits, none at all */
    {"RFB 003.008\n", "RFB 003.008\n\5", 13},
    {"RFB 003.008\n", "RFB 003.008\n\6", 13},
    {"RFB 003.008\n", "RFB 003.008\n\20", 13},
    {"RFB 003.008\n", "RFB 003.008\n\23", 13},
    {"RFB 003.008\n", "RFB 003.008\n\36", 13},
    {"RFB 003.008\n", "RFB 003.008\n\x81", 13},
    {"RFB 003.008\n", "RFB 003.008\n\x82", 13},
    {"RFB 003.008\n", "RFB 003.008\n\0", 13},
};

START_TEST(watch_ends_at_a_login_that_hides_what_is_said)
{
	size_t piece;

	for (piece = 0; piece <= hidden[_i].len; piece++) {
		begin_with(hidden[_i].server);
		ck_assert_int_eq(
		    take(hidden[_i].client, hidden[_i].len, piece), VB_EBADMSG);
		/* nor does anything else, once that is so */
		ck_assert_int_eq(take(REQUEST, 10, 0), VB_EBADMSG);
		ck_assert_uint_le(out_len, GREETING_BYTES);
	}
	rfb_input_begin(&in, NULL);
	ck_assert_int_eq(take("RFB 003.008\n\1\1", 14, 0), VB_EBADMSG);
	ck_assert_uint_le(out_len, GREETING_BYTES);
}
END_TEST

/* How long it is, nobody knows: so nothing that follows is read. */
START_TEST(watch_ends_at_a_message_that_is_not_known)
{
	static const uint8_t known[] = {
	    0, 2, 3, 4, 5, 6, 150, 248, 250, 251, 253, 255};
	uint8_t bytes[11];
	int n;

	for (n = 0; n < 256; n++) {
		bytes[0] = (uint8_t)n;
		memcpy(bytes + 1, REQUEST, 10);
		begin();
		if (memchr(known, n, sizeof(known)) != NULL)
			continue;
		ck_assert_int_eq(take(REQUEST, 10, 0), 0);
		ck_assert_int_eq(rfb_watch_is_login(&in), 0);
		ck_assert_int_eq(take(bytes, 11, 0), VB_EBADMSG);
		ck_assert_int_eq(take(REQUEST, 10, 0), VB_EBADMSG);
		expect(REQUEST, 10);
	}
	begin();
	ck_assert_int_eq(take("\xff\2" REQUEST, 12, 1), VB_EBADMSG);
	expect("", 0);
	begin(); /* too short for its flags */
	ck_assert_int_eq(
	    take("\6\0\0\0\xff\xff\xff\xfd\0\0\0\0" REQUEST, 22, 1),
	    VB_EBADMSG);
	expect("", 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rfb_watch");
	TCase *tc = tcase_create("rfb_watch");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc,
	    watch_passes_what_asks_for_pictures_and_nothing_else, 0,
	    COUNT(messages));
	tcase_add_loop_test(tc, watch_follows_any_two_messages_cut_anywhere, 0,
	    COUNT(messages));
	tcase_add_test(tc, watch_knows_the_longer_pointer_event);
	tcase_add_loop_test(
	    tc, watch_passes_a_login_and_shares_the_desktop, 0, COUNT(logins));
	tcase_add_loop_test(tc, watch_ends_at_a_login_that_hides_what_is_said,
	    0, COUNT(hidden));
	tcase_add_test(tc, watch_ends_at_a_message_that_is_not_known);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
