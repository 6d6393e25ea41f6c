/* SPDX-License-Identifier: ISC */
/* Frames that a script's clients send, right and wrong, and get. */
#include <string.h>

#include "tests/fuzz/client_rig.h"
#include "worker/parse/frame.h"

/* Payload that tells a byte from its neighbours. */
void
frames_fill(uint8_t *out, size_t len, uint8_t *pattern)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)((*pattern += 101) ^ i >> 8);
}

/* Writes a length in the form that is asked for, right or wrong. */
static size_t
put_length(uint8_t *out, size_t len, unsigned form)
{
	size_t i, size;

	if (form == 0)
		form = len <= 125 ? 1 : len <= 65535 ? 2 : 3;
	out[0] = form == 1 ? (uint8_t)(len & 127) : form == 2 ? 126 : 127;
	size = form == 1 ? 0 : form == 2 ? 2 : 8;
	for (i = 0; i < size; i++)
		out[size - i] = i < sizeof(len) ? (uint8_t)(len >> 8 * i) : 0;
	return 1 + size;
}

size_t
frames_send(struct slot *slot, const uint8_t parts[4], const uint8_t *own,
    size_t own_len, unsigned large_shift)
{
	static uint8_t frame[WS_CLIENT_HEAD_MAX + (255 << 10)];
	uint8_t how = parts[1], mask[4];
	size_t len = parts[2], used = 0, n, i;

	mask[0] = mask[2] = parts[3];
	mask[1] = mask[3] = (uint8_t)~mask[0];
	if (how & 16)
		len <<= large_shift;
	frame[0] = parts[0];
	n = 1 + put_length(frame + 1, len, how & 3);
	if (!(how & 4)) {
		frame[1] |= 0x80;
		memcpy(frame + n, mask, sizeof(mask));
		n += sizeof(mask);
	} else
		memset(mask, 0, sizeof(mask));
	frames_fill(frame + n, len, &slot->pattern);
	if (how & 8) {
		used = len < own_len ? len : own_len;
		memcpy(frame + n, own, used);
	}
	for (i = 0; i < len; i++)
		frame[n + i] ^= mask[i % 4];
	n += len;
	rig_client_send(slot, frame, how & 32 ? n / 2 : n);
	return used;
}

/* ---- what the worker sends ---- */

/* Returns the size of a whole frame's header, or 0 if it is cut. */
size_t
frames_read_head(const uint8_t *p, size_t len, size_t *payload)
{
	size_t size, i;

	if (len < 2)
		return 0;
	must(p[1] < 128); /* a server does not mask: RFC 6455, 5.1 */
	size = p[1] < 126 ? 2 : p[1] == 126 ? 4 : 10;
	if (len < size)
		return 0;
	*payload = size == 2 ? p[1] : 0;
	for (i = 2; i < size; i++)
		*payload = *payload << 8 | p[i];
	must(size != 4 || *payload > 125);
	must(size != 10 || *payload > 65535);
	return size;
}

/*
 * The first of a refusal's frames, and no target's greeting: the rest of what
 * came, as far as it did, is not what the target said then.
 */
int
frames_begin_refusal(const uint8_t *p, size_t len, const struct bytes *said)
{
	static const uint8_t frame[] = "\x82\x0cRFB 003.008\n";
	size_t size = sizeof(frame) - 1, payload, head, part;

	size = len < size ? len : size; /* at least the head */
	if (memcmp(p, frame, size) != 0)
		return 0;
	if (said->len < size - 2 || memcmp(said->p, p + 2, size - 2) != 0)
		return 1;
	p += size;
	len -= size;
	head = frames_read_head(p, len, &payload);
	if (head == 0 || p[0] != 0x82)
		return 0;
	part = payload < len - head ? payload : len - head;
	return part > said->len - (size - 2) ||
	    memcmp(p + head, said->p + size - 2, part) != 0;
}

/* No security types, and a reason. */
void
frames_check_refusal(const uint8_t *p, size_t part, size_t len)
{
	static const uint8_t head[4] = {0};
	size_t i;

	must(len >= 5 && len <= 5 + 255);
	must(memcmp(p, head, part < 4 ? part : 4) == 0);
	must(part < 5 || p[4] == len - 5);
	for (i = 5; i < part; i++)
		must(p[i] >= ' ' && p[i] <= '~');
}
