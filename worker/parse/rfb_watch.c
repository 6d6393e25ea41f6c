/* SPDX-License-Identifier: ISC */
/*
 * STANDARDS  RFC 6143, 7.3.1 and 7.5; rfbproto for ContinuousUpdates and Fence.
 *
 * Whether a message goes on, its first byte says. So nothing has to be kept
 * back until more of it has come, and what goes on is never longer than what
 * has come.
 */
#include <string.h>

#include "worker/parse/rfb_watch.h"

#define SHARED 1 /* in ClientInit, RFC 6143, 7.3.1 */

int
rfb_watch_is_login(const struct rfb_input *in)
{
	return in->phase == RFB_INPUT_VERSION || in->phase == RFB_INPUT_TYPE ||
	    in->phase == RFB_INPUT_INIT;
}

static int
is_at_first_byte(const struct rfb_input *in)
{
	return in->left == 0 && in->head_len == 0;
}

/* By the first byte of a message. What answers the server has to go on. */
static int
only_asks(uint8_t type)
{
	switch (type) {
	case RFB_SET_PIXEL_FORMAT:
	case RFB_SET_ENCODINGS:
	case RFB_UPDATE_REQUEST:
	case RFB_CONTINUOUS_UPDATES:
	case RFB_CLIENT_FENCE:
		return 1;
	default:
		return 0;
	}
}

/* A login goes on, and the encodings of a message that does. */
static void
look_at_first_byte(struct rfb_input *in, uint8_t *first)
{
	if (in->phase == RFB_INPUT_INIT)
		*first = SHARED;
	in->is_passed =
	    (uint8_t)(in->phase != RFB_INPUT_MESSAGE || only_asks(*first));
}

/* The bytes that belong to what is looked at for certain; 1 of a head. */
static size_t
certain_bytes(const struct rfb_input *in, size_t len)
{
	if (in->left == 0)
		return 1;
	return in->left < len ? in->left : len;
}

int
rfb_watch_take(struct rfb_input *in, uint8_t *data, size_t len, size_t *passed)
{
	uint8_t *start = data, *to = data;
	int is_deed = 0;
	size_t n;

	*passed = 0;
	for (; len > 0; data += n, len -= n) {
		if (is_at_first_byte(in))
			look_at_first_byte(in, data);
		n = certain_bytes(in, len);
		is_deed |= rfb_input_take(in, data, n);
		if (in->phase == RFB_INPUT_BLIND)
			return VB_EBADMSG;
		if (!in->is_passed)
			continue;
		memmove(to, data, n);
		to += n;
	}
	*passed = (size_t)(to - start);
	return is_deed;
}
