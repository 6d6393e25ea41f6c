/* SPDX-License-Identifier: ISC */
/*
 * Data is read into the worker's buffer and written on from there in the
 * same turn: unmasked in place one way, with a frame header before each
 * 64 KiB the other way; a flood from the target does not come to us at all
 * (bulk.c). Only what the kernel does not take is copied, into the leg's
 * queue, and then its partner is not read until that is low: a session
 * holds at most LEG_HIGH_BYTES + WORKER_BUFFER_BYTES each way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/tcp.h"
#include "worker/leg/budget.h"
#include "worker/leg/bulk.h"
#include "worker/leg/leg_tls.h"
#include "worker/stages/control.h"
#include "worker/leg/gather.h"
#include "worker/client/write.h"
#include "worker/stages/limits.h"
#include "worker/stages/onlooker.h"
#include "worker/stages/relay.h"
#include "worker/tls/tls.h"
#include "worker/leg/turn.h"

#define RELAY_FLOOD_BYTES (WORKER_BUFFER_BYTES - 64 * 1024)
#define DISCARD_BYTES	  (1024 * 1024) /* a tick, of what no one wants */

static int
would_block(ssize_t n)
{
	return n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

static const char *
frame_fault(int result)
{
	switch (result) {
	case WS_ERROR_TEXT:
		return "text frames are not served, only binary ones";
	case WS_ERROR_TOO_BIG:
		return "frame too big";
	default:
		return "the client broke the WebSocket protocol";
	}
}

static void
write_to_target(struct client *c, uint8_t *data, size_t len)
{
	struct iovec iov = {data, len};
	int result;

	if (c->is_watching)
		iov.iov_len = len = onlooker_filter(c, data, len);
	else
		limits_note_input(c, data, len);
	if (len == 0)
		return;
	c->count.to_target += len;
	c->has_moved = 1;
	if (c->target_error != 0 || !leg_is_open(&c->target))
		return;
	if ((result = leg_write(&c->target, &iov, 1)) == VB_ENOMEM)
		client_end(c, WS_CLOSE_TOO_BIG, "out of memory");
	else if (result < 0)
		relay_target_failed(c, errno);
	else if (leg_queued(&c->target) > LEG_HIGH_BYTES)
		client_watch(c, &c->client, LEG_NOTHING);
}

/* Decodes, and passes on in order what the frames carry. */
static void
use_frames(struct client *c, uint8_t *data, size_t len)
{
	size_t used, payload;
	int result;

	c->ws.pings_unanswered = 0;
	c->ws.pongs_sent = 0;
	while (len > 0 && !c->ws.has_got_close && !c->ws.has_lost_frames) {
		result = ws_decode(&c->ws.decoder, data, len, &used, &payload);
		/* what comes after our Close is read, and goes nowhere */
		if (payload > 0 && c->state == CLIENT_RELAY)
			write_to_target(c, data, payload);
		if (result == WS_CONTROL)
			control_take(c);
		else if (result < 0) {
			c->ws.has_lost_frames = 1;
			client_end(
			    c, (uint16_t)-result, "%s", frame_fault(result));
		}
		data += used;
		len -= used;
	}
	if (c->state == CLIENT_RELAY &&
	    leg_queued(&c->client) <= LEG_HIGH_BYTES)
		control_send_kept_pong(c);
}

static const char *
end_of_client(const struct client *c, ssize_t n)
{
	if (n == 0)
		return leg_was_cut(&c->client)
		    ? "connection cut, without a TLS closure or a close frame"
		    : "connection closed without a close frame";
	return errno == EPROTO ? "broken TLS" : strerror(errno);
}

/* After a small part of what has come, there is more: no one waits. */
static void
note_turn(struct client *c, const struct leg *leg, ssize_t n)
{
	if (!leg->was_full)
		turn_note(&c->worker->turn, (size_t)n);
}

/* Bytes read and passed on; 0 when there is nothing more to read now. */
static size_t
move_from_client(struct client *c)
{
	uint8_t *buf = gather_buffer(&c->worker->gather);
	ssize_t n;

	if (!leg_is_open(&c->client))
		return 0; /* lost just now, by what was gathered for it */
	n = leg_read(&c->client, buf, turn_bytes(&c->worker->turn));
	if (would_block(n))
		return 0;
	if (n <= 0) {
		client_lose(c, end_of_client(c, n));
		return 0;
	}
	note_turn(c, &c->client, n);
	leg_note_read(&c->client, (size_t)n);
	use_frames(c, buf, (size_t)n);
	return (size_t)n;
}

/* The second part of a flood finds both ends' processes awake. */
void
relay_from_client(struct client *c)
{
	if (move_from_client(c) >= RELAY_FLOOD_BYTES && c->client.was_full &&
	    leg_is_open(&c->client) && c->client.watching == LEG_READ)
		move_from_client(c);
}

void
relay_use_pending(struct client *c)
{
	uint8_t *data = c->pending;
	size_t len = c->pending_len;

	c->pending = NULL;
	c->pending_len = 0;
	if (len > 0)
		use_frames(c, data, len);
	free(data);
}

/* What is relayed needs more room than what is asked for. */
static void
widen(struct client *c)
{
	struct worker *w = c->worker;

	w->wide_count++;
	c->is_wide = 1;
	if (c->local.family != ADDR_NONE) /* no Unix socket */
		budget_widen(&w->conf->settings, w->wide_count, c->client.fd,
		    c->target.fd);
}

void
relay_begin(struct client *c)
{
	widen(c);
	client_enter(c, CLIENT_RELAY, limits_begin(c));
	if (c->is_watching)
		onlooker_begin(c);
	if (c->state != CLIENT_RELAY)
		return;
	client_watch(c, &c->client, LEG_READ);
	client_watch(c, &c->target, LEG_READ);
	if (c->state == CLIENT_RELAY)
		relay_use_pending(c);
}

/* What was wrong with a target's end, or NULL; the leg may be closed then. */
static const char *
end_of_target(const struct client *c, int error, char out[TLS_FAULT_MAX])
{
	const char *fault = leg_fault(&c->target);

	if (error == EPROTO && fault != NULL)
		strlcpy(out, fault, TLS_FAULT_MAX);
	else if (error != 0)
		strlcpy(out, strerror(error), TLS_FAULT_MAX);
	else if (leg_was_cut(&c->target))
		strlcpy(out, "connection cut, without a TLS closure",
		    TLS_FAULT_MAX);
	else
		return NULL;
	return out;
}

const char *
relay_end_target(struct client *c, ssize_t n, char text[TLS_FAULT_MAX])
{
	int error = n == 0 ? 0 : errno;
	const char *why;

	/* a write that failed before has taken the error from the socket */
	if (n == 0 && c->target_error != EPIPE)
		error = c->target_error;
	why = end_of_target(c, error, text);
	/* a target that sends no more may still read */
	if (n != 0 || c->target_error != 0 || leg_queued(&c->target) == 0)
		leg_close(&c->target);
	return why;
}

static void
on_target_end(struct client *c, ssize_t n)
{
	char text[TLS_FAULT_MAX];
	const char *why = relay_end_target(c, n, text);

	if (why != NULL)
		client_end(
		    c, CODE_TCP_ERROR, "%s: %s", c->lease.target_text, why);
	else
		client_end(
		    c, WS_CLOSE_NORMAL, "the VNC server closed the connection");
}

/* More of a flood, from kernel to kernel. */
static ssize_t
move_bulk(struct client *c)
{
	int fault;
	uint8_t *spare = gather_buffer(&c->worker->gather);
	ssize_t n = bulk_move(&c->target, &c->client,
	    turn_bytes(&c->worker->turn), spare, &fault);

	if (n <= 0)
		return n;
	leg_note_read(&c->target, (size_t)n);
	c->count.to_client += (size_t)n;
	c->has_moved = 1;
	client_after_write(c, fault);
	return n;
}

static ssize_t
move_copied(struct client *c)
{
	struct gather *g = &c->worker->gather;
	size_t room, most = turn_bytes(&c->worker->turn);
	uint8_t *buf = gather_place(g, &room);
	ssize_t n = leg_read(&c->target, buf, room < most ? room : most);

	if (n <= 0)
		return n;
	note_turn(c, &c->target, n);
	if (c->state != CLIENT_RELAY || !gather_add(g, c, (size_t)n)) {
		gather_send(g);
		client_send(c, buf, (size_t)n);
	}
	return n;
}

/* A target that goes on sending must not cost us a core. */
static void
discard(struct client *c, size_t bytes)
{
	c->closing.discarded += (uint32_t)bytes;
	if (c->closing.discarded > DISCARD_BYTES)
		client_watch(c, &c->target, LEG_NOTHING);
}

void
relay_discard_more(struct client *c)
{
	if (!c->closing.has_shut_target ||
	    c->closing.discarded <= DISCARD_BYTES)
		return;
	c->closing.discarded = 0;
	client_watch(c, &c->target, LEG_READ);
}

void
relay_from_target(struct client *c)
{
	int was_bulk = c->is_bulk && c->state == CLIENT_RELAY;
	ssize_t n = was_bulk ? move_bulk(c) : move_copied(c);

	if (was_bulk && (n == 0 || would_block(n))) {
		/* urgent data stops splice(2): recv(2) tells what has come */
		c->is_bulk = 0;
		return;
	}
	if (would_block(n))
		return;
	if (n <= 0) {
		on_target_end(c, n);
		return;
	}
	if (c->state == CLIENT_CLOSING) {
		discard(c, (size_t)n);
		return;
	}
	/* while the client takes all, and the target has much */
	c->is_bulk = n >= BULK_MIN_BYTES && bulk_in_fd() != -1 &&
	    c->client.tls == NULL && c->target.tls == NULL &&
	    leg_queued(&c->client) == 0;
}

void
relay_check_lost(struct client *c)
{
	if (leg_is_open(&c->client) && tcp_is_lost(c->client.fd))
		client_lose(c, strerror(ETIMEDOUT));
	else if (leg_is_open(&c->target) && tcp_is_lost(c->target.fd)) {
		errno = ETIMEDOUT;
		on_target_end(c, -1);
	}
}

void
relay_take(struct client *c, int fd)
{
	leg_open(&c->target, c->worker->base, fd);
	c->lease.state = LEASE_HELD;
	c->lease.since_sec = (uint32_t)time(NULL);
}

void
relay_client_drained(struct client *c)
{
	control_send_kept_pong(c);
	if (c->state == CLIENT_RELAY)
		client_watch(c, &c->target, LEG_READ);
}

void
relay_target_drained(struct client *c)
{
	client_watch(c, &c->client, LEG_READ);
}

void
relay_client_failed(struct client *c, int error)
{
	client_lose(c, strerror(error));
}

/*
 * The target takes nothing more, but what it has sent may still be there
 * to read; its end, or fault, is found there.
 */
void
relay_target_failed(struct client *c, int error)
{
	if (c->target_error != 0)
		return;
	c->target_error = error != 0 ? error : EPIPE;
	log_debug("conn=%llu target takes no more: %s",
	    (unsigned long long)c->conn_id, strerror(error));
	if (c->state == CLIENT_RELAY)
		client_watch(c, &c->client, LEG_READ);
}
