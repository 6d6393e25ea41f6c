/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "worker/client/tell.h"
#include "worker/client/write.h"
#include "worker/parse/talk_words.h"
#include "worker/stages/json.h"
#include "worker/stages/talk.h"

#define ANSWERS 16 /* to one question, which has one */

static const char *const names[TELL_COUNT] = {
    [TELL_IN_USE] = "in-use",
    [TELL_QUEUED] = "queued",
    [TELL_ASKING] = "asking",
    [TELL_ASKED] = "asked",
    [TELL_ASK_OVER] = "ask-over",
    [TELL_NOTICE] = "notice",
    [TELL_STARTING] = "starting",
    [TELL_HELD] = "held",
    [TELL_WATCHING] = "watching",
    [TELL_WATCHED] = "watched",
    [TELL_WATCH_OVER] = "watch-over",
};

static void
add_text(struct evbuffer *out, const char *name, const char *text)
{
	if (text[0] == '\0')
		return;
	evbuffer_add_printf(out, ",\"%s\":", name);
	json_add_string(out, text);
}

static void
add_number(struct evbuffer *out, const char *name, uint64_t number)
{
	if (number != 0)
		evbuffer_add_printf(out, ",\"%s\":%" PRIu64, name, number);
}

static const char *
is_set(const struct msg_tell *tell, uint32_t bit)
{
	return tell->place & bit ? "true" : "false";
}

static void
format(struct evbuffer *out, const struct msg_tell *tell)
{
	evbuffer_add_printf(out, "{\"type\":\"%s\"", names[tell->kind]);
	add_text(out, "user", tell->user);
	add_text(out, "text", tell->text);
	add_number(out, "number", tell->number);
	add_number(out, "time", tell->time_sec);
	if (tell->kind == TELL_IN_USE)
		evbuffer_add_printf(out, ",\"ask\":%s,\"take\":%s,\"watch\":%s",
		    is_set(tell, TELL_MAY_ASK), is_set(tell, TELL_MAY_TAKE),
		    is_set(tell, TELL_MAY_WATCH));
	else
		add_number(out, "place", tell->place);
	evbuffer_add(out, "}", 1);
}

static void
send_text(struct client *c, struct evbuffer *text)
{
	size_t len = evbuffer_get_length(text);
	uint8_t head[WS_SERVER_HEAD_MAX];
	struct iovec iov[2] = {{head, ws_encode_head(head, WS_TEXT, len)},
	    {evbuffer_pullup(text, -1), len}};

	if (iov[1].iov_base != NULL)
		client_write(c, iov, 2);
}

/* A page that reads nothing is told nothing more. */
static struct evbuffer *
begin_text(const struct client *c)
{
	if (!client_is_page(c) || c->ws.has_sent_close ||
	    leg_queued(&c->client) > LEG_HIGH_BYTES)
		return NULL;
	return evbuffer_new();
}

void
talk_tell(struct client *c, const struct msg_tell *tell)
{
	struct evbuffer *text = begin_text(c);

	if (text == NULL)
		return;
	if (tell->kind == TELL_ASKED) /* no page floods the broker */
		c->ws.answers_left = ANSWERS;
	format(text, tell);
	send_text(c, text);
	evbuffer_free(text);
}

void
talk_tell_end(struct client *c, const char *kind, uint32_t seconds)
{
	struct evbuffer *text = begin_text(c);

	if (text == NULL)
		return;
	evbuffer_add_printf(text,
	    "{\"type\":\"ending\",\"kind\":\"%s\",\"time\":%u}", kind, seconds);
	send_text(c, text);
	evbuffer_free(text);
}

static void
add_way(struct evbuffer *out, const char *name, const struct talk_way *way)
{
	evbuffer_add_printf(out, ",\"%s\":{\"state\":\"%s\"", name, way->state);
	add_number(out, "ms", way->ms);
	add_number(out, "time", way->seconds);
	evbuffer_add(out, "}", 1);
}

int
talk_tell_ways(struct client *c, const struct talk_way *you,
    const struct talk_way *desktop)
{
	struct evbuffer *text = begin_text(c);

	if (text == NULL)
		return -1;
	evbuffer_add_printf(text, "{\"type\":\"ways\"");
	add_way(text, "you", you);
	add_way(text, "desktop", desktop);
	evbuffer_add(text, "}", 1);
	send_text(c, text);
	evbuffer_free(text);
	return 0;
}

void
talk_take(struct client *c)
{
	struct talk_words words;

	/* a newer page's words are no fault of this one */
	if (talk_words_read(
		c->ws.decoder.control, c->ws.decoder.control_len, &words) < 0)
		return;
	if (words.is_stay)
		c->input_ms = clock_tick_ms(); /* a deed of its person's */
	else if (c->ws.answers_left > 0) {
		c->ws.answers_left--;
		tell_answer(c, words.number, words.answer);
	}
}
