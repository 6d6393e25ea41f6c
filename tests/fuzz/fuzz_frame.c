/* SPDX-License-Identifier: ISC */
/*
 * The frame decoder against the naive one: the same payload, control frames
 * and error, whatever the reads. The first two bytes seed how the rest, a
 * client's stream, is cut into many; it is decoded whole, too, and while it
 * is short, cut in two at each of its places, and byte by byte.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/frame.h"
#include "tests/unit/frame_log.h"

#define SEED_BYTES 2
#define CUT_MAX	   64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
piece_of_all(void *arg)
{
	(void)arg;
	return SIZE_MAX;
}

static size_t
piece_of_one(void *arg)
{
	(void)arg;
	return 1;
}

/* Up to a place, then the rest. */
static size_t
piece_to_cut(void *arg)
{
	size_t *cut = arg, n = *cut;

	*cut = SIZE_MAX;
	return n;
}

static size_t
piece_by_seed(void *arg)
{
	uint32_t n = frame_random(arg) >> 8;

	return 1 + (n >> 2) % ((n & 3) == 0 ? 400 : 20);
}

static void
compare(const struct frame_log *naive, const uint8_t *stream, size_t len,
    size_t (*next_piece)(void *arg), void *arg)
{
	struct frame_log log;

	memset(&log, 0, sizeof(log));
	frame_log_by_codec(&log, stream, len, next_piece, arg);
	if (!frame_log_is_same(naive, &log))
		abort();
	frame_log_free(&log);
}

/* The other parser of foreign bytes in the codec: a Close payload. */
static void
parse_close(const uint8_t *data, size_t size)
{
	uint8_t *payload;
	int code;

	size = size > WS_CONTROL_MAX ? WS_CONTROL_MAX : size;
	payload = malloc(size > 0 ? size : 1);
	if (payload == NULL)
		abort();
	memcpy(payload, data, size);
	code = ws_parse_close(payload, size);
	if (code != WS_ERROR_PROTOCOL && (code < 1000 || code > 4999))
		abort();
	free(payload);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_log naive;
	size_t at, cut;
	uint32_t seed;

	if (size < SEED_BYTES)
		return 0;
	seed = ((uint32_t)data[0] << 8 | data[1]) + 1;
	data += SEED_BYTES;
	size -= SEED_BYTES;
	memset(&naive, 0, sizeof(naive));
	frame_log_naively(&naive, data, size);
	compare(&naive, data, size, piece_of_all, NULL);
	compare(&naive, data, size, piece_by_seed, &seed);
	if (size <= CUT_MAX)
		compare(&naive, data, size, piece_of_one, NULL);
	for (at = 1; size <= CUT_MAX && at < size; at++) {
		cut = at;
		compare(&naive, data, size, piece_to_cut, &cut);
	}
	frame_log_free(&naive);
	parse_close(data, size);
	return 0;
}
