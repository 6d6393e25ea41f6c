/* SPDX-License-Identifier: ISC */
/* A connection's socket: reading, writing, and the knobs that spoil them. */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <errno.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/testcard/testcard.h"

#define READ_BYTES     65536
#define OUT_HIGH_BYTES (1024 * 1024) /* of an echo, before it stops to read */
#define OUT_LOW_BYTES  65536	     /* of an update, before more is made */
#define TURN_BYTES     (256 * 1024)  /* written in one turn: fairness */

struct conn *
conn_new(const struct card *card, int fd, unsigned id)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		err(1, "calloc");
	c->card = card;
	c->fd = fd;
	c->id = id;
	c->stall_at = card->knobs.stall_after;
	c->cut_at = card->knobs.cut_after;
	rfb_greet(c);
	return c;
}

void
conn_free(struct conn *c)
{
	stream_report_end(c);
	report(c, "closed in=%llu out=%llu updates=%llu reason=\"%s\"",
	    (unsigned long long)c->in_bytes, (unsigned long long)c->out_bytes,
	    (unsigned long long)c->updates,
	    c->reason != NULL ? c->reason : "shutdown");
	close(c->fd);
	buf_clear(&c->in);
	buf_clear(&c->out);
	free(c);
}

void
conn_finish(struct conn *c, const char *reason)
{
	c->reason = reason;
	c->state = CONN_CLOSING;
}

static void
conn_die(struct conn *c, const char *reason)
{
	if (c->reason == NULL)
		c->reason = reason;
	c->is_dead = true;
}

void
conn_resume(struct conn *c)
{
	c->is_stalled = false;
	c->is_deaf = false;
	c->stall_at = CARD_NEVER;
}

static bool
has_more(const struct conn *c)
{
	if (c->state == CONN_NORMAL)
		return rfb_has_more(c);
	if (c->state == CONN_RAW)
		return stream_has_more(c);
	return false;
}

static bool
may_read(const struct conn *c)
{
	return !c->is_stalled && !c->is_deaf && !c->peer_has_ended &&
	    c->state != CONN_CLOSING && c->out.len < OUT_HIGH_BYTES;
}

static void
take_input(struct conn *c)
{
	if (c->state == CONN_MUTE)
		buf_drain(&c->in, c->in.len);
	else if (c->state == CONN_RAW)
		stream_input(c);
	else if (c->state != CONN_CLOSING)
		rfb_input(c);
	/* rfb_input may have gone over to the raw mode with bytes left */
	if (c->state == CONN_RAW)
		stream_input(c);
}

static void
conn_read(struct conn *c)
{
	uint8_t bytes[READ_BYTES];
	ssize_t n;

	n = recv(c->fd, bytes, sizeof(bytes), 0);
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			conn_die(c,
			    errno == ECONNRESET ? "peer reset" : "read error");
		return;
	}
	if (n == 0) {
		c->peer_has_ended = true;
		return;
	}
	c->in_bytes += (uint64_t)n;
	buf_append(&c->in, bytes, (size_t)n);
	take_input(c);
}

/*
 * The peer has reset the connection; what it had sent before is still there
 * to be read, deaf or not, and is part of the report.
 */
static void
conn_lose(struct conn *c, const char *reason)
{
	uint64_t before;

	c->reason = reason;
	do {
		before = c->in_bytes;
		conn_read(c);
	} while (c->in_bytes != before);
	conn_die(c, reason);
}

static void
fill(struct conn *c)
{
	while (c->out.len < OUT_LOW_BYTES && has_more(c)) {
		if (c->state == CONN_NORMAL)
			rfb_fill(c);
		else
			stream_fill(c);
	}
}

/* Closes with RST instead of FIN: what is not sent yet is thrown away. */
static void
arm_reset(const struct conn *c)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	if (setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) ==
	    -1)
		warn("SO_LINGER");
}

/* What may still be sent before a knob acts. */
static size_t
sendable(const struct conn *c, size_t turn_left)
{
	int64_t limit = c->stall_at < c->cut_at ? c->stall_at : c->cut_at;
	uint64_t left = (uint64_t)limit - c->out_bytes;
	size_t len = c->out.len < turn_left ? c->out.len : turn_left;

	return left < len ? (size_t)left : len;
}

/* Acts on a limit that is reached; true if it was. */
static bool
check_limits(struct conn *c)
{
	if (c->out_bytes >= (uint64_t)c->cut_at) {
		if (c->card->knobs.cut_with_rst)
			arm_reset(c);
		conn_die(c, "cut");
		return true;
	}
	if (c->out_bytes >= (uint64_t)c->stall_at) {
		if (!c->is_stalled)
			report(c, "stalled out=%llu",
			    (unsigned long long)c->out_bytes);
		c->is_stalled = true;
	}
	return c->is_stalled;
}

static void
conn_write(struct conn *c)
{
	size_t turn_left = TURN_BYTES;
	ssize_t n;

	for (;;) {
		fill(c);
		if (check_limits(c) || c->out.len == 0 || turn_left == 0)
			return;
		n = send(c->fd, c->out.data + c->out.off,
		    sendable(c, turn_left), MSG_NOSIGNAL);
		if (n == -1) {
			if (errno != EAGAIN && errno != EINTR)
				conn_lose(c, "write error");
			return;
		}
		turn_left -= (size_t)n;
		c->out_bytes += (uint64_t)n;
		buf_drain(&c->out, (size_t)n);
	}
}

/* All is sent: what comes now? */
static void
end_of_output(struct conn *c)
{
	const struct knobs *k = &c->card->knobs;

	if (c->state == CONN_CLOSING || c->peer_has_ended) {
		conn_die(c, "peer closed");
		return;
	}
	if (c->state != CONN_RAW || k->source < 0 || c->is_shut)
		return;
	if (k->half_close) {
		if (shutdown(c->fd, SHUT_WR) == -1)
			conn_die(c, "write error");
		c->is_shut = true;
	} else if (!k->sink && !k->echo) {
		conn_die(c, "source done");
	}
}

void
conn_run(struct conn *c, uint32_t events)
{
	/* reading would tell, where reading is allowed */
	if (events & (EPOLLHUP | EPOLLERR) && !may_read(c))
		conn_lose(c, "peer reset");
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !c->is_dead &&
	    may_read(c))
		conn_read(c);
	if (!c->is_dead && !c->is_stalled)
		conn_write(c);
	if (!c->is_dead && !c->is_stalled && c->out.len == 0 && !has_more(c))
		end_of_output(c);
}

uint32_t
conn_wanted_events(const struct conn *c)
{
	uint32_t events = 0;

	if (may_read(c))
		events |= EPOLLIN;
	if (!c->is_stalled && (c->out.len > 0 || has_more(c)))
		events |= EPOLLOUT;
	return events;
}
