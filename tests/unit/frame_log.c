/* SPDX-License-Identifier: ISC */
/*
 * See frame_log.h. The naive decoder shares nothing with worker/parse/frame.c
 * but the RFC; where the two differ, one is wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/frame.h"
#include "tests/unit/frame_log.h"

static void
log_byte(struct frame_log *log, uint8_t byte)
{
	if (log->len == log->room) {
		log->room = log->room * 2 + 64;
		log->bytes = realloc(log->bytes, log->room);
		if (log->bytes == NULL)
			abort();
	}
	log->bytes[log->len++] = byte;
}

static void
log_data(struct frame_log *log, uint8_t byte)
{
	log_byte(log, 'd');
	log_byte(log, byte);
}

static void
log_control(struct frame_log *log, uint8_t opcode, const uint8_t *payload,
    size_t payload_len)
{
	size_t i;

	log_byte(log, 'c');
	log_byte(log, opcode);
	log_byte(log, (uint8_t)payload_len);
	for (i = 0; i < payload_len; i++)
		log_byte(log, payload[i]);
}

static void
log_error(struct frame_log *log, unsigned code)
{
	log_byte(log, 'e');
	log_byte(log, (uint8_t)(code >> 8));
	log_byte(log, (uint8_t)code);
}

void
frame_log_free(struct frame_log *log)
{
	free(log->bytes);
	memset(log, 0, sizeof(*log));
}

int
frame_log_is_same(const struct frame_log *a, const struct frame_log *b)
{
	return a->len == b->len &&
	    (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

uint32_t
frame_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Where the naive decoder stands: in the header, or in the payload. */
struct naive {
	unsigned header[14];
	unsigned header_count;
	unsigned long long left;
	unsigned long long position; /* in the payload */
	int in_payload;
	int expects_continuation;
	uint8_t collected[256]; /* of a control frame */
};

/* What is wrong with the header so far: a close code, or 0. */
static unsigned
naive_fault(const struct naive *n)
{
	unsigned fin = n->header[0] / 128, rsv = n->header[0] / 16 % 8;
	unsigned opcode = n->header[0] % 16, count = n->header_count;
	unsigned short_len = n->header[1] % 128;
	int is_control = opcode >= 8;

	if (rsv != 0)
		return 1002;
	if ((opcode > 2 && opcode < 8) || opcode > 10)
		return 1002;
	if (is_control && !fin)
		return 1002;
	if (opcode == 0 && !n->expects_continuation)
		return 1002;
	if ((opcode == 1 || opcode == 2) && n->expects_continuation)
		return 1002;
	if (opcode == 1)
		return 1003;
	if (count >= 2 && n->header[1] < 128)
		return 1002;
	if (count >= 2 && is_control && short_len > 125)
		return 1002;
	if (count >= 4 && short_len == 126 &&
	    n->header[2] * 256 + n->header[3] < 126)
		return 1002;
	if (count >= 10 && short_len == 127) {
		if (n->header[2] >= 128)
			return 1002;
		if (n->header[2] + n->header[3] + n->header[4] + n->header[5] +
			n->header[6] + n->header[7] ==
		    0)
			return 1002;
	}
	return 0;
}

static unsigned
naive_header_size(const struct naive *n)
{
	unsigned short_len = n->header[1] % 128;

	return short_len < 126 ? 6 : short_len == 126 ? 8 : 14;
}

static void
naive_begin_payload(struct naive *n)
{
	unsigned i, size = naive_header_size(n);

	n->left = size == 6 ? n->header[1] % 128 : 0;
	for (i = 2; i < size - 4; i++)
		n->left = n->left * 256 + n->header[i];
	n->position = 0;
	n->in_payload = 1;
	if (n->header[0] % 16 < 8)
		n->expects_continuation = n->header[0] < 128;
}

/* The end of a frame. Returns 1 if it was a Close. */
static int
naive_end_frame(struct naive *n, struct frame_log *log)
{
	unsigned opcode = n->header[0] % 16;

	if (opcode >= 8)
		log_control(
		    log, (uint8_t)opcode, n->collected, (size_t)n->position);
	n->in_payload = 0;
	n->header_count = 0;
	return opcode == 8;
}

static void
naive_payload_byte(struct naive *n, struct frame_log *log, uint8_t byte)
{
	unsigned mask_start = naive_header_size(n) - 4;
	uint8_t plain;

	plain = byte ^ (uint8_t)n->header[mask_start + n->position % 4];
	if (n->header[0] % 16 >= 8)
		n->collected[n->position] = plain;
	else
		log_data(log, plain);
	n->position++;
	n->left--;
}

void
frame_log_naively(struct frame_log *log, const uint8_t *stream, size_t len)
{
	struct naive n;
	unsigned fault;
	size_t i;

	memset(&n, 0, sizeof(n));
	for (i = 0; i < len; i++) {
		if (n.in_payload) {
			naive_payload_byte(&n, log, stream[i]);
		} else {
			n.header[n.header_count++] = stream[i];
			if ((fault = naive_fault(&n)) != 0) {
				log_error(log, fault);
				return;
			}
			if (n.header_count < 2 ||
			    n.header_count < naive_header_size(&n))
				continue;
			naive_begin_payload(&n);
		}
		if (n.left == 0 && naive_end_frame(&n, log))
			return;
	}
}

/*
 * Decodes one piece with as many calls as it takes. Returns 0 when the
 * stream has ended.
 */
static int
log_piece(struct ws_decoder *d, struct frame_log *log, uint8_t *piece,
    size_t piece_len)
{
	size_t at = 0, used, payload_len, i;
	int result;

	do {
		result = ws_decode(
		    d, piece + at, piece_len - at, &used, &payload_len);
		if (used > piece_len - at || payload_len > used)
			abort();
		for (i = 0; i < payload_len; i++)
			log_data(log, piece[at + i]);
		at += used;
		if (result < 0) {
			log_error(log, (unsigned)-result);
			return 0;
		}
		if (result == WS_NEED_MORE && at != piece_len)
			abort();
		if (result == WS_CONTROL)
			log_control(
			    log, d->control_opcode, d->control, d->control_len);
		if (result == WS_CONTROL && d->control_opcode == WS_CLOSE)
			return 0;
	} while (result == WS_CONTROL);
	return 1;
}

void
frame_log_by_codec(struct frame_log *log, const uint8_t *stream, size_t len,
    size_t (*next_piece)(void *arg), void *arg)
{
	struct ws_decoder d;
	uint8_t *piece;
	size_t at, n;
	int goes_on = 1;

	ws_decoder_init(&d);
	for (at = 0; at < len && goes_on; at += n) {
		n = next_piece(arg);
		n = n > len - at ? len - at : n;
		if ((piece = malloc(n)) == NULL)
			abort();
		memcpy(piece, stream + at, n);
		goes_on = log_piece(&d, log, piece, n);
		free(piece);
	}
}
