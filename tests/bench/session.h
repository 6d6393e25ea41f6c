/* SPDX-License-Identifier: ISC */
/*
 * One session of the load generator: over a WebSocket, or (for the peers
 * that are plain TCP proxies) the same bytes with nothing around them.
 */
#ifndef VB_BENCH_SESSION_H
#define VB_BENCH_SESSION_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_ANSWER_MAX	1024 /* bytes of an answer to the upgrade */
#define SESSION_MASK_HEAD_MAX	14   /* of a client's frame header */
#define SESSION_SERVER_HEAD_MAX 10

enum session_state {
	SESSION_CONNECTING,
	SESSION_UPGRADING,
	SESSION_GREETING,
	SESSION_OPEN,
	SESSION_ENDING /* we have said that we close */
};

struct session {
	int fd;
	enum session_state state;
	int is_raw;
	uint8_t opcode; /* of the frame that is coming */
	uint8_t head_len;
	uint8_t greeting_len;
	uint16_t answer_len;
	uint64_t remain_bytes; /* payload to come in this frame */
	uint8_t head[SESSION_SERVER_HEAD_MAX];
	char answer[SESSION_ANSWER_MAX];
	uint64_t got_bytes; /* payload behind the greeting */
	/* the owner's */
	size_t bulk_at;
	uint64_t sent_ns;
};

/* Where sessions connect to; path is that of the upgrade request. */
struct session_peer {
	struct sockaddr_in addr;
	const char *path;
	int is_raw;
};

enum session_event {
	SESSION_FAILED = -1, /* see session_fault() */
	SESSION_NOTHING = 0,
	SESSION_OPENED, /* the greeting is here */
	SESSION_DATA,	/* got_bytes has grown */
	SESSION_CLOSED	/* after session_end(), in good order */
};

/* Starts to connect. Returns 0, or -1 with errno. */
int session_start(struct session *s, const struct session_peer *peer);

/* The socket is connected: sends the upgrade. Returns 0 or -1. */
int session_connected(struct session *s, const struct session_peer *peer);

/* The socket is readable: at most one read into buf. */
enum session_event session_read(struct session *s, char *buf, size_t size);

/* Sends a short message, in one masked frame. Returns 0 or -1. */
int session_send(struct session *s, const void *data, size_t len);

/* Begins to close: a Close frame, or the end of the stream. */
int session_end(struct session *s);

void session_close(struct session *s);

/* Why the last session failed. */
const char *session_fault(void);

/* Writes the header of a client's data frame; returns its length. */
size_t session_frame_head(
    uint8_t out[SESSION_MASK_HEAD_MAX], uint64_t len, const uint8_t mask[4]);

#endif
