/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/metrics.h"
#include "common/tcp.h"
#include "worker/stages/control.h"
#include "worker/stages/talk.h"
#include "worker/client/write.h"

#define PINGS_UNANSWERED_MAX 2
#define PONGS_MAX	     8 /* for one read */

static void
send_control(
    struct client *c, enum ws_opcode opcode, const uint8_t *payload, size_t len)
{
	uint8_t frame[WS_SERVER_HEAD_MAX + WS_CONTROL_MAX];
	struct iovec iov = {.iov_base = frame};
	size_t head = ws_encode_head(frame, opcode, len);

	if (len > 0)
		memcpy(frame + head, payload, len);
	iov.iov_len = head + len;
	client_write(c, &iov, 1);
}

void
control_send_close(struct client *c)
{
	uint8_t frame[WS_CLOSE_FRAME_MAX];
	struct iovec iov = {.iov_base = frame};

	if (c->ws.has_sent_close)
		return;
	c->ws.has_sent_close = 1;
	if (c->close_code == WS_CLOSE_NO_STATUS) {
		send_control(c, WS_CLOSE, NULL, 0);
		return;
	}
	/* a client's own code is given back to it, RFC 6455, 5.5.1 */
	iov.iov_len = ws_encode_close(frame, c->close_code,
	    c->ws.is_close_echo || c->reason == NULL ? "" : c->reason);
	client_write(c, &iov, 1);
}

/*
 * A Ping's payload comes back; if the client reads nothing, or floods us, only
 * the last one's (RFC 6455, 5.5.3).
 */
static void
answer_ping(struct client *c)
{
	size_t len = c->ws.decoder.control_len;

	if (c->ws.pong == NULL && c->ws.pongs_sent < PONGS_MAX &&
	    leg_queued(&c->client) <= LEG_HIGH_BYTES) {
		c->ws.pongs_sent++;
		send_control(c, WS_PONG, c->ws.decoder.control, len);
		return;
	}
	if (c->ws.pong == NULL && (c->ws.pong = malloc(WS_CONTROL_MAX)) == NULL)
		return;
	memcpy(c->ws.pong, c->ws.decoder.control, len);
	c->ws.pong_len = (uint8_t)len;
}

void
control_send_kept_pong(struct client *c)
{
	if (c->ws.pong == NULL)
		return;
	send_control(c, WS_PONG, c->ws.pong, c->ws.pong_len);
	free(c->ws.pong);
	c->ws.pong = NULL;
}

static void
on_close_frame(struct client *c)
{
	int code =
	    ws_parse_close(c->ws.decoder.control, c->ws.decoder.control_len);

	if (code < 0) {
		c->ws.has_lost_frames = 1;
		client_end(c, WS_CLOSE_PROTOCOL, "malformed close frame");
		return;
	}
	c->ws.has_got_close = 1;
	client_end(c, (uint16_t)code, "closed by the client");
}

/* The answer to a Ping that was sent while the client was read. */
static void
take_pong(struct client *c)
{
	uint32_t took_ms;

	if (c->ws.ping_sent_ms == 0)
		return;
	took_ms = (uint32_t)clock_now_ms() - c->ws.ping_sent_ms;
	c->ws.ping_took_ms = took_ms + 1;
	metrics_observe(METRIC_PING, took_ms);
	c->ws.ping_sent_ms = 0;
}

void
control_take(struct client *c)
{
	switch (c->ws.decoder.control_opcode) {
	case WS_PONG:
		take_pong(c);
		break;
	case WS_CLOSE:
		on_close_frame(c);
		break;
	case WS_PING:
		if (c->state == CLIENT_RELAY)
			answer_ping(c);
		break;
	case WS_TEXT:
		if (c->state == CLIENT_RELAY)
			talk_take(c);
		break;
	default:
		break;
	}
}

void
control_ping(struct client *c, uint64_t now_ms)
{
	uint64_t interval_ms =
	    (uint64_t)client_settings(c)->ping_interval_sec * MS_PER_SEC;
	int is_behind;
	uint64_t acked = tcp_acknowledged(c->client.fd, &is_behind);

	/*
	 * A slow link isn't a dead one: what waits for it, here or in the
	 * kernel, is taken bit by bit, and the ping after it.
	 */
	if ((is_behind || leg_queued(&c->client) > 0) && acked > c->count.acked)
		c->ws.pings_unanswered = 0;
	c->count.acked = acked;
	c->ws.ping_at_ms = interval_ms == 0 ? 0 : now_ms + interval_ms;
	/* before the relay, and while the target is slow, no one reads it */
	if (c->state != CLIENT_RELAY || c->client.watching != LEG_READ) {
		if (leg_queued(&c->client) == 0)
			send_control(c, WS_PING, NULL, 0);
		return;
	}
	if (c->ws.pings_unanswered >= PINGS_UNANSWERED_MAX) {
		c->is_lost = 1;
		client_end(c, CODE_SILENT, "the client does not respond");
		return;
	}
	c->ws.pings_unanswered++;
	if (leg_queued(&c->client) > LEG_HIGH_BYTES)
		return;
	/* behind what waits it would measure the queue */
	c->ws.ping_sent_ms = leg_queued(&c->client) == 0 ? (uint32_t)now_ms : 0;
	send_control(c, WS_PING, NULL, 0);
}
