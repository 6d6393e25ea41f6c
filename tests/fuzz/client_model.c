/* SPDX-License-Identifier: ISC */
/*
 * What must be true of a worker at any time, and of the bytes that went
 * through it. The frames of a client are read by the naive decoder, those
 * of the worker here; the heads by the worker's own parser, which has a
 * fuzzer of its own.
 */
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/client_rig.h"
#include "tests/unit/frame_log.h"
#include "worker/leg/leg.h"
#include "worker/parse/rfb_watch.h"

#define HEADS_BYTES   4096 /* of frames, and answers to pings */
#define GREETING_LEN  12
#define SETTLE_TURNS  400
#define TARGET_CLOSED "the VNC server closed the connection"

/* ---- the worker ---- */

static int
is_session(const struct client *c)
{
	return c->state == CLIENT_OPENING || c->state == CLIENT_VERIFYING ||
	    c->state == CLIENT_GREETING || c->state == CLIENT_RELAY;
}

static void
check_client(const struct client *c)
{
	int is_connected = c->state == CLIENT_VERIFYING ||
	    c->state == CLIENT_GREETING || c->state == CLIENT_RELAY;

	/* nothing keeps one that is over, but what the broker must hear */
	must(c->state != CLIENT_OVER || c->lease.state == LEASE_OWES_CLOSED);
	must(c->is_session == is_session(c));
	must((c->board != NULL) == (c->state == CLIENT_BOARD));
	/* until the target is closed: nobody else is to be let in before */
	must(!is_connected || c->lease.state == LEASE_HELD);
	must(c->lease.state != LEASE_HELD || leg_is_open(&c->target));
	must(c->state == CLIENT_RELAY || c->deadline_ms != 0);
	must(leg_is_open(&c->client) || c->state == CLIENT_CLOSING ||
	    c->state == CLIENT_OVER);
	must(!is_connected || leg_is_open(&c->target));
	must(is_connected || c->state == CLIENT_CLOSING ||
	    !leg_is_open(&c->target));
	must(c->state != CLIENT_CLOSING || leg_is_open(&c->client) ||
	    leg_is_open(&c->target));
	must(leg_queued(&c->client) <=
	    LEG_HIGH_BYTES + WORKER_BUFFER_BYTES + HEADS_BYTES);
	must(leg_queued(&c->target) <= LEG_HIGH_BYTES + WORKER_BUFFER_BYTES);
	must(c->pending_len <= HEAD_MAX + 1 + REQUEST_FORM_MAX);
	/* nobody waits for what can't come */
	if (c->state == CLIENT_RELAY && leg_queued(&c->client) == 0)
		must(c->target.watching == LEG_READ);
	if (c->state == CLIENT_RELAY && leg_queued(&c->target) == 0)
		must(c->client.watching == LEG_READ);
}

/* Bytes that a greeting may begin with (RFC 6143, 7.1.1), 12 at most. */
static size_t
greeting_right(const struct bytes *said)
{
	size_t i, n = said->len < GREETING_LEN ? said->len : GREETING_LEN;

	for (i = 0; i < n; i++) {
		if ((i >= 4 && i < 7) || (i >= 8 && i < 11)) {
			if (said->p[i] < '0' || said->p[i] > '9')
				return i;
		} else if (said->p[i] != (uint8_t) "RFB xxx.xxx\n"[i])
			return i;
	}
	return n;
}

static int
is_greeted(const struct slot *slot)
{
	return !slot->needs_greeting ||
	    greeting_right(&slot->said) == GREETING_LEN;
}

void
model_check_worker(struct rig *rig)
{
	uint32_t count = 0, sessions = 0;
	struct worker *w = rig->worker;
	struct client *c;
	uint8_t byte;
	size_t i;

	TAILQ_FOREACH (c, &w->clients, entry) {
		check_client(c);
		rig->seen |= 1u << c->state;
		must(client_find(w, c->conn_id) == c);
		count++;
		sessions += c->is_session;
	}
	must(count == w->conn_count && sessions == w->session_count);
	for (i = 0; i < SLOTS; i++)
		if (rig->slots[i].target != -1 && !is_greeted(&rig->slots[i]))
			must(rig->slots[i].heard.len == 0 &&
			    recv(rig->slots[i].target, &byte, 1,
				MSG_PEEK | MSG_DONTWAIT) <= 0);
}

/* ---- frames of the worker ---- */

struct story {
	struct frame_log log; /* the client's frames, read naively */
	size_t payload;	      /* bytes of the client's that were data */
	size_t shown;	      /* bytes of the target's that the client got */
	unsigned close_code;  /* that the worker sent, 0: none */
	int is_target_close;  /* since the target had ended in good order */
	int is_echo;	      /* of the client's own Close */
	int refusal;	      /* frames of one that came: 1, 2 */
	int has_101;
	int has_fault; /* the client's frames end in one, or a Close */
};

/* The place of the next entry of a frame log. */
static size_t
next_entry(const struct frame_log *log, size_t at)
{
	switch (log->bytes[at]) {
	case 'd':
		return at + 2;
	case 'c':
		return at + 3 + log->bytes[at + 2];
	default:
		return at + 3;
	}
}

/*
 * Of one who only looks on it heard what rfb_watch.c lets through, which has a
 * fuzzer of its own; up to where nobody can follow it. Byte by byte, however
 * the worker got it.
 */
static void
compare_watched(struct story *s, const struct slot *slot)
{
	struct rfb_input in;
	size_t at, passed;
	uint8_t byte;

	/* before it has greeted, it hears nothing */
	rfb_input_begin(
	    &in, slot->said.len < GREETING_LEN ? NULL : slot->said.p);
	for (at = 0; at < s->log.len; at = next_entry(&s->log, at)) {
		if (s->log.bytes[at] == 'e' ||
		    (s->log.bytes[at] == 'c' && s->log.bytes[at + 1] == 8))
			s->has_fault = 1;
		if (s->log.bytes[at] != 'd' || in.phase == RFB_INPUT_BLIND)
			continue;
		byte = s->log.bytes[at + 1];
		if (rfb_watch_take(&in, &byte, 1, &passed) < 0 || passed == 0)
			continue;
		if (s->payload < slot->heard.len)
			must(slot->heard.p[s->payload] == byte);
		s->payload++;
	}
	must(slot->heard.len <= s->payload);
}

/* What the target heard is the beginning of what the client said. */
static void
compare_payload(struct story *s, const struct bytes *heard)
{
	size_t at;

	for (at = 0; at < s->log.len; at = next_entry(&s->log, at)) {
		if (s->log.bytes[at] == 'e' ||
		    (s->log.bytes[at] == 'c' && s->log.bytes[at + 1] == 8))
			s->has_fault = 1;
		if (s->log.bytes[at] != 'd')
			continue;
		if (s->payload < heard->len)
			must(heard->p[s->payload] == s->log.bytes[at + 1]);
		s->payload++;
	}
	must(heard->len <= s->payload);
}

/* A Pong answers a Ping; of several, some may be left out. */
static size_t
find_ping(
    const struct frame_log *log, size_t at, const uint8_t *payload, size_t len)
{
	for (; at < log->len; at = next_entry(log, at))
		if (log->bytes[at] == 'c' && log->bytes[at + 1] == 9 &&
		    log->bytes[at + 2] == len &&
		    (len == 0 ||
			memcmp(log->bytes + at + 3, payload, len) == 0))
			return next_entry(log, at);
	abort();
}

static void
check_close(struct story *s, const uint8_t *payload, size_t len)
{
	static const unsigned own[] = {1000, 1002, 1003, 1009};
	size_t i;

	s->close_code = 1005;
	s->is_echo = len <= 2;
	if (len == 0)
		return;
	must(len >= 2);
	s->close_code = (unsigned)payload[0] << 8 | payload[1];
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (s->close_code == own[i])
			break;
	/* its own, one of 4xxx, or the client's own code given back */
	must(i < 4 || s->close_code >= 4000 || len == 2);
	for (i = 2; i < len; i++)
		must(payload[i] >= ' ' && payload[i] <= '~');
	s->is_target_close = s->close_code == 1000 &&
	    len == 2 + strlen(TARGET_CLOSED) &&
	    memcmp(payload + 2, TARGET_CLOSED, len - 2) == 0;
}

/* A frame of data, of which part has come. */
static void
compare_data(struct story *s, const uint8_t *p, size_t part, size_t len,
    const struct bytes *said)
{
	if (s->refusal > 0) {
		must(++s->refusal == 2); /* and no third */
		frames_check_refusal(p, part, len);
		return;
	}
	must(s->shown + part <= said->len);
	must(memcmp(p, said->p + s->shown, part) == 0);
	s->shown += part;
}

/* What the client got is the beginning of what the target said. */
static void
compare_frames(struct story *s, const struct bytes *got, size_t at,
    const struct bytes *said)
{
	size_t head, len, part, ping_at = 0;
	const uint8_t *p;

	while (
	    (head = frames_read_head(got->p + at, got->len - at, &len)) > 0) {
		must(s->close_code == 0); /* nothing behind a Close */
		p = got->p + at + head;
		part = len < got->len - at - head ? len : got->len - at - head;
		if (s->shown == 0 && s->refusal == 0 &&
		    frames_begin_refusal(got->p + at, got->len - at, said))
			s->refusal = 1;
		else if (got->p[at] == 0x82)
			compare_data(s, p, part, len, said);
		else
			must(len <= 125);
		if (part < len)
			return;
		if (got->p[at] == 0x88)
			check_close(s, p, len);
		else if (got->p[at] == 0x8a)
			ping_at = find_ping(&s->log, ping_at, p, len);
		else
			must(got->p[at] == 0x82 ||
			    (got->p[at] == 0x89 && len == 0));
		at += head + len;
	}
}

/* ---- a slot ---- */

static void
tell_story(struct rig *rig, const struct slot *slot, struct story *s)
{
	struct asked asked;
	size_t frames_at;

	memset(s, 0, sizeof(*s));
	if (rig->has_people && people_may_be_believed(&slot->sent))
		return;
	asked_read(&slot->sent, &rig->worker->conf->rules,
	    rig->has_people ? people_skip_preface(&slot->sent) : 0, &asked);
	must(asked.frames_at != SIZE_MAX ||
	    (!slot->was_asked && !slot->was_opened));
	must(asked.has_events || !slot->has_board_asked);
	if (asked.frames_at != SIZE_MAX)
		frame_log_naively(&s->log, slot->sent.p + asked.frames_at,
		    slot->sent.len - asked.frames_at);
	if (slot->is_watching)
		compare_watched(s, slot);
	else
		compare_payload(s, &slot->heard);
	frames_at = asked_check_answers(&slot->got, &asked);
	s->has_101 = frames_at != SIZE_MAX;
	if (frames_at != SIZE_MAX)
		compare_frames(s, &slot->got, frames_at, &slot->said);
	must(s->refusal == 0 || s->shown == 0);
	if (!is_greeted(slot))
		must(slot->heard.len == 0 && s->shown == 0);
}

/*
 * While no time passes, no session ends without a Close, nor before the
 * client's (RFC 6455, 7.1.1); and a client's Close is behind its data.
 */
static void
check_end(const struct slot *slot, const struct story *s)
{
	if (s->has_101 && slot->is_client_at_end && !slot->has_client_shut)
		must(s->close_code != 0 && s->has_fault);
	if (s->is_echo && slot->is_target_at_end && slot->target != -1)
		must(slot->heard.len == s->payload);
}

void
model_check_slot(struct rig *rig, const struct slot *slot)
{
	struct story s;

	if (slot->conn_id == 0)
		return;
	tell_story(rig, slot, &s);
	/* what the target had sent before it ended comes before the Close */
	if (s.is_target_close)
		must(s.shown == slot->said.len);
	if (!rig->has_ticked && !world.has_starved)
		check_end(slot, &s);
	frame_log_free(&s.log);
}

static void
check_settled(struct rig *rig, const struct slot *slot)
{
	struct client *c = rig_find(rig, slot);
	struct story s;

	if (c == NULL || slot->client == -1)
		return;
	tell_story(rig, slot, &s);
	/*
	 * With both Close frames the connection is at its end, but where there
	 * was no memory for what came too early: nobody has seen its fault.
	 */
	if (s.has_fault && s.close_code != 0 &&
	    !(world.has_starved && s.close_code == WS_CLOSE_TOO_BIG))
		must(slot->is_client_at_end);
	if (c->state == CLIENT_RELAY && slot->target != -1) {
		must(!s.has_fault && s.close_code == 0);
		must(s.shown == slot->said.len);
		must(s.payload == slot->heard.len || slot->is_target_at_end ||
		    c->target_error != 0);
	}
	if (c->state == CLIENT_GREETING && slot->target != -1)
		must(greeting_right(&slot->said) == slot->said.len &&
		    slot->said.len < GREETING_LEN);
	frame_log_free(&s.log);
}

void
model_settle(struct rig *rig)
{
	size_t moved, i;
	int turns = 0, quiet = 0;

	while (quiet < 3) {
		must(turns++ < SETTLE_TURNS); /* or it never ends */
		rig_turn(rig);
		moved = 0;
		for (i = 0; i < SLOTS; i++) {
			moved += rig_client_read(&rig->slots[i], SIZE_MAX);
			moved += rig_target_read(&rig->slots[i], SIZE_MAX);
		}
		quiet = moved > 0 ? 0 : quiet + 1;
	}
	for (i = 0; i < SLOTS; i++)
		check_settled(rig, &rig->slots[i]);
}
