/* SPDX-License-Identifier: ISC */
/*
 * The raw mode, for tests that compare every byte. Behind the two greetings
 * the source sends blocks of 64 KiB, block i being
 *	SHAKE128(seed, 12 bytes | i, 8 bytes, little-endian)
 * where the seed is what the client sent as its version: so each session of
 * a test has a stream of its own, which Python's hashlib makes as quickly.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "tests/testcard/testcard.h"

#define BLOCK_BYTES 65536

static void
make_block(const struct conn *c, uint64_t number, uint8_t out[BLOCK_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t index[8];
	int i;

	for (i = 0; i < 8; i++)
		index[i] = (uint8_t)(number >> (8 * i));
	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_shake128(), NULL) != 1 ||
	    EVP_DigestUpdate(ctx, c->seed, sizeof(c->seed)) != 1 ||
	    EVP_DigestUpdate(ctx, index, sizeof(index)) != 1 ||
	    EVP_DigestFinalXOF(ctx, out, BLOCK_BYTES) != 1)
		errx(1, "SHAKE128 failed");
	EVP_MD_CTX_free(ctx);
}

void
stream_start(struct conn *c, const uint8_t seed[RFB_VERSION_BYTES])
{
	const struct knobs *k = &c->card->knobs;

	memcpy(c->seed, seed, sizeof(c->seed));
	if (k->source >= 0) {
		c->source_left = (uint64_t)k->source;
		c->source_is_endless = k->source == 0;
	}
	c->sink_hash = EVP_MD_CTX_new();
	if (c->sink_hash == NULL ||
	    EVP_DigestInit_ex(c->sink_hash, EVP_sha256(), NULL) != 1)
		errx(1, "SHA-256 failed");
	c->state = CONN_RAW;
}

void
stream_input(struct conn *c)
{
	const uint8_t *data = c->in.data + c->in.off;

	if (c->in.len == 0)
		return;
	if (EVP_DigestUpdate(c->sink_hash, data, c->in.len) != 1)
		errx(1, "SHA-256 failed");
	c->sink_bytes += c->in.len;
	if (c->card->knobs.echo)
		buf_append(&c->out, data, c->in.len);
	buf_drain(&c->in, c->in.len);
}

bool
stream_has_more(const struct conn *c)
{
	return c->source_is_endless || c->source_left > 0;
}

void
stream_fill(struct conn *c)
{
	uint8_t block[BLOCK_BYTES];
	size_t len = BLOCK_BYTES;

	if (!stream_has_more(c))
		return;
	make_block(c, c->source_block++, block);
	if (!c->source_is_endless) {
		if (c->source_left < len)
			len = (size_t)c->source_left;
		c->source_left -= len;
	}
	buf_append(&c->out, block, len);
}

void
stream_report_end(struct conn *c)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	char text[2 * EVP_MAX_MD_SIZE + 1];
	unsigned i, len = 0;

	if (c->sink_hash == NULL)
		return;
	if (EVP_DigestFinal_ex(c->sink_hash, hash, &len) != 1)
		errx(1, "SHA-256 failed");
	for (i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
	report(c, "sink bytes=%llu sha256=%s",
	    (unsigned long long)c->sink_bytes, text);
	EVP_MD_CTX_free(c->sink_hash);
	c->sink_hash = NULL;
}
