/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

#include "worker/client/person.h"
#include "worker/client/tell.h"
#include "worker/parse/form.h"
#include "worker/stages/answer.h"
#include "worker/stages/intend.h"
#include "worker/stages/json.h"

#define INTEND_MS   6000 /* auth may have to start */
#define BAD_REQUEST 400
#define KIND_MAX    16

static uint32_t
read_kind(const struct request *req)
{
	static const char *const kinds[INTENT_RESUME] = {
	    [INTENT_ASK] = "ask",
	    [INTENT_TAKE] = "take",
	    [INTENT_MOVE] = "move",
	    [INTENT_END] = "end",
	    [INTENT_WATCH] = "watch",
	};
	char text[KIND_MAX];
	uint32_t i;

	if (form_field(&req->body, "kind", text, sizeof(text)) <= 0)
		return INTENT_NONE;
	for (i = INTENT_ASK; i < INTENT_RESUME; i++)
		if (strcmp(kinds[i], text) == 0)
			return i;
	return INTENT_NONE;
}

void
intend_begin(struct client *c, const struct request *req)
{
	char target[TARGET_TEXT_MAX], hex[2 * INTENT_BYTES + 1];
	struct http_span held = {hex, 0};
	uint8_t number[INTENT_BYTES] = {0};
	uint32_t kind = read_kind(req);

	c->http.is_head_query = 0;
	if (kind == INTENT_NONE ||
	    form_field(&req->body, "target", target, sizeof(target)) <= 0) {
		answer_error(c, BAD_REQUEST, 0);
		return;
	}
	if (form_field(&req->body, "held", hex, sizeof(hex)) > 0) {
		held.len = strlen(hex);
		if (!handshake_read_intent(&held, number))
			memset(number, 0, sizeof(number));
	}
	if (tell_intend(c, kind, target, number) < 0) {
		intend_miss(c);
		return;
	}
	person_forget_cookie(c->person);
	c->http.is_intent = 1;
	c->http.is_health = 0;
	if (leg_watch(&c->client, LEG_NOTHING) < 0)
		c->state = CLIENT_OVER;
	else
		client_enter(c, CLIENT_QUERY, INTEND_MS);
}

void
intend_answer(struct client *c, const struct msg_intended *said)
{
	struct evbuffer *out = evbuffer_new();
	size_t i;

	c->http.is_intent = 0;
	if (out == NULL) {
		intend_miss(c);
		return;
	}
	if (said->ended > 0) {
		evbuffer_add_printf(out, "{\"ended\":%u}\n", said->ended);
	} else if (said->code == 0) {
		evbuffer_add_printf(out, "{\"intent\":\"");
		for (i = 0; i < sizeof(said->intent); i++)
			evbuffer_add_printf(out, "%02x", said->intent[i]);
		evbuffer_add_printf(out, "\"}\n");
	} else {
		evbuffer_add_printf(
		    out, "{\"code\":%u,\"reason\":", said->code);
		json_add_string(out, said->reason);
		evbuffer_add_printf(out, "}\n");
	}
	answer_text(c, 0, "application/json",
	    (const char *)evbuffer_pullup(out, -1), evbuffer_get_length(out));
	evbuffer_free(out);
}

void
intend_miss(struct client *c)
{
	c->http.is_intent = 0;
	c->http.keeps_alive =
	    0; /* its answer may come yet, and is no other's */
	person_forget_cookie(c->person);
	answer_unavailable(c, 0,
	    "The bridge can't tell at the moment. Try again in a moment.");
}
