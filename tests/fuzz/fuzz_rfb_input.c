/* SPDX-License-Identifier: ISC */
/*
 * What a client sends to a VNC server, in pieces: the first byte chooses the
 * server's greeting, the next two seed how the rest is cut. However it comes,
 * it must be read as a walk over the whole, written otherwise, reads it. And of
 * one who only looks on goes to the server what that walk lets through, in
 * which the same walk finds no message that does anything.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/frame_log.h"
#include "worker/parse/rfb_input.h"
#include "worker/parse/rfb_watch.h"

#define SEED_BYTES 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const greetings[] = {"RFB 003.008\n", "RFB 003.007\n",
    "RFB 003.889\n", "RFB 003.003\n", "RFB 000.000\n", NULL};

struct story {
	size_t at;	 /* of the message that is not whole, or the end */
	int is_deed;	 /* some of it */
	int is_blind;	 /* from some place on */
	int has_buttons; /* the longer PointerEvent */
};

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static size_t
number(const uint8_t *p, size_t len)
{
	size_t n = 0;

	while (len-- > 0)
		n = n << 8 | *p++;
	return n;
}

static void
note_buttons(struct story *s, const uint8_t *p, size_t count, size_t len)
{
	size_t i;

	for (i = 0; i < count && 4 * (i + 1) <= len; i++)
		if (memcmp(p + 4 * i, "\xff\xff\xfe\xc4", 4) == 0)
			s->has_buttons = 1;
}

/*
 * How long the message at p is, of which len bytes (1 at least) are there; 0:
 * its head is not whole. *is_deed is -1 for what can't be followed.
 */
static size_t
measure(struct story *s, const uint8_t *p, size_t len, int *is_deed)
{
	size_t n;

	*is_deed = p[0] >= 4 && p[0] <= 6;
	switch (p[0]) {
	case 0:
		return 20;
	case 2:
		if (len < 4)
			return 0;
		n = number(p + 2, 2);
		note_buttons(s, p + 4, n, len - 4);
		return 4 + 4 * n;
	case 3:
	case 150:
		return 10;
	case 4:
		return 8;
	case 5:
		return len < 2 ? 0 : s->has_buttons && p[1] > 127 ? 7 : 6;
	case 6:
		if (len < 8 || (p[4] > 127 && len < 12))
			return 0;
		n = number(p + 4, 4);
		if (p[4] < 128)
			return 8 + n;
		n = 0x100000000 - n;
		if (n < 4)
			*is_deed = -1;
		else if (n <= 512)
			*is_deed = p[8] % 2 == 0 && (p[8] & 24) != 0;
		return 8 + n;
	case 248:
		return len < 9 ? 0 : 9 + (size_t)p[8];
	case 250:
		return 4;
	case 251:
		return len < 7 ? 0 : 8 + 16 * (size_t)p[6];
	case 253:
		if (len < 4)
			return 0;
		*is_deed = p[1] % 128 == 0;
		return 4 +
		    (p[1] > 127 ? number(p + 2, 2) : p[3] * (size_t)256 + p[2]);
	case 255:
		if (len < 2 || (p[1] == 1 && len < 4))
			return 0;
		*is_deed = p[1] > 1 ? -1 : p[1] == 0;
		if (p[1] > 1)
			return 2;
		return p[1] == 0 ? 12 : number(p + 2, 2) == 2 ? 10 : 4;
	default:
		*is_deed = -1;
		return 1;
	}
}

/* The login; returns its length, SIZE_MAX: it ends before, or is blind. */
static size_t
skip_login(struct story *s, const uint8_t *p, size_t len)
{
	size_t n;

	s->is_deed = len > 0;
	if (len < 12)
		return SIZE_MAX;
	if (memcmp(p, "RFB 003.008\n", 12) != 0 &&
	    memcmp(p, "RFB 003.007\n", 12) != 0) {
		s->is_blind = 1;
		return SIZE_MAX;
	}
	if (len == 12)
		return SIZE_MAX;
	if (p[12] != 1 && p[12] != 2) {
		s->is_blind = 1;
		return SIZE_MAX;
	}
	n = p[12] == 1 ? 14 : 30;
	return len < n ? SIZE_MAX : n;
}

static void
read_whole(struct story *s, const char *greeting, const uint8_t *p, size_t len)
{
	size_t n;
	int is_deed;

	memset(s, 0, sizeof(*s));
	if (greeting == NULL || strcmp(greeting, "RFB 003.007\n") < 0) {
		s->is_blind = 1;
		s->is_deed = len > 0;
		return;
	}
	s->at = skip_login(s, p, len);
	while (s->at < len && !s->is_blind) {
		n = measure(s, p + s->at, len - s->at, &is_deed);
		if (n == 0)
			return;
		s->is_deed |= is_deed != 0;
		s->is_blind = is_deed < 0;
		if (n > len - s->at)
			return;
		s->at += n;
	}
}

/* In pieces of next_piece bytes, each of exactly its size. */
static int
take_all(struct rfb_input *in, const uint8_t *data, size_t len, uint32_t seed)
{
	int is_deed = 0;
	uint8_t *piece;
	size_t n;

	for (; len > 0; data += n, len -= n) {
		n = seed == 0 ? len : 1 + (frame_random(&seed) >> 8) % 14;
		n = n < len ? n : len;
		must((piece = malloc(n)) != NULL);
		memcpy(piece, data, n);
		is_deed |= rfb_input_take(in, piece, n);
		free(piece);
		must(in->head_len < RFB_INPUT_HEAD_MAX);
	}
	return is_deed;
}

/* ---- of one who only looks on ---- */

static int
may_go_on(uint8_t type)
{
	return type == 0 || type == 2 || type == 3 || type == 150 ||
	    type == 248;
}

/* Where the login ends; SIZE_MAX: not yet. */
static size_t
end_of_login(const uint8_t *p, size_t len)
{
	struct story s = {0};

	return skip_login(&s, p, len);
}

/* What goes to the server of all this, up to where it can't be followed. */
static size_t
let_through(const uint8_t *p, size_t len, uint8_t *out)
{
	struct story s = {0};
	size_t n, at = end_of_login(p, len), put;
	int is_deed;

	if (at == SIZE_MAX) {
		memcpy(out, p, len);
		return len;
	}
	memcpy(out, p, at);
	out[at - 1] = 1;
	for (put = at; at < len; at += n) {
		n = measure(&s, p + at, len - at, &is_deed);
		if (is_deed < 0)
			break;
		if (n == 0 || n > len - at)
			n = len - at;
		if (may_go_on(p[at])) {
			memcpy(out + put, p + at, n);
			put += n;
		}
	}
	return put;
}

/* As its server reads it. */
static void
must_do_nothing(const uint8_t *p, size_t len)
{
	struct story s = {0};
	size_t n, at = end_of_login(p, len);
	int is_deed;

	if (at == SIZE_MAX)
		return;
	must(p[at - 1] == 1);
	for (; at < len; at += n) {
		must(may_go_on(p[at]));
		n = measure(&s, p + at, len - at, &is_deed);
		must(!is_deed);
		if (n == 0)
			return;
	}
}

/* In pieces, as take_all(). Gives what went on; *is_blind: until it was. */
static size_t
watch_all(const uint8_t *data, size_t len, uint32_t seed, const char *greeting,
    uint8_t *out, int *is_blind)
{
	struct rfb_input in;
	size_t n, passed, put = 0;
	uint8_t *piece;
	int result = 0;

	rfb_input_begin(&in, (const uint8_t *)greeting);
	for (; len > 0 && result >= 0; data += n, len -= n) {
		n = seed == 0 ? len : 1 + (frame_random(&seed) >> 8) % 14;
		n = n < len ? n : len;
		must((piece = malloc(n)) != NULL);
		memcpy(piece, data, n);
		result = rfb_watch_take(&in, piece, n, &passed);
		must(passed <= n && (result >= 0 || passed == 0));
		memcpy(out + put, piece, passed);
		put += passed;
		free(piece);
	}
	*is_blind = result < 0;
	return put;
}

static void
watch(const uint8_t *data, size_t size, uint32_t seed, const char *greeting,
    const struct story *story)
{
	uint8_t *out = malloc(size + 1), *right = malloc(size + 1);
	size_t n, most = 0;
	int is_blind, i;

	must(out != NULL && right != NULL);
	if (size > 0)
		most = let_through(data, size, right);
	for (i = 0; i < 2; i++) {
		n = watch_all(
		    data, size, i == 0 ? 0 : seed, greeting, out, &is_blind);
		must(size == 0 || is_blind == story->is_blind);
		must(is_blind ? n <= most : n == most);
		must(memcmp(out, right, n) == 0);
		must_do_nothing(out, n);
	}
	free(out);
	free(right);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rfb_input whole, cut;
	struct story story;
	const char *greeting;
	uint32_t seed;

	if (size < SEED_BYTES)
		return 0;
	greeting = greetings[data[0] % 6];
	seed = ((uint32_t)data[1] << 8 | data[2]) + 1;
	data += SEED_BYTES;
	size -= SEED_BYTES;
	read_whole(&story, greeting, data, size);
	rfb_input_begin(&whole, (const uint8_t *)greeting);
	must(take_all(&whole, data, size, 0) == story.is_deed);
	must((whole.phase == RFB_INPUT_BLIND) == story.is_blind);
	must(story.is_blind || story.at != size ||
	    (whole.left == 0 && whole.head_len == 0 &&
		whole.phase == RFB_INPUT_MESSAGE));
	rfb_input_begin(&cut, (const uint8_t *)greeting);
	must(take_all(&cut, data, size, seed) == story.is_deed);
	must(cut.phase == whole.phase && cut.left == whole.left &&
	    cut.encodings == whole.encodings &&
	    cut.has_buttons == whole.has_buttons &&
	    cut.head_len == whole.head_len &&
	    memcmp(cut.head, whole.head, cut.head_len) == 0);
	watch(data, size, seed, greeting, &story);
	return 0;
}
