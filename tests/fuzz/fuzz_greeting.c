/* SPDX-License-Identifier: ISC */
/*
 * What a target says first, in pieces: two bytes of the input seed how the
 * rest is cut. However it came, the verdict must be that of a check of the
 * whole, written otherwise, and come with the byte that decides it.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/frame_log.h"
#include "worker/parse/greeting.h"

#define SEED_BYTES 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

/* Bytes that go as a greeting does, 12 at most. */
static size_t
count_right(const uint8_t *data, size_t size)
{
	char copy[13] = {0};
	size_t n, i;

	memcpy(copy, data, size < 12 ? size : 12);
	for (n = 0; n < 4 && copy[n] == "RFB "[n]; n++)
		continue;
	if (n < 4)
		return n;
	for (i = 4; i < 11; i++)
		if (i == 7 ? copy[i] != '.' : !isdigit((unsigned char)copy[i]))
			return i;
	return copy[11] == 0x0a ? 12 : 11;
}

/* Bytes in pieces of next_piece bytes until there is a verdict. */
static void
compare(const uint8_t *data, size_t size, uint32_t *seed)
{
	struct greeting g = {0};
	size_t right = count_right(data, size), at = 0, n, used;
	uint8_t *piece;
	int result = 0;

	while (at < size && result == 0) {
		n = seed == NULL ? size : 1 + (frame_random(seed) >> 8) % 14;
		n = n < size - at ? n : size - at;
		must((piece = malloc(n)) != NULL); /* of exactly its size */
		memcpy(piece, data + at, n);
		result = greeting_take(&g, piece, n, &used);
		free(piece);
		must(used <= n && at + used <= 12);
		at += used;
		must(g.len == at && memcmp(g.bytes, data, at) == 0);
		must(used == n || result == 1 || at == 12);
		must((result == 0) == (right >= at && at < 12));
		must((result == 1) == (right == 12 && at == 12));
		must((result < 0) == (right < at));
		must(greeting_is_repeater(&g) ==
		    (g.len == 12 && memcmp(g.bytes, "RFB 000.000\n", 12) == 0));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t seed;

	if (size < SEED_BYTES)
		return 0;
	seed = ((uint32_t)data[0] << 8 | data[1]) + 1;
	compare(data + SEED_BYTES, size - SEED_BYTES, NULL);
	compare(data + SEED_BYTES, size - SEED_BYTES, &seed);
	return 0;
}
