/* SPDX-License-Identifier: ISC */
/*
 * What a client sends to a VNC server, RFC 6143, 7.1, 7.2 and 7.5, and the
 * registered extensions: is it a person's deed, a key, a pointer, a clipboard,
 * or only what viewers say by themselves? Nothing of the server's is needed but
 * its greeting. Where the client can't be followed (RFB 3.3, a login that
 * encrypts, a message that is not known), every byte counts as a deed: nobody
 * is called idle who is not.
 */
#ifndef VB_RFB_INPUT_H
#define VB_RFB_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "worker/parse/greeting.h"

#define RFB_INPUT_HEAD_MAX 12

/* What a message begins with. */
enum rfb_input_type {
	RFB_SET_PIXEL_FORMAT = 0,
	RFB_SET_ENCODINGS = 2,
	RFB_UPDATE_REQUEST = 3,
	RFB_KEY_EVENT = 4,
	RFB_POINTER_EVENT = 5,
	RFB_CLIENT_CUT_TEXT = 6,
	RFB_CONTINUOUS_UPDATES = 150,
	RFB_CLIENT_FENCE = 248,
	RFB_XVP = 250,
	RFB_SET_DESKTOP_SIZE = 251,
	RFB_GII = 253,
	RFB_QEMU = 255
};

enum rfb_input_phase {
	RFB_INPUT_VERSION,
	RFB_INPUT_TYPE, /* the security type that it chooses */
	RFB_INPUT_INIT, /* ClientInit */
	RFB_INPUT_MESSAGE,
	RFB_INPUT_ENCODINGS, /* those of a SetEncodings */
	RFB_INPUT_BLIND
};

struct rfb_input {
	uint32_t left;	     /* bytes that are passed over */
	uint16_t encodings;  /* that are still to come */
	uint8_t phase;	     /* behind what is passed over */
	uint8_t is_deed;     /* what is passed over */
	uint8_t has_buttons; /* it knows the longer PointerEvent */
	uint8_t is_passed;   /* rfb_watch.c's: what has begun goes on */
	uint8_t head_len;
	uint8_t head[RFB_INPUT_HEAD_MAX]; /* of what comes in pieces */
};

/* At the first byte of a client, whose server has greeted so; or NULL. */
void
rfb_input_begin(struct rfb_input *in, const uint8_t greeting[GREETING_BYTES]);

/*
 * Takes what comes next, in pieces of any size. Returns 1 if some of it was a
 * person's deed, or may have been, else 0.
 */
VB_MUST_CHECK int
rfb_input_take(struct rfb_input *in, const uint8_t *data, size_t len);

#endif
