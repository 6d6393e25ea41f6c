/* SPDX-License-Identifier: ISC */
/* A growing queue of bytes. */
#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "tests/testcard/testcard.h"

#define BUF_STEP_BYTES 4096

/* Makes room for len bytes behind what is queued, and counts them in. */
uint8_t *
buf_reserve(struct buf *b, size_t len)
{
	uint8_t *at;

	if (b->off > 0 && b->off + b->len + len > b->cap) {
		memmove(b->data, b->data + b->off, b->len);
		b->off = 0;
	}
	if (b->len + len > b->cap) {
		b->cap = (b->len + len) * 3 / 2 + BUF_STEP_BYTES;
		b->data = realloc(b->data, b->cap);
		if (b->data == NULL)
			err(1, "realloc");
	}
	at = b->data + b->off + b->len;
	b->len += len;
	return at;
}

void
buf_append(struct buf *b, const void *data, size_t len)
{
	if (len > 0)
		memcpy(buf_reserve(b, len), data, len);
}

void
buf_append_u32(struct buf *b, uint32_t value)
{
	value = htonl(value);
	buf_append(b, &value, sizeof(value));
}

void
buf_append_u16(struct buf *b, uint16_t value)
{
	value = htons(value);
	buf_append(b, &value, sizeof(value));
}

void
buf_drain(struct buf *b, size_t len)
{
	b->off += len;
	b->len -= len;
	if (b->len == 0)
		b->off = 0;
}

void
buf_clear(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}
