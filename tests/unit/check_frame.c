/* SPDX-License-Identifier: ISC */
/*
 * The frame codec against RFC 6455. Bytes are the RFC's own where it has
 * any; a naive decoder (frame_log.c) is the judge of random streams.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/frame.h"
#include "tests/unit/frame_log.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* RFC 6455, 5.7: the mask of its masked examples, and "Hello" under it */
#define MASK  "\x37\xfa\x21\x3d"
#define HELLO MASK "\x7f\x9f\x4d\x51\x58"

static struct ws_decoder decoder;
static size_t used, payload_len;

/* Decodes a copy of the bytes by a fresh decoder; the copy stays in out. */
static int
decode(const void *bytes, size_t len, uint8_t *out)
{
	ws_decoder_init(&decoder);
	memcpy(out, bytes, len);
	return ws_decode(&decoder, out, len, &used, &payload_len);
}

/* Writes a masked client frame of any form; returns its size. */
static size_t
put_frame(
    uint8_t *out, uint8_t first, const void *payload, size_t len, uint32_t mask)
{
	size_t i, n = 2;
	uint8_t key[4];

	memcpy(key, &mask, sizeof(key));
	out[0] = first;
	out[1] = (uint8_t)(0x80 | (len < 126 ? len : len < 65536 ? 126 : 127));
	if (len >= 65536)
		for (i = 8; i > 0; i--)
			out[n++] = (uint8_t)((uint64_t)len >> 8 * (i - 1));
	else if (len >= 126)
		for (i = 2; i > 0; i--)
			out[n++] = (uint8_t)(len >> 8 * (i - 1));
	memcpy(out + n, key, sizeof(key));
	n += sizeof(key);
	for (i = 0; i < len; i++)
		out[n++] = ((const uint8_t *)payload)[i] ^ key[i % 4];
	return n;
}

START_TEST(frame_decodes_a_masked_frame_as_5_7_shows_it)
{
	uint8_t buf[32];

	ck_assert_int_eq(decode("\x82\x85" HELLO, 11, buf), WS_NEED_MORE);
	ck_assert_uint_eq(used, 11);
	ck_assert_uint_eq(payload_len, 5);
	ck_assert_mem_eq(buf, "Hello", 5);
}
END_TEST

START_TEST(frame_joins_fragments_as_5_4_has_them)
{
	static const char stream[] = "\x02\x83" MASK "\x7f\x9f\x4d"
				     "\x80\x82" MASK "\x5b\x95";
	uint8_t buf[32];

	ck_assert_int_eq(decode(stream, sizeof(stream) - 1, buf), WS_NEED_MORE);
	ck_assert_uint_eq(payload_len, 5);
	ck_assert_mem_eq(buf, "Hello", 3);
	ck_assert_mem_eq(buf + 3, "lo", 2);
	ck_assert(!decoder.is_in_message);
}
END_TEST

START_TEST(frame_stops_behind_a_ping_inside_a_message_5_4)
{
	static const char stream[] =
	    "\x02\x83" MASK "\x7f\x9f\x4d"
	    "\x89\x85" HELLO "\x80\x82" MASK "\x5b\x95";
	uint8_t buf[64];

	ck_assert_int_eq(decode(stream, sizeof(stream) - 1, buf), WS_CONTROL);
	ck_assert_uint_eq(used, 9 + 11);
	ck_assert_uint_eq(payload_len, 3);
	ck_assert_mem_eq(buf, "Hel", 3);
	ck_assert_uint_eq(decoder.control_opcode, WS_PING);
	ck_assert_uint_eq(decoder.control_len, 5);
	ck_assert_mem_eq(decoder.control, "Hello", 5);
	ck_assert_int_eq(ws_decode(&decoder, buf + used,
			     sizeof(stream) - 1 - used, &used, &payload_len),
	    WS_NEED_MORE);
	ck_assert_uint_eq(payload_len, 2);
	ck_assert_mem_eq(buf + 20, "lo", 2);
}
END_TEST

START_TEST(frame_leaves_what_follows_a_close_untouched_5_5_1)
{
	static const char stream[] = "\x88\x82" MASK "\x34\x12"
				     "\xff\xff\x82\x85" HELLO;
	uint8_t buf[64];

	ck_assert_int_eq(decode(stream, sizeof(stream) - 1, buf), WS_CONTROL);
	ck_assert_uint_eq(used, 8);
	ck_assert_uint_eq(payload_len, 0);
	ck_assert_uint_eq(decoder.control_opcode, WS_CLOSE);
	ck_assert_int_eq(
	    ws_parse_close(decoder.control, decoder.control_len), 1000);
	ck_assert_mem_eq(buf + 8, stream + 8, sizeof(stream) - 1 - 8);
}
END_TEST

START_TEST(frame_takes_empty_frames_5_2)
{
	static const char stream[] =
	    "\x82\x80" MASK "\x02\x80" MASK "\x00\x80" MASK "\x80\x80" MASK;
	uint8_t buf[32];

	ck_assert_int_eq(decode(stream, sizeof(stream) - 1, buf), WS_NEED_MORE);
	ck_assert_uint_eq(used, sizeof(stream) - 1);
	ck_assert_uint_eq(payload_len, 0);
	ck_assert(!decoder.is_in_message);
	ck_assert_int_eq(decode("\x8a\x80" MASK, 6, buf), WS_CONTROL);
	ck_assert_uint_eq(decoder.control_opcode, WS_PONG);
	ck_assert_uint_eq(decoder.control_len, 0);
}
END_TEST

static const struct {
	const char *rule;
	const char *bytes;
	size_t len;
	int result;
} faults[] = {
    {"5.1: an unmasked frame", "\x82\x05Hello", 7, -1002},
    {"5.1: an unmasked ping", "\x89\x05Hello", 7, -1002},
    {"5.2: RSV1", "\xc2\x85" HELLO, 11, -1002},
    {"5.2: RSV2", "\xa2\x85" HELLO, 11, -1002},
    {"5.2: RSV3", "\x92\x85" HELLO, 11, -1002},
    {"5.2: RSV1 of a control frame", "\xc9\x85" HELLO, 11, -1002},
    {"5.2: RSV1 of a text frame", "\xc1\x85" HELLO, 11, -1002},
    {"5.2: opcode 3", "\x83\x85" HELLO, 11, -1002},
    {"5.2: opcode 7", "\x87\x85" HELLO, 11, -1002},
    {"5.2: opcode b", "\x8b\x85" HELLO, 11, -1002},
    {"5.2: opcode f", "\x8f\x85" HELLO, 11, -1002},
    {"5.2: length 125 in 16 bits", "\x82\xfe\x00\x7d", 4, -1002},
    {"5.2: length 0 in 16 bits", "\x82\xfe\x00\x00", 4, -1002},
    {"5.2: length 125 in 64 bits", "\x82\xff\0\0\0\0\0\0\0\x7d", 10, -1002},
    {"5.2: 65535 in 64 bits", "\x82\xff\0\0\0\0\0\0\xff\xff", 10, -1002},
    {"5.2: the highest bit of 64", "\x82\xff\x80\0\0\0\0\0\0\0", 10, -1002},
    {"5.2: all bits of 64", "\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10,
	-1002},
    {"5.4: a continuation of nothing", "\x80\x85" HELLO, 11, -1002},
    {"5.4: a first fragment of nothing", "\x00\x85" HELLO, 11, -1002},
    {"5.4: a message in a message", "\x02\x80" MASK "\x82\x80" MASK, 12, -1002},
    {"5.4: a text in a message", "\x02\x80" MASK "\x81\x80" MASK, 12, -1002},
    {"5.4: a continuation of a whole message", "\x82\x80" MASK "\x80\x80" MASK,
	12, -1002},
    {"5.5: a ping in fragments", "\x09\x85" HELLO, 11, -1002},
    {"5.5: a close in fragments", "\x08\x80" MASK, 6, -1002},
    {"5.5: a pong in fragments", "\x0a\x80" MASK, 6, -1002},
    {"5.5: a ping of 126 bytes", "\x89\xfe\x00\x7e", 4, -1002},
    {"5.5: a close of 64-bit length", "\x88\xff", 2, -1002},
    {"DESIGN 5: a text frame", "\x81\x85" HELLO, 11, -1003},
    {"DESIGN 5: a text in fragments", "\x01\x85" HELLO, 11, -1003},
    {"DESIGN 5: a text behind a message", "\x82\x80" MASK "\x81", 7, -1003},
};

START_TEST(frame_rejects_each_fault_by_its_rule)
{
	uint8_t buf[32];

	ck_assert_msg(
	    decode(faults[_i].bytes, faults[_i].len, buf) == faults[_i].result,
	    "%s", faults[_i].rule);
}
END_TEST

START_TEST(frame_rejects_each_fault_also_in_single_bytes)
{
	uint8_t byte;
	size_t i;
	int result = WS_NEED_MORE;

	ws_decoder_init(&decoder);
	for (i = 0; i < faults[_i].len && result == WS_NEED_MORE; i++) {
		byte = (uint8_t)faults[_i].bytes[i];
		result = ws_decode(&decoder, &byte, 1, &used, &payload_len);
	}
	ck_assert_msg(result == faults[_i].result, "%s", faults[_i].rule);
}
END_TEST

/* The mask reads "a binary frame of 5 bytes", and a frame's room follows. */
START_TEST(frame_takes_no_mask_for_a_header_when_a_read_cuts_between)
{
	uint8_t plain[300], frame[sizeof(plain) + 8];
	static const uint8_t key[4] = {0x82, 0x85, 0x82, 0x85};
	uint32_t mask;
	size_t size;

	memset(plain, 'p', sizeof(plain));
	memcpy(&mask, key, sizeof(mask));
	size = put_frame(frame, 0x82, plain, sizeof(plain), mask);
	ws_decoder_init(&decoder);
	ck_assert_int_eq(
	    ws_decode(&decoder, frame, 4, &used, &payload_len), WS_NEED_MORE);
	ck_assert_int_eq(
	    ws_decode(&decoder, frame + 4, size - 4, &used, &payload_len),
	    WS_NEED_MORE);
	ck_assert_uint_eq(payload_len, sizeof(plain));
	ck_assert_mem_eq(frame + 4, plain, sizeof(plain));
}
END_TEST

START_TEST(frame_gives_the_payload_before_a_fault)
{
	uint8_t buf[32];

	ck_assert_int_eq(
	    decode("\x82\x85" HELLO "\x83\x85", 13, buf), WS_ERROR_PROTOCOL);
	ck_assert_uint_eq(payload_len, 5);
	ck_assert_mem_eq(buf, "Hello", 5);
}
END_TEST

START_TEST(frame_takes_a_length_of_63_bits_5_2)
{
	uint8_t buf[32];

	ck_assert_int_eq(
	    decode("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" HELLO, 19, buf),
	    WS_NEED_MORE);
	ck_assert_uint_eq(payload_len, 5);
	ck_assert_mem_eq(buf, "Hello", 5);
	ck_assert(decoder.is_in_frame);
	ck_assert(decoder.remain == INT64_MAX - 5);
}
END_TEST

static const size_t lengths[] = {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33,
    63, 64, 65, 124, 125, 126, 127, 128, 1000, 65535, 65536, 70001};

START_TEST(frame_decodes_every_length_from_every_state_of_the_mask)
{
	size_t len = lengths[_i], room = len + 14, size, cut, i;
	uint8_t *plain = malloc(len + 1), *frame = malloc(room);

	for (i = 0; i < len; i++)
		plain[i] = (uint8_t)(i * 7 + i / 256);
	for (cut = 0; cut < 34; cut++) {
		size = put_frame(frame, 0x82, plain, len, 0x9c31f05eU);
		cut = cut > size ? size : cut;
		ws_decoder_init(&decoder);
		ck_assert_int_eq(
		    ws_decode(&decoder, frame, cut, &used, &payload_len),
		    WS_NEED_MORE);
		i = payload_len;
		ck_assert_mem_eq(frame, plain, i);
		ck_assert_int_eq(ws_decode(&decoder, frame + cut, size - cut,
				     &used, &payload_len),
		    WS_NEED_MORE);
		ck_assert_uint_eq(i + payload_len, len);
		ck_assert_mem_eq(frame + cut, plain + i, payload_len);
		ck_assert(!decoder.is_in_frame);
		if (cut == size)
			break;
	}
	free(plain);
	free(frame);
}
END_TEST

START_TEST(frame_decodes_many_small_frames_of_one_read_in_order)
{
	enum {
		FRAMES = 500,
		LEN_MAX = 125,
		HEAD = 6
	};
	static uint8_t plain[FRAMES * LEN_MAX], frames[sizeof(plain) * 2];
	size_t size = 0, total = 0, i, n;
	uint32_t seed = 11;

	for (i = 0; i < FRAMES; i++) {
		n = frame_random(&seed) % (LEN_MAX + 1);
		memset(plain + total, (int)(i % 251), n);
		size += put_frame(
		    frames + size, 0x82, plain + total, n, frame_random(&seed));
		total += n;
	}
	frames[size] = 0x55; /* must not be touched */
	ws_decoder_init(&decoder);
	ck_assert_int_eq(ws_decode(&decoder, frames, size, &used, &payload_len),
	    WS_NEED_MORE);
	ck_assert_uint_eq(used, size);
	ck_assert_uint_eq(payload_len, total);
	ck_assert_mem_eq(frames, plain, total);
	ck_assert_uint_eq(frames[size], 0x55);
}
END_TEST

static size_t
piece_of_one(void *arg)
{
	(void)arg;
	return 1;
}

static size_t
piece_of_all(void *arg)
{
	(void)arg;
	return SIZE_MAX;
}

/* The first piece is *arg bytes, the rest comes in one. */
static size_t
piece_cut_once(void *arg)
{
	size_t n = *(size_t *)arg;

	*(size_t *)arg = SIZE_MAX;
	return n;
}

static size_t
piece_at_random(void *arg)
{
	uint32_t n = frame_random(arg);

	return 1 + (n >> 8) % ((n & 3) == 0 ? 1000 : 40);
}

START_TEST(frame_decodes_the_same_however_the_stream_is_cut)
{
	static const char pong[] = "pong";
	uint8_t stream[1024], plain[300];
	struct frame_log whole, log;
	size_t size = 0, cut, piece;

	memset(plain, 'x', sizeof(plain));
	size += put_frame(stream + size, 0x82, plain, 20, 0x01020304);
	size += put_frame(stream + size, 0x02, plain, 127, 0xa1b2c3d4);
	size += put_frame(stream + size, 0x89, "", 0, 0x11223344);
	size += put_frame(stream + size, 0x00, plain, 0, 0x55667788);
	size += put_frame(stream + size, 0x8a, pong, 4, 0xdeadbeef);
	size += put_frame(stream + size, 0x80, plain, 300, 0x00ff00ff);
	size += put_frame(stream + size, 0x82, plain, 125, 0xfeedface);
	size += put_frame(stream + size, 0x88, "\x03\xe8", 2, 0x0badcafe);
	memset(&whole, 0, sizeof(whole));
	frame_log_by_codec(&whole, stream, size, piece_of_all, NULL);
	ck_assert_uint_eq(whole.len, 2 * (20 + 127 + 300 + 125) + 3 + 7 + 5);
	for (cut = 1; cut < size; cut++) {
		memset(&log, 0, sizeof(log));
		piece = cut;
		frame_log_by_codec(&log, stream, size, piece_cut_once, &piece);
		ck_assert_msg(
		    frame_log_is_same(&whole, &log), "cut at %zu", cut);
		frame_log_free(&log);
	}
	frame_log_by_codec(&log, stream, size, piece_of_one, NULL);
	ck_assert(frame_log_is_same(&whole, &log));
	frame_log_free(&log);
	frame_log_free(&whole);
}
END_TEST

/*
 * A random frame, mostly a legal one. *in_message is what a receiver knows.
 */
static size_t
put_random_frame(uint8_t *out, uint32_t *seed, int *in_message)
{
	static const uint8_t control[] = {0x89, 0x8a, 0x89, 0x8a, 0x88};
	uint8_t plain[700], first;
	uint32_t kind = frame_random(seed) >> 8;
	size_t len = (frame_random(seed) >> 8) % 126, i;

	for (i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(frame_random(seed) >> 8);
	if (kind % 8 == 0) {
		first = control[(kind >> 8) % (kind % 64 == 0 ? 5 : 4)];
	} else {
		len = kind % 8 == 1 ? len * 5 : len;
		first = *in_message ? WS_CONT : WS_BINARY;
		*in_message = (kind >> 8) % 6 == 0;
		first |= *in_message ? 0 : 0x80;
	}
	i = put_frame(out, first, plain, len, frame_random(seed));
	if ((kind >> 16) % 100 == 0)
		out[(kind >> 4) % 3] ^= (uint8_t)(1 << (kind >> 9) % 8);
	return i;
}

START_TEST(frame_agrees_with_a_naive_decoder_on_random_streams)
{
	enum {
		FRAMES = 60,
		ROOM = FRAMES * 720,
		ROUNDS = 400
	};
	static uint8_t stream[ROOM];
	struct frame_log naive, log;
	uint32_t seed = (uint32_t)_i * 7919 + 1;
	size_t size, round, i;
	int in_message;

	for (round = 0; round < ROUNDS; round++) {
		in_message = 0;
		for (i = 0, size = 0; i < FRAMES; i++)
			size +=
			    put_random_frame(stream + size, &seed, &in_message);
		memset(&naive, 0, sizeof(naive));
		memset(&log, 0, sizeof(log));
		frame_log_naively(&naive, stream, size);
		frame_log_by_codec(&log, stream, size,
		    round % 4 == 0 ? piece_of_all : piece_at_random, &seed);
		ck_assert_msg(frame_log_is_same(&naive, &log),
		    "seed %d, round %zu", _i, round);
		frame_log_free(&naive);
		frame_log_free(&log);
	}
}
END_TEST

static Suite *
frame_suite(void)
{
	Suite *s = suite_create("frame");
	TCase *t = tcase_create("decode");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120); /* seconds, for sanitizers */
	tcase_add_test(t, frame_decodes_a_masked_frame_as_5_7_shows_it);
	tcase_add_test(t, frame_joins_fragments_as_5_4_has_them);
	tcase_add_test(t, frame_stops_behind_a_ping_inside_a_message_5_4);
	tcase_add_test(t, frame_leaves_what_follows_a_close_untouched_5_5_1);
	tcase_add_test(t, frame_takes_empty_frames_5_2);
	tcase_add_loop_test(
	    t, frame_rejects_each_fault_by_its_rule, 0, COUNT(faults));
	tcase_add_loop_test(
	    t, frame_rejects_each_fault_also_in_single_bytes, 0, COUNT(faults));
	tcase_add_test(
	    t, frame_takes_no_mask_for_a_header_when_a_read_cuts_between);
	tcase_add_test(t, frame_gives_the_payload_before_a_fault);
	tcase_add_test(t, frame_takes_a_length_of_63_bits_5_2);
	tcase_add_loop_test(t,
	    frame_decodes_every_length_from_every_state_of_the_mask, 0,
	    COUNT(lengths));
	tcase_add_test(t, frame_decodes_many_small_frames_of_one_read_in_order);
	tcase_add_test(t, frame_decodes_the_same_however_the_stream_is_cut);
	tcase_add_loop_test(
	    t, frame_agrees_with_a_naive_decoder_on_random_streams, 0, 8);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(frame_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
