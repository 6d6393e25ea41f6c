/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/long/stream.h"

#define SILENCE_MS 60000 /* nothing moves: something hangs */
#define STALLED_MS 100	 /* till a stall is looked at again */

volatile sig_atomic_t stream_is_stalled, stream_is_silent;

void
stream_poll(struct pollfd *p)
{
	int wait_ms = SILENCE_MS, n;

	if (stream_is_stalled)
		p->events &= ~POLLIN;
	if (stream_is_silent)
		wait_ms = STALLED_MS;
	n = poll(p, 1, wait_ms);
	if (n == -1 && errno != EINTR)
		err(1, "poll");
	if (n == 0 && wait_ms == SILENCE_MS)
		errx(1, "nothing moves");
	if (n < 1)
		p->revents = 0;
}

void
stream_init(struct stream *s, uint64_t seed, uint64_t total_bytes)
{
	s->state = seed;
	s->left_bytes = total_bytes;
	if ((s->hash = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(s->hash, EVP_sha256(), NULL) != 1)
		errx(1, "SHA-256 is not there");
}

/* xorshift64*, G. Marsaglia and S. Vigna */
static uint64_t
next(struct stream *s)
{
	s->state ^= s->state >> 12;
	s->state ^= s->state << 25;
	s->state ^= s->state >> 27;
	return s->state * 2685821657736338717ull;
}

uint64_t
stream_random(struct stream *s, uint64_t limit)
{
	return next(s) % limit;
}

void
stream_make(struct stream *s, uint8_t *out, size_t len)
{
	uint64_t word;
	size_t at, part;

	for (at = 0; at < len; at += part) {
		word = next(s);
		part = len - at < sizeof(word) ? len - at : sizeof(word);
		memcpy(out + at, &word, part);
	}
	stream_take(s, out, len);
}

void
stream_take(struct stream *s, const uint8_t *data, size_t len)
{
	if (len > s->left_bytes)
		errx(1, "%llu bytes more than were sent",
		    (unsigned long long)(len - s->left_bytes));
	s->left_bytes -= len;
	EVP_DigestUpdate(s->hash, data, len);
}

void
stream_finish(struct stream *s, uint8_t out[STREAM_HASH_BYTES])
{
	EVP_DigestFinal_ex(s->hash, out, NULL);
	EVP_MD_CTX_free(s->hash);
	s->hash = NULL;
}
