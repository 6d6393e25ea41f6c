/* SPDX-License-Identifier: ISC */
/*
 * Two ways to decode a client's stream into one flat log, for tests and
 * fuzzers to compare: by worker/parse/frame.c, fed in pieces, and by a naive
 * decoder that takes RFC 6455, section 5, a byte at a time.
 */
#ifndef VB_TEST_FRAME_LOG_H
#define VB_TEST_FRAME_LOG_H

#include <stddef.h>
#include <stdint.h>

/* Entries: 'd' byte; 'c' opcode length payload; 'e' code high, code low. */
struct frame_log {
	uint8_t *bytes;
	size_t len;
	size_t room;
};

void frame_log_free(struct frame_log *log);

/* Both stop behind a Close frame, and at the first error. */
void
frame_log_naively(struct frame_log *log, const uint8_t *stream, size_t len);

/*
 * next_piece gives the size of the next piece, from 1 on; it is cut to what
 * is left. Each piece is decoded in memory of exactly its size.
 */
void frame_log_by_codec(struct frame_log *log, const uint8_t *stream,
    size_t len, size_t (*next_piece)(void *arg), void *arg);

int frame_log_is_same(const struct frame_log *a, const struct frame_log *b);

/* Repeatable numbers (xorshift32); the seed is never 0. */
uint32_t frame_random(uint32_t *state);

#endif
