/* SPDX-License-Identifier: ISC */
/*
 * STANDARDS  RFC 6143, 7.5, and the RFB protocol as its community keeps it
 *            (rfbproto) for ContinuousUpdates, Fence, xvp, SetDesktopSize, gii,
 *            QEMU's messages, the extended clipboard and mouse buttons.
 *
 * Of a message the head is looked at, up to where its length is known; the rest
 * is passed over by count.
 */
#include <string.h>

#include "worker/parse/rfb_input.h"

#define POINTER_BYTES	  6  /* without more buttons */
#define TYPE_NONE	  1  /* RFC 6143, 7.2.1 */
#define TYPE_VNC_AUTH	  2  /* 7.2.2 */
#define RESPONSE_BYTES	  16 /* to its challenge */

#define ENCODING_BYTES	  4
#define EXTENDED_BUTTONS  (-316)
#define BUTTONS_MARKER	  0x80 /* in a PointerEvent's mask */
#define SCREEN_BYTES	  16   /* SetDesktopSize */
#define GII_BIG_ENDIAN	  0x80
#define GII_INJECTION	  0
#define QEMU_KEY	  0
#define QEMU_AUDIO	  1
#define QEMU_AUDIO_FORMAT 2 /* which has six bytes more */

/*
 * Extended clipboard, the first byte of its flags: a person has copied or
 * pasted something; what it can do, and requests, viewers say by themselves.
 */
#define CLIPBOARD_CAPS	   0x01 /* then the others say what it can do */
#define CLIPBOARD_NOTIFY   0x08
#define CLIPBOARD_PROVIDE  0x10
#define CLIPBOARD_TALK_MAX 512 /* bytes of what is only said */

/* Messages of one length: bytes behind the type, and whether a person's. */
static const struct {
	uint8_t rest;
	uint8_t is_deed;
} fixed[256] = {
    [RFB_SET_PIXEL_FORMAT] = {19, 0},
    [RFB_UPDATE_REQUEST] = {9, 0},
    [RFB_KEY_EVENT] = {7, 1},
    [RFB_POINTER_EVENT] = {0, 1}, /* of two lengths */
    [RFB_CONTINUOUS_UPDATES] = {9, 0},
    [RFB_XVP] = {3, 0},
};

static uint32_t
read_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static uint16_t
read_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* Servers of these let the client choose the security type, as 3.7 does. */
static int
is_followed(const uint8_t greeting[GREETING_BYTES])
{
	static const char *const versions[] = {
	    "003.007", "003.008", "003.889", "004.000", "004.001", "005.000"};
	size_t i;

	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (memcmp(greeting + 4, versions[i], 7) == 0)
			return 1;
	return 0;
}

void
rfb_input_begin(struct rfb_input *in, const uint8_t greeting[GREETING_BYTES])
{
	/* first: both may be in the same place */
	int is_known = greeting != NULL && is_followed(greeting);

	memset(in, 0, sizeof(*in));
	in->phase = is_known ? RFB_INPUT_VERSION : RFB_INPUT_BLIND;
}

/* What follows the head is passed over; then comes a message of phase. */
static void
pass_over(struct rfb_input *in, uint32_t bytes, int is_deed,
    enum rfb_input_phase next)
{
	in->left = bytes;
	in->is_deed = (uint8_t)is_deed;
	in->phase = (uint8_t)next;
}

static int
go_blind(struct rfb_input *in)
{
	in->phase = RFB_INPUT_BLIND;
	return 1;
}

/* The client's version decides, RFC 6143, 7.1.1. */
static int
take_version(struct rfb_input *in, const uint8_t *head)
{
	if (memcmp(head, "RFB 003.008\n", GREETING_BYTES) != 0 &&
	    memcmp(head, "RFB 003.007\n", GREETING_BYTES) != 0)
		return go_blind(in);
	in->phase = RFB_INPUT_TYPE;
	return 1;
}

static int
take_type(struct rfb_input *in, uint8_t type)
{
	if (type == TYPE_NONE)
		in->phase = RFB_INPUT_INIT;
	else if (type == TYPE_VNC_AUTH) /* a person has entered a password */
		pass_over(in, RESPONSE_BYTES, 1, RFB_INPUT_INIT);
	else
		return go_blind(in);
	return 1;
}

/* How long the head of a message is, of which have bytes have come. */
static size_t
head_bytes(const uint8_t *head, size_t have)
{
	switch (head[0]) {
	case RFB_POINTER_EVENT:
		return 2;
	case RFB_SET_ENCODINGS:
	case RFB_GII:
		return 4;
	case RFB_SET_DESKTOP_SIZE:
		return 7;
	case RFB_CLIENT_CUT_TEXT: /* the extended has flags */
		return have > 4 && head[4] & 0x80 ? 12 : 8;
	case RFB_CLIENT_FENCE:
		return 9;
	case RFB_QEMU:
		return have > 1 && head[1] == QEMU_AUDIO ? 4 : 2;
	default:
		return 1;
	}
}

static int
take_cut_text(struct rfb_input *in, const uint8_t *head)
{
	uint32_t len = read_u32(head + 4);
	int is_talk;

	if (!(head[4] & 0x80)) {
		pass_over(in, len, 1, RFB_INPUT_MESSAGE);
		return 1;
	}
	len = 0 - len; /* it is negative */
	if (len < 4)
		return go_blind(in); /* without flags */
	is_talk = len <= CLIPBOARD_TALK_MAX &&
	    (head[8] & CLIPBOARD_CAPS ||
		!(head[8] & (CLIPBOARD_NOTIFY | CLIPBOARD_PROVIDE)));
	pass_over(in, len - 4, !is_talk, RFB_INPUT_MESSAGE);
	return !is_talk;
}

static int
take_encodings(struct rfb_input *in, const uint8_t *head)
{
	in->encodings = read_u16(head + 2);
	in->phase = in->encodings > 0 ? RFB_INPUT_ENCODINGS : RFB_INPUT_MESSAGE;
	return 0;
}

static int
take_gii(struct rfb_input *in, const uint8_t *head)
{
	int is_deed = (head[1] & ~GII_BIG_ENDIAN) == GII_INJECTION;
	uint32_t len = head[1] & GII_BIG_ENDIAN
	    ? read_u16(head + 2)
	    : (uint32_t)head[3] << 8 | head[2];

	pass_over(in, len, is_deed, RFB_INPUT_MESSAGE);
	return is_deed;
}

static int
take_qemu(struct rfb_input *in, const uint8_t *head)
{
	if (head[1] == QEMU_KEY) {
		pass_over(in, 10, 1, RFB_INPUT_MESSAGE);
		return 1;
	}
	if (head[1] != QEMU_AUDIO)
		return go_blind(in);
	pass_over(in, read_u16(head + 2) == QEMU_AUDIO_FORMAT ? 6 : 0, 0,
	    RFB_INPUT_MESSAGE);
	return 0;
}

static int
take_message(struct rfb_input *in, const uint8_t *head)
{
	int is_long;

	switch (head[0]) {
	case RFB_SET_ENCODINGS:
		return take_encodings(in, head);
	case RFB_POINTER_EVENT:
		is_long = in->has_buttons && head[1] & BUTTONS_MARKER;
		pass_over(in, is_long ? 5 : 4, 1, RFB_INPUT_MESSAGE);
		return 1;
	case RFB_CLIENT_CUT_TEXT:
		return take_cut_text(in, head);
	case RFB_CLIENT_FENCE:
		pass_over(in, head[8], 0, RFB_INPUT_MESSAGE);
		return 0;
	case RFB_SET_DESKTOP_SIZE:
		pass_over(in, 1 + (uint32_t)head[6] * SCREEN_BYTES, 0,
		    RFB_INPUT_MESSAGE);
		return 0;
	case RFB_GII:
		return take_gii(in, head);
	case RFB_QEMU:
		return take_qemu(in, head);
	default:
		if (fixed[head[0]].rest == 0)
			return go_blind(in);
		pass_over(in, fixed[head[0]].rest, fixed[head[0]].is_deed,
		    RFB_INPUT_MESSAGE);
		return in->is_deed;
	}
}

/* Only a client that lists them may send the longer PointerEvent. */
static int
take_encoding(struct rfb_input *in, const uint8_t *head)
{
	if ((int32_t)read_u32(head) == EXTENDED_BUTTONS)
		in->has_buttons = 1;
	if (--in->encodings == 0)
		in->phase = RFB_INPUT_MESSAGE;
	return 0;
}

/* How much must be seen at once, of which have bytes (one at least) are. */
static size_t
wanted(const struct rfb_input *in, const uint8_t *head, size_t have)
{
	switch (in->phase) {
	case RFB_INPUT_VERSION:
		return GREETING_BYTES;
	case RFB_INPUT_ENCODINGS:
		return ENCODING_BYTES;
	case RFB_INPUT_MESSAGE:
		return head_bytes(head, have);
	default:
		return 1;
	}
}

/* A whole head. Returns whether a person's deed begins with it. */
static int
take_whole(struct rfb_input *in, const uint8_t *head)
{
	switch (in->phase) {
	case RFB_INPUT_VERSION:
		return take_version(in, head);
	case RFB_INPUT_TYPE:
		return take_type(in, head[0]);
	case RFB_INPUT_INIT:
		in->phase = RFB_INPUT_MESSAGE;
		return 1;
	case RFB_INPUT_ENCODINGS:
		return take_encoding(in, head);
	default:
		return take_message(in, head);
	}
}

/* A head in pieces. Returns whether it is whole; *used bytes were taken. */
static int
gather_head(struct rfb_input *in, const uint8_t *data, size_t len, size_t *used)
{
	size_t n = 0, want;

	do {
		in->head[in->head_len++] = data[n++];
		want = wanted(in, in->head, in->head_len);
	} while (in->head_len < want && n < len);
	*used = n;
	return in->head_len == want;
}

/* Takes bytes of a head; *used of them. Returns as rfb_input_take(). */
static int
take_head(struct rfb_input *in, const uint8_t *data, size_t len, size_t *used)
{
	if (in->head_len == 0 && (*used = wanted(in, data, len)) <= len)
		return take_whole(in, data);
	if (!gather_head(in, data, len, used))
		return in->phase == RFB_INPUT_VERSION;
	in->head_len = 0;
	return take_whole(in, in->head);
}

/*
 * The short messages of which floods are made, each whole and behind another:
 * without a look at anything else. Returns the bytes that it took.
 */
static size_t
take_short(
    const struct rfb_input *in, const uint8_t *data, size_t len, int *is_deed)
{
	size_t n = 0, size;

	while (n < len) {
		size = 1 + (size_t)fixed[data[n]].rest;
		if (data[n] == RFB_POINTER_EVENT && !in->has_buttons)
			size = POINTER_BYTES;
		if (size == 1 || size > len - n)
			break;
		*is_deed |= fixed[data[n]].is_deed;
		n += size;
	}
	return n;
}

int
rfb_input_take(struct rfb_input *in, const uint8_t *data, size_t len)
{
	int is_deed = 0;
	size_t used;

	while (len > 0) {
		if (in->left > 0) {
			used = in->left < len ? in->left : len;
			in->left -= (uint32_t)used;
			is_deed |= in->is_deed;
		} else if (in->phase == RFB_INPUT_BLIND)
			return 1;
		else if (in->phase != RFB_INPUT_MESSAGE || in->head_len > 0 ||
		    (used = take_short(in, data, len, &is_deed)) == 0)
			is_deed |= take_head(in, data, len, &used);
		data += used;
		len -= used;
	}
	return is_deed;
}
