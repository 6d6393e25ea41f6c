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
#include <sys/types.h>

#define SESSION_ANSWER_MAX	1024 /* bytes of an answer to the upgrade */
#define SESSION_MASK_HEAD_MAX	14   /* of a client's frame header */
#define SESSION_SERVER_HEAD_MAX 10

enum session_state {
	SESSION_CONNECTING,
	SESSION_SHAKING, /* TLS hands */
	SESSION_UPGRADING,
	SESSION_GREETING,
	SESSION_OPEN,
	SESSION_ENDING /* we have said that we close */
};

struct tls;

/* Where sessions connect to; path is that of the upgrade request, cookie what
 * a login gave, or NULL. */
struct session_peer {
	struct sockaddr_in addr;
	const char *path;
	const char *cookie;
	int is_raw;
	int is_tls;
	int resumes;	 /* a session shows the ticket of the one before */
	int must_resume; /* and it is a failure if that is not taken */
};

struct session {
	int fd;
	enum session_state state;
	const struct session_peer *peer;
	struct tls *tls; /* stays for the next session in its place */
	uint8_t opcode;	 /* of the frame that is coming */
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

enum session_event {
	SESSION_FAILED = -1, /* see session_fault() */
	SESSION_NOTHING = 0,
	SESSION_OPENED, /* the greeting is here */
	SESSION_DATA,	/* got_bytes has grown */
	SESSION_CLOSED	/* after session_end(), in good order */
};

/* Starts to connect; keeps peer. Returns 0, or -1 with errno. */
int session_start(struct session *s, const struct session_peer *peer);

/* The socket is connected: begins with TLS or upgrade. Returns 0 or -1. */
int session_connected(struct session *s);

/* The socket is readable: at most one read into buf. */
enum session_event session_read(struct session *s, char *buf, size_t size);

/* Sends a short message, in one masked frame. Returns 0 or -1. */
int session_send(struct session *s, const void *data, size_t len);

/*
 * Sends some of a flood of whole frames, as many bytes as are taken. Returns
 * their number, or -1, with errno EAGAIN if there is no room.
 */
ssize_t session_send_bulk(struct session *s, const char *data, size_t len);

/* Begins to close: a Close frame, or the end of the stream. */
int session_end(struct session *s);

void session_close(struct session *s);

/* Whether the next session in each of these places could be resumed. */
int sessions_have_tickets(const struct session *s, size_t count);

/* Why the last session failed. */
const char *session_fault(void);

/* Writes the header of a client's data frame; returns its length. */
size_t session_frame_head(
    uint8_t out[SESSION_MASK_HEAD_MAX], uint64_t len, const uint8_t mask[4]);

#endif
