/* SPDX-License-Identifier: ISC */
/* Frames that a script's clients send, right and wrong. */
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
