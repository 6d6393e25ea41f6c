/* SPDX-License-Identifier: ISC */
/*
 * WebSocket frames, RFC 6455 section 5.
 *
 * Three ways through ws_decode(), from the usual to the rare:
 *  - whole small binary frames, many in one read (key strokes, pointer):
 *    decode_small_frames(), which neither reads nor writes the decoder;
 *  - any frame whose header is whole in the buffer: parsed where it lies;
 *  - a header that a read's end has cut: gathered in d->head first.
 *
 * Invariant: out <= in. Payload only ever moves towards the buffer's
 * beginning, so one forward pass unmasks and moves it.
 */
#include <string.h>

#include "worker/parse/frame.h"

/* RFC 6455, 5.2: the bits of the first two bytes */
#define FIN_BIT	    0x80
#define RSV_BITS    0x70
#define OPCODE_BITS 0x0f
#define CONTROL_BIT 0x08
#define MASK_BIT    0x80
#define LEN_BITS    0x7f

/* RFC 6455, 5.2: what the 7 length bits may announce */
#define LEN_IS_16_BITS	126
#define LEN_IS_64_BITS	127

#define LEN_7_MAX	125
#define LEN_16_MAX	65535
#define LEN_63_MAX	INT64_MAX /* "the most significant bit MUST be 0" */

#define MASK_BYTES	4
#define FIXED_BYTES	2 /* in front of every header */
#define SMALL_HEAD	(FIXED_BYTES + MASK_BYTES)
#define CLOSE_CODE_SIZE 2

typedef uint32_t vector __attribute__((vector_size(16)));
#define VECTOR_BYTES sizeof(vector)

/* What must lie before len so that a vector may be read behind a frame. */
#define SMALL_ROOM (SMALL_HEAD + LEN_7_MAX + VECTOR_BYTES)

static inline vector
vector_load(const uint8_t *src)
{
	vector v;

	memcpy(&v, src, sizeof(v));
	return v;
}

static inline void
vector_store(uint8_t *dst, vector v)
{
	memcpy(dst, &v, sizeof(v));
}

/*
 * Unmasks n bytes from src to dst, which may overlap if it is not behind
 * src: each load comes before the store that could hit it. Four vectors a
 * turn: how fast a shorter loop is depends on where the linker puts it.
 */
static void
unmask(uint8_t *dst, const uint8_t *src, size_t n, uint32_t mask)
{
	const vector key = {mask, mask, mask, mask};
	uint8_t bytes[MASK_BYTES];
	vector a, b, c, d;
	size_t i = 0;

	for (; n - i >= 4 * VECTOR_BYTES; i += 4 * VECTOR_BYTES) {
		a = vector_load(src + i) ^ key;
		b = vector_load(src + i + VECTOR_BYTES) ^ key;
		c = vector_load(src + i + 2 * VECTOR_BYTES) ^ key;
		d = vector_load(src + i + 3 * VECTOR_BYTES) ^ key;
		vector_store(dst + i, a);
		vector_store(dst + i + VECTOR_BYTES, b);
		vector_store(dst + i + 2 * VECTOR_BYTES, c);
		vector_store(dst + i + 3 * VECTOR_BYTES, d);
	}
	for (; n - i >= VECTOR_BYTES; i += VECTOR_BYTES)
		vector_store(dst + i, vector_load(src + i) ^ key);
	memcpy(bytes, &mask, sizeof(bytes));
	for (; i < n; i++)
		dst[i] = src[i] ^ bytes[i % MASK_BYTES];
}

/*
 * The same in whole vectors: reads up to a vector behind src + n, and
 * writes up to a vector behind dst + n, which must not reach src + n.
 */
static inline void
unmask_roughly(uint8_t *dst, const uint8_t *src, size_t n, uint32_t mask)
{
	const vector key = {mask, mask, mask, mask};
	size_t i;

	for (i = 0; i < n; i += VECTOR_BYTES)
		vector_store(dst + i, vector_load(src + i) ^ key);
}

/*
 * Takes whole, unfragmented binary frames of up to 125 bytes for as long as
 * they come. Between two of them a decoder is always in the same state, so
 * there is nothing to note in it.
 */
static void
decode_small_frames(uint8_t *buf, size_t len, size_t *in, size_t *out)
{
	size_t i = *in, o = *out, n;
	uint32_t mask;

	while (len - i >= SMALL_ROOM) {
		n = buf[i + 1] ^ MASK_BIT;
		if (buf[i] != (FIN_BIT | WS_BINARY) || n > LEN_7_MAX)
			break;
		memcpy(&mask, buf + i + FIXED_BYTES, sizeof(mask));
		i += SMALL_HEAD;
		if (i - o >= VECTOR_BYTES)
			unmask_roughly(buf + o, buf + i, n, mask);
		else
			unmask(buf + o, buf + i, n, mask);
		i += n;
		o += n;
	}
	*in = i;
	*out = o;
}

/* RFC 6455, 5.2, 5.4 and 5.5: all that a frame's first byte can break. */
static int
check_first_byte(const struct ws_decoder *d, uint8_t first)
{
	if ((first & RSV_BITS) != 0)
		return WS_ERROR_PROTOCOL; /* no extension was negotiated */
	switch (first & OPCODE_BITS) {
	case WS_CONT:
		return d->is_in_message ? 0 : WS_ERROR_PROTOCOL;
	case WS_TEXT:
		if (d->is_in_message)
			return WS_ERROR_PROTOCOL;
		return d->takes_text && (first & FIN_BIT) != 0 ? 0
							       : WS_ERROR_TEXT;
	case WS_BINARY:
		return d->is_in_message ? WS_ERROR_PROTOCOL : 0;
	case WS_CLOSE:
	case WS_PING:
	case WS_PONG:
		return (first & FIN_BIT) != 0 ? 0 : WS_ERROR_PROTOCOL;
	default:
		return WS_ERROR_PROTOCOL;
	}
}

/* RFC 6455, 5.1 (clients mask) and 5.5 (control frames are small). */
static int
check_second_byte(uint8_t first, uint8_t second)
{
	if ((second & MASK_BIT) == 0)
		return WS_ERROR_PROTOCOL;
	if ((first & CONTROL_BIT) != 0 && (second & LEN_BITS) > WS_CONTROL_MAX)
		return WS_ERROR_PROTOCOL;
	if ((first & OPCODE_BITS) == WS_TEXT &&
	    (second & LEN_BITS) > WS_CONTROL_MAX)
		return WS_ERROR_TOO_BIG;
	return 0;
}

/* It is small, and given as a whole. */
static int
is_kept(uint8_t opcode)
{
	return (opcode & CONTROL_BIT) != 0 || opcode == WS_TEXT;
}

/* Bytes of the extended payload length. */
static size_t
extended_size(uint8_t second)
{
	switch (second & LEN_BITS) {
	case LEN_IS_16_BITS:
		return sizeof(uint16_t);
	case LEN_IS_64_BITS:
		return sizeof(uint64_t);
	default:
		return 0;
	}
}

/* RFC 6455, 5.2: the length, in the least bytes that can hold it. */
static int
read_length(const uint8_t *head, uint64_t *len)
{
	size_t i, size = extended_size(head[1]);
	uint64_t n = 0;

	for (i = 0; i < size; i++)
		n = n << 8 | head[FIXED_BYTES + i];
	if (size == 0)
		n = head[1] & LEN_BITS;
	else if (size == sizeof(uint16_t) && n <= LEN_7_MAX)
		return WS_ERROR_PROTOCOL;
	else if (size == sizeof(uint64_t) &&
	    (n <= LEN_16_MAX || n > LEN_63_MAX))
		return WS_ERROR_PROTOCOL;
	*len = n;
	return 0;
}

/*
 * Parses a header of which have bytes have come, each field as soon as it
 * is whole, and begins its frame. Returns the header's size, 0 when more is
 * needed, or an error.
 */
static int
parse_head(struct ws_decoder *d, const uint8_t *head, size_t have)
{
	size_t size;
	int error;

	if ((error = check_first_byte(d, head[0])) != 0)
		return error;
	if (have < FIXED_BYTES)
		return 0;
	if ((error = check_second_byte(head[0], head[1])) != 0)
		return error;
	size = FIXED_BYTES + extended_size(head[1]);
	if (have < size)
		return 0;
	if ((error = read_length(head, &d->remain)) != 0)
		return error;
	if (have < size + MASK_BYTES)
		return 0;

	memcpy(d->mask, head + size, MASK_BYTES);
	d->mask_at = 0;
	d->opcode = head[0] & OPCODE_BITS;
	if (is_kept(d->opcode))
		d->control_len = 0;
	else
		d->is_in_message = (head[0] & FIN_BIT) == 0;
	d->is_in_frame = 1;
	return (int)(size + MASK_BYTES);
}

/*
 * Takes header bytes from src. Returns 1 when a frame has begun, 0 when all
 * bytes were used and more are needed, or an error.
 */
static int
take_head(struct ws_decoder *d, const uint8_t *src, size_t len, size_t *used)
{
	const uint8_t *head = src;
	size_t old = d->head_len, have = len;
	int size;

	if (have > WS_CLIENT_HEAD_MAX - old)
		have = WS_CLIENT_HEAD_MAX - old;
	if (old > 0) {
		memcpy(d->head + old, src, have);
		head = d->head;
	}
	size = parse_head(d, head, old + have);
	if (size < 0)
		return size;
	if (size > 0) {
		d->head_len = 0;
		*used = (size_t)size - old;
		return 1;
	}
	if (old == 0)
		memcpy(d->head, src, have);
	d->head_len = (uint8_t)(old + have);
	*used = have;
	return 0;
}

/* Unmasks the next n bytes of the frame, wherever in its mask it is. */
static void
take_payload(struct ws_decoder *d, uint8_t *dst, const uint8_t *src, size_t n)
{
	uint8_t bytes[MASK_BYTES];
	uint32_t mask;
	size_t i;

	for (i = 0; i < MASK_BYTES; i++)
		bytes[i] = d->mask[(d->mask_at + i) % MASK_BYTES];
	memcpy(&mask, bytes, sizeof(mask));
	unmask(dst, src, n, mask);
	d->mask_at = (d->mask_at + n) % MASK_BYTES;
	d->remain -= n;
	if (d->remain == 0)
		d->is_in_frame = 0;
}

void
ws_decoder_init(struct ws_decoder *d)
{
	memset(d, 0, sizeof(*d));
}

int
ws_decode(struct ws_decoder *d, uint8_t *buf, size_t len, size_t *used,
    size_t *payload_len)
{
	size_t in = 0, out = 0, n;
	int result = WS_NEED_MORE;

	while (in < len) {
		if (!d->is_in_frame) {
			if (!d->is_in_message && d->head_len == 0)
				decode_small_frames(buf, len, &in, &out);
			n = 0;
			if (in < len)
				result = take_head(d, buf + in, len - in, &n);
			in += n;
			if (result <= 0)
				break;
			result = WS_NEED_MORE;
		}
		n = len - in < d->remain ? len - in : (size_t)d->remain;
		if (!is_kept(d->opcode)) {
			take_payload(d, buf + out, buf + in, n);
			in += n;
			out += n;
			continue;
		}
		take_payload(d, d->control + d->control_len, buf + in, n);
		d->control_len += (uint8_t)n;
		in += n;
		if (!d->is_in_frame) {
			d->control_opcode = d->opcode;
			result = WS_CONTROL;
			break;
		}
	}
	*used = in;
	*payload_len = out;
	return result;
}

size_t
ws_encode_head(
    uint8_t out[WS_SERVER_HEAD_MAX], enum ws_opcode opcode, uint64_t len)
{
	size_t i, size;

	out[0] = FIN_BIT | (uint8_t)opcode;
	if (len <= LEN_7_MAX) {
		out[1] = (uint8_t)len;
		return FIXED_BYTES;
	}
	out[1] = len <= LEN_16_MAX ? LEN_IS_16_BITS : LEN_IS_64_BITS;
	size = extended_size(out[1]);
	for (i = size; i > 0; i--) {
		out[FIXED_BYTES + i - 1] = (uint8_t)len;
		len >>= 8;
	}
	return FIXED_BYTES + size;
}

size_t
ws_encode_close(
    uint8_t out[WS_CLOSE_FRAME_MAX], uint16_t code, const char *reason)
{
	size_t n = 0;
	uint8_t *p = out + FIXED_BYTES + CLOSE_CODE_SIZE;

	if (code == WS_CLOSE_NO_STATUS || code == WS_CLOSE_ABNORMAL)
		return ws_encode_head(out, WS_CLOSE, 0);
	for (; reason[n] != '\0' && n < WS_REASON_MAX; n++)
		p[n] = reason[n] >= ' ' && reason[n] <= '~' ? (uint8_t)reason[n]
							    : '?';
	n += CLOSE_CODE_SIZE;
	(void)ws_encode_head(out, WS_CLOSE, n);
	out[FIXED_BYTES] = (uint8_t)(code >> 8);
	out[FIXED_BYTES + 1] = (uint8_t)code;
	return FIXED_BYTES + n;
}

/*
 * RFC 6455, 7.4: what a client may send. 1012 to 1014 came later, in the
 * registry that 11.7 set up.
 */
static int
may_be_received(unsigned code)
{
	static const struct {
		unsigned first, last;
	} ranges[] = {
	    {1000, 1003}, /* 7.4.1 */
	    {1007, 1014}, /* 7.4.1, and the registry */
	    {3000, 4999}, /* 7.4.2: libraries, applications, private use */
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return 1;
	return 0;
}

/*
 * The length of the well-formed UTF-8 character at p, or 0 (RFC 3629, 4:
 * the table of byte ranges, without overlong forms and surrogates).
 */
static size_t
utf8_char_len(const uint8_t *p, size_t len)
{
	static const struct {
		uint8_t first, last; /* of the first byte */
		uint8_t second_least, second_most;
		uint8_t size;
	} forms[] = {
	    {0x00, 0x7f, 0, 0, 1},
	    {0xc2, 0xdf, 0x80, 0xbf, 2},
	    {0xe0, 0xe0, 0xa0, 0xbf, 3},
	    {0xe1, 0xec, 0x80, 0xbf, 3},
	    {0xed, 0xed, 0x80, 0x9f, 3},
	    {0xee, 0xef, 0x80, 0xbf, 3},
	    {0xf0, 0xf0, 0x90, 0xbf, 4},
	    {0xf1, 0xf3, 0x80, 0xbf, 4},
	    {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i = 0, j;

	while (i < sizeof(forms) / sizeof(forms[0]) &&
	    (p[0] < forms[i].first || p[0] > forms[i].last))
		i++;
	if (i == sizeof(forms) / sizeof(forms[0]) || len < forms[i].size)
		return 0;
	if (forms[i].size > 1 &&
	    (p[1] < forms[i].second_least || p[1] > forms[i].second_most))
		return 0;
	for (j = 2; j < forms[i].size; j++)
		if (p[j] < 0x80 || p[j] > 0xbf)
			return 0;
	return forms[i].size;
}

int
ws_parse_close(const uint8_t *payload, size_t len)
{
	size_t i, n;
	unsigned code;

	if (len == 0)
		return WS_CLOSE_NO_STATUS;
	if (len < CLOSE_CODE_SIZE)
		return WS_ERROR_PROTOCOL;
	code = (unsigned)payload[0] << 8 | payload[1];
	if (!may_be_received(code))
		return WS_ERROR_PROTOCOL;
	for (i = CLOSE_CODE_SIZE; i < len; i += n) {
		n = utf8_char_len(payload + i, len - i);
		if (n == 0)
			return WS_ERROR_PROTOCOL;
	}
	return (int)code;
}
