/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>

#include <string.h>

#include "common/clock.h"
#include "worker/stages/health.h"
#include "worker/stages/intend.h"
#include "worker/client/line.h"
#include "worker/client/person.h"
#include "worker/client/tell.h"
#include "worker/stages/state.h"
#include "worker/stages/targets.h"

#define ANSWERS_MAX 256 /* of one STATED */

/* Of whom the list is to be; of /healthz it is nobody's. */
static const uint8_t *
cookie_of(const struct client *c)
{
	static const uint8_t nobody[AUTH_COOKIE_BYTES];

	return c->person == NULL || c->http.is_health ? nobody
						      : c->person->cookie;
}

/* If it can't be asked now, the next client or the next broker tries again. */
static void
ask(struct worker *w)
{
	const struct client *c = TAILQ_FIRST(&w->askers);

	w->state_number++;
	w->state_client = c->peer;
	memcpy(w->state_cookie, cookie_of(c), sizeof(w->state_cookie));
	w->is_state_asked = tell_state(w, w->state_number, &w->state_client,
				w->state_cookie) == 0;
	w->state_ms = clock_now_ms();
}

void
state_ask(struct client *c, uint64_t timeout_ms)
{
	struct worker *w = c->worker;

	if (leg_watch(&c->client, LEG_NOTHING) < 0) {
		c->state = CLIENT_OVER;
		return;
	}
	client_enter(c, CLIENT_QUERY, timeout_ms);
	/* what is under way may have been answered already */
	c->state_number = w->state_number + 1;
	line_join(&w->askers, c);
	if (!w->is_state_asked)
		ask(w);
}

static void
forget_text(struct worker *w)
{
	if (w->state_text != NULL)
		evbuffer_free(w->state_text);
	w->state_text = NULL;
	w->state_next = 0;
}

void
state_join(struct worker *w)
{
	w->is_state_asked = 0;
	forget_text(w);
	if (!TAILQ_EMPTY(&w->askers))
		ask(w);
}

/* For whom a STATE was. */
struct asked {
	struct addr client;
	uint8_t cookie[AUTH_COOKIE_BYTES];
};

/* Whether the answer is its own: with access sections, each has another. */
static int
is_for(const struct client *c, const struct asked *asked)
{
	const struct settings *s = client_settings(c);

	if ((!s->has_access && !s->has_auth) || c->http.is_health)
		return 1;
	return addr_is_same_ip(&c->peer, &asked->client) &&
	    memcmp(cookie_of(c), asked->cookie, sizeof(asked->cookie)) == 0;
}

/* The next that an answer is for, from c on; or NULL. */
static struct client *
find_asker(struct client *c, uint64_t number, const struct asked *asked)
{
	while (c != NULL && c->state_number <= number && !is_for(c, asked))
		c = TAILQ_NEXT(c, line_entry);
	return c != NULL && c->state_number <= number ? c : NULL;
}

static void
answer(struct client *c, struct evbuffer *text)
{
	line_leave(c);
	if (c->http.is_health)
		health_answer(c, NULL);
	else
		targets_answer(c, text);
	c->worker->go_on(c);
}

/* What one STATED tells of the targets. All of them, or none are known. */
static void
collect(struct worker *w, const struct msg_stated *stated)
{
	if (stated->first == 0) {
		forget_text(w);
		w->state_text = targets_begin();
	}
	if (w->state_text != NULL && w->state_next == stated->first &&
	    targets_add(w->state_text, w, stated))
		w->state_next = stated->first + stated->count;
	else
		forget_text(w);
}

void
state_take(struct worker *w, const struct msg_stated *stated)
{
	struct evbuffer *text;
	/* who is answered may ask again at once, for somebody else */
	struct asked asked = {.client = w->state_client};
	struct client *c, *next;
	unsigned n;

	if (!w->is_state_asked || stated->number != w->state_number)
		return; /* no one has asked that */
	collect(w, stated);
	if (stated->first + stated->count < stated->total)
		return; /* more follow */
	w->is_state_asked = 0;
	memcpy(asked.cookie, w->state_cookie, sizeof(asked.cookie));
	explicit_bzero(w->state_cookie, sizeof(w->state_cookie));
	text = targets_end(w->state_text); /* once, and not for each */
	w->state_text = NULL;
	if (text == NULL)
		text = targets_unknown(w);
	c = TAILQ_FIRST(&w->askers);
	for (n = 0; n < ANSWERS_MAX; n++) {
		if ((c = find_asker(c, stated->number, &asked)) == NULL)
			break;
		next = TAILQ_NEXT(c, line_entry);
		answer(c, text);
		c = next;
	}
	explicit_bzero(&asked, sizeof(asked));
	if (text != NULL)
		evbuffer_free(text);
	if (!w->is_state_asked && !TAILQ_EMPTY(&w->askers))
		ask(w);
}

void
state_miss(struct client *c)
{
	struct evbuffer *text;

	if (c->http.is_intent)
		intend_miss(c);
	else if (c->http.is_health) {
		line_leave(c);
		health_answer(c, health_broker_fault(c->worker));
	} else {
		text = targets_unknown(c->worker);
		line_leave(c);
		targets_answer(c, text);
		if (text != NULL)
			evbuffer_free(text);
	}
}
