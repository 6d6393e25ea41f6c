/* SPDX-License-Identifier: ISC */
/*
 * STANDARDS  RFC 6143, 7.1.1. The repeater of UltraVNC has none: it greets as
 *            "RFB 000.000", takes 250 bytes that begin with "ID:" and the
 *            number, and then is the server of that number.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "worker/stages/greet.h"
#include "worker/client/journal.h"
#include "worker/client/write.h"
#include "worker/leg/gather.h"
#include "worker/leg/turn.h"
#include "worker/stages/limits.h"
#include "worker/stages/relay.h"

#define SHOWN_MAX	   24 /* bytes of a strange greeting in a reason */
#define REPEATER_ASK_BYTES 250

int
greet_expect(struct client *c, const struct msg_opened *opened)
{
	uint32_t usual = client_settings(c)->greeting_timeout_sec;
	uint32_t sec = opened->greeting_timeout_sec;

	limits_expect(c, opened);
	c->greeting_sec = (uint16_t)(sec != 0 ? sec : usual);
	if (opened->repeater_id[0] == '\0')
		return 1;
	c->repeater_id = strdup(opened->repeater_id);
	return c->repeater_id != NULL;
}

static void
await(struct client *c)
{
	client_enter(
	    c, CLIENT_GREETING, (uint64_t)c->greeting_sec * MS_PER_SEC);
}

void
greet_begin(struct client *c)
{
	journal_opened(c);
	if (!client_settings(c)->require_rfb && c->repeater_id == NULL &&
	    !c->is_watching) {
		relay_begin(c);
		return;
	}
	await(c);
	if (leg_watch(&c->target, LEG_READ) < 0)
		client_end(c, WS_CLOSE_TOO_BIG, "out of memory");
}

static void
refuse(struct client *c)
{
	char shown[SHOWN_MAX * 4 + 1];

	log_escape(c->greeting.bytes, c->greeting.len, shown, sizeof(shown));
	client_end(c, CODE_NOT_VNC, "%s is not a VNC server: it says %s",
	    c->lease.target_text, shown);
}

/* Says which server is meant, once; that one's greeting is awaited then. */
static void
ask_repeater(struct client *c)
{
	char block[REPEATER_ASK_BYTES] = "ID:";
	struct iovec iov = {block, sizeof(block)};

	strlcat(block, c->repeater_id, sizeof(block));
	c->has_said_id = 1;
	memset(&c->greeting, 0, sizeof(c->greeting));
	await(c);
	if (leg_write(&c->target, &iov, 1) < 0)
		relay_target_failed(c, errno);
}

/* The greeting is whole, and more may have come after it. */
static void
pass_on(struct client *c, uint8_t *data, size_t used, size_t len)
{
	uint8_t whole[WS_SERVER_HEAD_MAX + GREETING_BYTES];

	memcpy(whole + WS_SERVER_HEAD_MAX, c->greeting.bytes, GREETING_BYTES);
	metrics_observe(METRIC_FIRST_BYTE, clock_now_ms() - c->opened_ms);
	relay_begin(c);
	if (used == GREETING_BYTES) { /* all of it came at once */
		client_send(c, data, len);
		return;
	}
	client_send(c, whole + WS_SERVER_HEAD_MAX, GREETING_BYTES);
	if (len > used)
		client_send(c, data + used, len - used);
}

/* The WS_SERVER_HEAD_MAX bytes in front of data are overwritten. */
static void
take(struct client *c, uint8_t *data, size_t len)
{
	size_t used;
	int result;

	while (len > 0 && c->state == CLIENT_GREETING) {
		result = greeting_take(&c->greeting, data, len, &used);
		if (result < 0)
			refuse(c);
		else if (result > 0 && c->repeater_id != NULL &&
		    greeting_is_repeater(&c->greeting)) {
			if (c->has_said_id)
				refuse(c);
			else
				ask_repeater(c);
		} else if (result > 0) {
			pass_on(c, data, used, len);
			return;
		}
		data += used;
		len -= used;
	}
}

void
greet_is_late(struct client *c)
{
	if (c->has_said_id)
		client_end(c, CODE_NO_ANSWER,
		    "%s: the server with ID %s did not greet within %u s",
		    c->lease.target_text, c->repeater_id, c->greeting_sec);
	else if (c->greeting.len == 0)
		client_end(c, CODE_NO_ANSWER,
		    "%s accepted the connection, but said nothing for %u s",
		    c->lease.target_text, c->greeting_sec);
	else
		client_end(c, CODE_NO_ANSWER,
		    "%s accepted the connection, but did not finish its "
		    "greeting within %u s",
		    c->lease.target_text, c->greeting_sec);
}

/* why NULL: in good order. */
static void
end_early(struct client *c, const char *why)
{
	if (c->has_said_id && c->greeting.len == 0)
		client_end(c, CODE_TCP_ERROR,
		    "%s: the repeater dropped ID %s: no such server is "
		    "connected%s%s",
		    c->lease.target_text, c->repeater_id,
		    why == NULL ? "" : ": ", why == NULL ? "" : why);
	else
		client_end(c, CODE_NOT_VNC,
		    "%s closed the connection before a VNC greeting%s%s",
		    c->lease.target_text, why == NULL ? "" : ": ",
		    why == NULL ? "" : why);
}

void
greet_go_on(struct client *c)
{
	struct gather *g = &c->worker->gather;
	size_t room, most = turn_bytes(&c->worker->turn);
	uint8_t *buf = gather_place(g, &room);
	ssize_t n = leg_read(&c->target, buf, room < most ? room : most);
	char text[TLS_FAULT_MAX];

	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	if (n <= 0) {
		end_early(c, relay_end_target(c, n, text));
		return;
	}
	if (!c->target.was_full)
		turn_note(&c->worker->turn, (size_t)n);
	take(c, buf, (size_t)n);
}
