/* SPDX-License-Identifier: ISC */
/*
 * WebSocket frames, RFC 6455 section 5: a streaming decoder for what a
 * client sends, and an encoder for what a server sends. No I/O, no
 * allocation; the memory of a decoder does not depend on frame size.
 */
#ifndef VB_FRAME_H
#define VB_FRAME_H

#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

enum ws_opcode { /* RFC 6455, 5.2 */
	WS_CONT = 0x0,
	WS_TEXT = 0x1,
	WS_BINARY = 0x2,
	WS_CLOSE = 0x8,
	WS_PING = 0x9,
	WS_PONG = 0xa
};

#define WS_CONTROL_MAX	   125 /* RFC 6455, 5.5 */
#define WS_REASON_MAX	   123 /* the close code takes two bytes */
#define WS_CLIENT_HEAD_MAX 14
#define WS_SERVER_HEAD_MAX 10
#define WS_CLOSE_FRAME_MAX (2 + WS_CONTROL_MAX)

enum ws_close_code { /* RFC 6455, 7.4.1 */
	WS_CLOSE_NORMAL = 1000,
	WS_CLOSE_PROTOCOL = 1002,
	WS_CLOSE_UNSUPPORTED = 1003,
	WS_CLOSE_NO_STATUS = 1005, /* never on the wire */
	WS_CLOSE_ABNORMAL = 1006,  /* never on the wire */
	WS_CLOSE_BAD_DATA = 1007,
	WS_CLOSE_TOO_BIG = 1009
};

struct ws_decoder {
	uint64_t remain;		  /* payload to come in this frame */
	uint8_t head[WS_CLIENT_HEAD_MAX]; /* a header cut by a read's end */
	uint8_t head_len;
	uint8_t opcode;	 /* of the current frame */
	uint8_t mask_at; /* which of mask[] is next */
	uint8_t mask[4];
	uint8_t is_in_frame;		 /* header done, payload not */
	uint8_t is_in_message;		 /* a data message waits for its FIN */
	uint8_t control_opcode;		 /* the complete control frame */
	uint8_t control_len;		 /* its payload's length */
	uint8_t control[WS_CONTROL_MAX]; /* its payload, unmasked */
	uint8_t takes_text; /* small text frames count as control frames */
};

enum ws_result {
	WS_NEED_MORE = 0, /* all bytes were used */
	WS_CONTROL = 1,	  /* d->control_* holds a complete control frame */
	WS_ERROR_PROTOCOL = -WS_CLOSE_PROTOCOL,
	WS_ERROR_TEXT = -WS_CLOSE_UNSUPPORTED,
	WS_ERROR_TOO_BIG = -WS_CLOSE_TOO_BIG
};

void ws_decoder_init(struct ws_decoder *d);

/*
 * Decodes client bytes. Payload of data frames is unmasked and moved
 * together at buf's beginning: *payload_len bytes, possibly of many frames.
 * *used tells how many of len bytes were taken. Stops after each control frame
 * (WS_CONTROL), so that the caller can act in order and call again with buf +
 * *used. A negative result is minus the close code to send; payload before the
 * fault is valid then too, the decoder is not. A text frame is WS_ERROR_TEXT;
 * where takes_text is set, a whole one between two messages, of at most
 * WS_CONTROL_MAX bytes, is given as WS_CONTROL.
 * Whatever follows a Close frame is not looked at: the caller stops calling.
 */
VB_MUST_CHECK int ws_decode(struct ws_decoder *d, uint8_t *buf, size_t len,
    size_t *used, size_t *payload_len);

/* Writes a server's frame header (unmasked, FIN set); returns its length. */
size_t ws_encode_head(
    uint8_t out[WS_SERVER_HEAD_MAX], enum ws_opcode opcode, uint64_t len);

/*
 * Writes a whole Close frame. The reason is cut to WS_REASON_MAX bytes;
 * what is not printable ASCII becomes '?'. The two codes that are never on
 * the wire give a frame without a payload. Returns the frame's length.
 */
size_t ws_encode_close(
    uint8_t out[WS_CLOSE_FRAME_MAX], uint16_t code, const char *reason);

/*
 * Reads a received Close payload (RFC 6455, 5.5.1 and 7.4). Returns the
 * code, WS_CLOSE_NO_STATUS when it is empty, or WS_ERROR_PROTOCOL for a
 * single byte, a code that must not be sent, or a reason that is not UTF-8.
 */
VB_MUST_CHECK int ws_parse_close(const uint8_t *payload, size_t len);

#endif
