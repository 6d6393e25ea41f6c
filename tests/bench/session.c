/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/session.h"
#include "tests/bench/tls.h"

#define OP_MASK	       0x0f
#define OP_CONT	       0x0
#define OP_BINARY      0x2
#define OP_CLOSE       0x8
#define OP_PING	       0x9
#define OP_PONG	       0xa
#define FIN_BIT	       0x80
#define MASK_BIT       0x80
#define LEN_16	       126
#define LEN_64	       127
#define LEN_MASK       0x7f
#define CONTROL_MAX    125
#define SMALL_MAX      1024 /* bytes of session_send() */
#define FAULT_TEXT_MAX 160
#define UNCOPIED_MIN   4096
#define RECORDS_BYTES  (256 * 1024) /* of one read of TLS */

static const char greeting[] = BENCH_GREETING;
static const uint8_t small_mask[4] = {0x37, 0xfa, 0x21, 0x3d};
static char fault[FAULT_TEXT_MAX];

const char *
session_fault(void)
{
	return fault;
}

static enum session_event
fail(const char *text)
{
	snprintf(fault, sizeof(fault), "%.*s", FAULT_TEXT_MAX - 1, text);
	return SESSION_FAILED;
}

int
session_start(struct session *s, const struct session_peer *peer)
{
	struct tls *tls = s->tls;
	const int on = 1;

	memset(s, 0, sizeof(*s));
	s->peer = peer;
	if (peer->is_tls)
		s->tls = tls_start(tls, peer->resumes, peer->must_resume);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd == -1)
		return -1;
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(s->fd, (const struct sockaddr *)&peer->addr,
		sizeof(peer->addr)) == -1 &&
	    errno != EINPROGRESS)
		return -1;
	return 0;
}

static int
flush(struct session *s)
{
	enum tls_result result = tls_flush(s->tls, s->fd);

	if (result == TLS_DONE)
		return 0;
	fail(result == TLS_MORE ? "no room for a message" : tls_fault());
	return -1;
}

/* A message: there is always room for one. */
static int
send_all(struct session *s, const void *data, size_t len)
{
	if (s->tls != NULL) {
		if (tls_write(s->tls, data, len) == 0)
			return flush(s);
		fail(tls_fault());
		return -1;
	}
	if (send(s->fd, data, len, MSG_NOSIGNAL) == (ssize_t)len)
		return 0;
	fail(strerror(errno));
	return -1;
}

/* What a session begins with, as soon as bytes can be sent. */
static int
send_upgrade(struct session *s)
{
	char request[SESSION_ANSWER_MAX];
	int len;

	if (s->peer->is_raw) {
		s->state = SESSION_GREETING;
		return 0;
	}
	s->state = SESSION_UPGRADING;
	len = snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%u\r\n"
	    "Upgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	    "Sec-WebSocket-Version: 13\r\n"
	    "%s%s%s"
	    "Sec-WebSocket-Protocol: binary\r\n\r\n",
	    s->peer->path, ntohs(s->peer->addr.sin_port),
	    s->peer->cookie != NULL ? "Cookie: " : "",
	    s->peer->cookie != NULL ? s->peer->cookie : "",
	    s->peer->cookie != NULL ? "\r\n" : "");
	return send_all(s, request, (size_t)len);
}

/* Goes on with TLS's handshake, and then with what follows it. */
static int
shake(struct session *s)
{
	enum tls_result result = tls_handshake(s->tls);

	if (result == TLS_FAILED) {
		fail(tls_fault());
		return -1;
	}
	if (flush(s) == -1)
		return -1;
	return result == TLS_DONE ? send_upgrade(s) : 0;
}

int
session_connected(struct session *s)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1 ||
	    error != 0) {
		fail(strerror(error));
		return -1;
	}
	if (s->tls == NULL)
		return send_upgrade(s);
	s->state = SESSION_SHAKING;
	return shake(s);
}

size_t
session_frame_head(
    uint8_t out[SESSION_MASK_HEAD_MAX], uint64_t len, const uint8_t mask[4])
{
	size_t n = 2, bytes = 0, i;

	out[0] = FIN_BIT | OP_BINARY;
	if (len < LEN_16)
		out[1] = (uint8_t)len;
	else if (len <= UINT16_MAX) {
		out[1] = LEN_16;
		bytes = 2;
	} else {
		out[1] = LEN_64;
		bytes = 8;
	}
	out[1] |= MASK_BIT;
	for (i = 0; i < bytes; i++)
		out[n++] = (uint8_t)(len >> (8 * (bytes - 1 - i)));
	memcpy(out + n, mask, 4);
	return n + 4;
}

static int
send_frame(struct session *s, uint8_t opcode, const uint8_t *data, size_t len)
{
	uint8_t frame[SESSION_MASK_HEAD_MAX + SMALL_MAX];
	size_t head, i;

	head = session_frame_head(frame, len, small_mask);
	frame[0] = FIN_BIT | opcode;
	for (i = 0; i < len; i++)
		frame[head + i] = data[i] ^ small_mask[i % 4];
	return send_all(s, frame, head + len);
}

int
session_send(struct session *s, const void *data, size_t len)
{
	if (s->peer->is_raw)
		return send_all(s, data, len);
	return send_frame(s, OP_BINARY, data, len);
}

ssize_t
session_send_bulk(struct session *s, const char *data, size_t len)
{
	enum tls_result result;

	if (s->tls == NULL)
		return send(s->fd, data, len, MSG_NOSIGNAL);
	result = tls_flush(s->tls, s->fd);
	if (result == TLS_DONE && tls_write(s->tls, data, len) == 0 &&
	    tls_flush(s->tls, s->fd) != TLS_FAILED)
		return (ssize_t)len;
	errno = result == TLS_MORE ? EAGAIN : EPROTO;
	return -1;
}

int
session_end(struct session *s)
{
	static const uint8_t normal[2] = {0x03, 0xe8}; /* 1000 */

	s->state = SESSION_ENDING;
	if (!s->peer->is_raw)
		return send_frame(s, OP_CLOSE, normal, sizeof(normal));
	if (s->tls != NULL) {
		tls_end(s->tls);
		if (flush(s) == -1)
			return -1;
	}
	if (shutdown(s->fd, SHUT_WR) == 0)
		return 0;
	fail(strerror(errno));
	return -1;
}

void
session_close(struct session *s)
{
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
	if (s->tls != NULL)
		tls_stop(s->tls);
}

int
sessions_have_tickets(const struct session *s, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (s[i].tls == NULL || !tls_has_ticket(s[i].tls))
			return 0;
	return 1;
}

/* Payload: the greeting, which is checked, then what is only counted. */
static enum session_event
take_payload(struct session *s, const char *data, size_t len)
{
	size_t part = BENCH_GREETING_LEN - s->greeting_len;
	enum session_event event = SESSION_DATA;

	if (part > len)
		part = len;
	if (part > 0) {
		if (memcmp(data, &greeting[s->greeting_len], part) != 0)
			return fail("not the target's greeting");
		s->greeting_len += (uint8_t)part;
		if (s->greeting_len < BENCH_GREETING_LEN)
			return SESSION_NOTHING;
		if (s->state != SESSION_ENDING)
			s->state = SESSION_OPEN;
		event = SESSION_OPENED;
	}
	s->got_bytes += len - part;
	return event;
}

/* Collects a frame's header; returns 1 when it is whole. */
static int
take_head(struct session *s, const char **data, size_t *len)
{
	size_t need = 2, i;

	while (*len > 0) {
		s->head[s->head_len++] = (uint8_t) * *data;
		(*data)++;
		(*len)--;
		if (s->head_len < 2)
			continue;
		need = s->head[1] == LEN_64 ? 10 : s->head[1] == LEN_16 ? 4 : 2;
		if (s->head_len < need)
			continue;
		s->opcode = s->head[0] & OP_MASK;
		s->remain_bytes = need == 2 ? s->head[1] & LEN_MASK : 0;
		for (i = 2; i < need; i++)
			s->remain_bytes = s->remain_bytes << 8 | s->head[i];
		s->head_len = 0;
		return 1;
	}
	return 0;
}

/* A control frame's header is here; its payload is of no interest. */
static enum session_event
take_control(struct session *s)
{
	if (s->remain_bytes > CONTROL_MAX)
		return fail("control frame too long");
	if (s->opcode == OP_PING)
		return send_frame(s, OP_PONG, NULL, 0) == -1 ? SESSION_FAILED
							     : SESSION_NOTHING;
	if (s->opcode == OP_CLOSE && s->state != SESSION_ENDING)
		return fail("the peer sent a Close frame");
	if (s->opcode != OP_CLOSE && s->opcode != OP_PONG)
		return fail("unexpected opcode");
	return SESSION_NOTHING;
}

static enum session_event
take_frames(struct session *s, const char *data, size_t len)
{
	enum session_event event = SESSION_NOTHING, now;
	size_t part;

	while (len > 0) {
		if (s->remain_bytes == 0) {
			if (!take_head(s, &data, &len))
				break;
			if (s->opcode > OP_BINARY &&
			    take_control(s) == SESSION_FAILED)
				return SESSION_FAILED;
			if (s->remain_bytes == 0)
				continue;
		}
		part = len < s->remain_bytes ? len : (size_t)s->remain_bytes;
		if (s->opcode <= OP_BINARY && part > 0) {
			now = take_payload(s, data, part);
			if (now == SESSION_FAILED)
				return now;
			if (event != SESSION_OPENED && now != SESSION_NOTHING)
				event = now;
		}
		data += part;
		len -= part;
		s->remain_bytes -= part;
	}
	return event;
}

static enum session_event
take_answer(struct session *s, const char *data, size_t len)
{
	size_t room = sizeof(s->answer) - 1 - s->answer_len;
	size_t part = len < room ? len : room, before = s->answer_len;
	const char *end;
	size_t head;

	memcpy(s->answer + s->answer_len, data, part);
	s->answer_len += (uint16_t)part;
	s->answer[s->answer_len] = '\0';
	if ((end = strstr(s->answer, "\r\n\r\n")) == NULL)
		return part < len ? fail("answer too long") : SESSION_NOTHING;
	if (strncmp(s->answer, "HTTP/1.1 101 ", 13) != 0) {
		*strpbrk(s->answer, "\r\n") = '\0';
		return fail(s->answer);
	}
	s->state = SESSION_GREETING;
	head = (size_t)(end - s->answer) + 4 - before;
	return take_frames(s, data + head, len - head);
}

/*
 * Payload of a flood is of no interest: it stays uncopied, so that the load
 * generator is not what is measured.
 */
static int
is_uncopied(const struct session *s, size_t *size)
{
	if (s->greeting_len < BENCH_GREETING_LEN)
		return 0;
	if (s->peer->is_raw)
		return 1;
	if (s->opcode > OP_BINARY || s->remain_bytes < UNCOPIED_MIN)
		return 0;
	if (*size > s->remain_bytes)
		*size = (size_t)s->remain_bytes;
	return 1;
}

static enum session_event
take(struct session *s, const char *data, size_t len)
{
	if (s->peer->is_raw)
		return take_payload(s, data, len);
	if (s->state == SESSION_UPGRADING)
		return take_answer(s, data, len);
	return take_frames(s, data, len);
}

/* Nothing was read. */
static enum session_event
on_no_bytes(struct session *s, ssize_t n)
{
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return SESSION_NOTHING;
	if (n == 0 && s->state == SESSION_ENDING)
		return SESSION_CLOSED;
	return fail(n == 0 ? "the peer closed" : strerror(errno));
}

/* One read, and all the records that are in it. */
static enum session_event
read_tls(struct session *s, char *buf, size_t size)
{
	static char records[RECORDS_BYTES];
	enum session_event event = SESSION_NOTHING, now;
	enum tls_result result;
	size_t len;
	ssize_t n;

	if ((n = recv(s->fd, records, sizeof(records), 0)) <= 0)
		return on_no_bytes(s, n);
	tls_feed(s->tls, records, (size_t)n);
	if (s->state == SESSION_SHAKING && shake(s) == -1)
		return SESSION_FAILED;
	if (s->state == SESSION_SHAKING)
		return SESSION_NOTHING;
	while ((result = tls_read(s->tls, buf, size, &len)) == TLS_MORE &&
	    len > 0) {
		now = take(s, buf, len);
		if (now == SESSION_FAILED)
			return now;
		if (event != SESSION_OPENED && now != SESSION_NOTHING)
			event = now;
	}
	if (result == TLS_FAILED)
		return fail(tls_fault());
	if (result == TLS_DONE && s->state != SESSION_ENDING)
		return fail("the peer ended TLS");
	if (result == TLS_DONE) /* it may wait for us; then its end comes */
		shutdown(s->fd, SHUT_WR);
	return event;
}

enum session_event
session_read(struct session *s, char *buf, size_t size)
{
	int flags;
	ssize_t n;

	if (s->tls != NULL)
		return read_tls(s, buf, size);
	flags = is_uncopied(s, &size) ? MSG_TRUNC : 0;
	n = recv(s->fd, buf, size, flags);
	return n <= 0 ? on_no_bytes(s, n) : take(s, buf, (size_t)n);
}
