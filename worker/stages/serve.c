/* SPDX-License-Identifier: ISC */
/*
 * The HTTP part of a client's life: heads are read, requests are served one
 * after the other, until one becomes a session.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/metrics.h"
#include "worker/stages/admit.h"
#include "worker/stages/answer.h"
#include "worker/stages/believe.h"
#include "worker/leg/gather.h"
#include "worker/stages/board.h"
#include "worker/parse/handshake.h"
#include "worker/stages/health.h"
#include "worker/stages/intend.h"
#include "worker/stages/login.h"
#include "worker/stages/pages.h"
#include "worker/client/idle.h"
#include "worker/client/journal.h"
#include "worker/client/load.h"
#include "worker/client/person.h"
#include "worker/client/tell.h"
#include "worker/stages/scrape.h"
#include "worker/stages/serve.h"
#include "worker/stages/standing.h"
#include "worker/stages/state.h"
#include "worker/tls/tls_conf.h"
#include "worker/tls/tls_listener.h"

#define QUERY_MS    3000

#define SWITCHED    101
#define MOVED	    308
#define BAD_REQUEST 400
#define NOT_FOUND   404
#define MISDIRECTED 421 /* RFC 9110, 15.5.20 */
#define NO_ROOM	    503

static int
keep_intent(struct client *c, const struct handshake *handshake)
{
	if (!handshake->has_intent)
		return 1;
	if ((c->lease.intent = malloc(INTENT_BYTES)) == NULL)
		return 0;
	memcpy(c->lease.intent, handshake->intent, INTENT_BYTES);
	return 1;
}

/* A 101: the session begins, and the broker is asked. */
static void
begin_session(struct client *c, const struct request *req)
{
	const struct settings *s = client_settings(c);
	char answer[512];
	struct iovec iov = {.iov_base = answer};
	int len =
	    handshake_format_answer(&req->handshake, answer, sizeof(answer));

	if (len < 0 || !keep_intent(c, &req->handshake) ||
	    (c->lease.target_text = strdup(req->target)) == NULL) {
		c->http.keeps_alive = 0; /* what follows are frames */
		journal_refused(c, NO_ROOM, "out of memory");
		answer_error(c, NO_ROOM, 0);
		return;
	}
	iov.iov_len = (size_t)len;
	if (leg_write(&c->client, &iov, 1) < 0 ||
	    leg_watch(&c->client, LEG_HANGUP) < 0) {
		c->state = CLIENT_OVER;
		return;
	}
	metrics_count_status(SWITCHED);
	ws_decoder_init(&c->ws.decoder);
	c->ws.decoder.takes_text = (uint8_t)req->handshake.offers_page;
	c->opened_ms = clock_now_ms();
	c->is_session = 1;
	c->worker->session_count++;
	load_touch(c->worker);
	/* a proxy before us has a limit, too, and the target may be slow */
	if (s->ping_interval_sec != 0)
		c->ws.ping_at_ms =
		    c->opened_ms + (uint64_t)s->ping_interval_sec * MS_PER_SEC;
	client_enter(c, CLIENT_OPENING,
	    (uint64_t)s->connect_timeout_sec * MS_PER_SEC + OPENING_MS);
	tell_open(c);
}

void
serve_open_longer(struct client *c, uint32_t seconds)
{
	client_enter(
	    c, CLIENT_OPENING, (uint64_t)seconds * MS_PER_SEC + OPENING_MS);
}

/* Returns 1 if the connection may be served, by today's rules; else 0. */
static int
is_in_standing(
    struct client *c, const struct http_head *head, const struct request *req)
{
	struct tls_conf *tls = c->worker->conf->tls;

	switch (standing_of(c, req->kind)) {
	case STANDING_GOOD:
		return 1;
	case STANDING_PLAIN:
		c->http.is_misplaced = 1;
		c->http.is_redirected = (uint8_t)tls_listener_redirects(
		    tls_conf_find(tls, &c->local));
		answer_misplaced(c, head, req->is_head);
		return 0;
	case STANDING_OUTDATED:
		journal_refused(c, MISDIRECTED,
		    "the connection is older than the configuration, which "
		    "would not accept it");
		c->http.keeps_alive = 0;
		answer_outdated(c, req->is_head);
		return 0;
	}
	return 0;
}

static void
begin_query(struct client *c, int is_head)
{
	c->http.is_head_query = (uint8_t)is_head;
	c->http.is_health = c->http.is_intent = 0;
	if (c->worker->broker == NULL)
		state_miss(c);
	else
		state_ask(c, QUERY_MS);
}

static void
begin_health(struct client *c, int is_head)
{
	if (!health_begin(c, is_head))
		state_ask(c, HEALTH_MS);
}

static void
refuse_without_room(struct client *c, const struct request *req, int is_health)
{
	journal_refused(c, NO_ROOM,
	    c->http.is_refused ? "max-connections reached"
			       : "the bridge is stopping");
	c->http.keeps_alive = 0;
	if (is_health)
		begin_health(c, req->is_head);
	else
		answer_error(c, NO_ROOM, req->is_head);
}

/* The master has said so already, in its log. */
static void
refuse_limited(struct client *c, const struct request *req)
{
	c->http.keeps_alive = 0;
	answer_limited(c, req->is_head);
}

/* Returns 1 if the request is to be served, or says why not. */
static int
is_admitted(struct client *c, const struct http_head *head, struct request *req)
{
	struct request_rules rules = c->worker->conf->rules;
	int status, may_continue = 0;

	rules.origins.is_tls = client_is_https(c);
	rules.is_metrics = standing_is_metrics(c->worker->conf, &c->local);
	status = request_classify(head, &rules, req, &may_continue);
	if (c->http.is_misplaced && request_is_ours(head, &rules)) {
		if (!c->http.is_redirected)
			journal_refused(
			    c, BAD_REQUEST, "plain HTTP where TLS is spoken");
		answer_misplaced(c, head, req->is_head);
		return 0;
	}
	if (c->http.is_limited) {
		refuse_limited(c, req);
		return 0;
	}
	if (c->http.is_refused || c->worker->drain_deadline_ms != 0) {
		refuse_without_room(
		    c, req, status == 0 && req->kind == REQUEST_HEALTH);
		return 0;
	}
	if (status != 0 && status != NOT_FOUND && status != MOVED)
		journal_refused(c, status, "%s", req->fault);
	if (status == MISDIRECTED || c->http.is_misplaced) {
		answer_misdirected(c, head, req->is_head);
		return 0;
	}
	if (!is_in_standing(c, head, req))
		return 0;
	c->http.keeps_alive = (status == 0 || may_continue) && req->keep_alive;
	if (status == MOVED)
		answer_moved(c, req->location);
	else if (status != 0)
		answer_error(c, status, req->is_head);
	return status == 0;
}

/* RFC 9309: nothing here is for a search engine. */
static const char robots[] = "User-agent: *\nDisallow: /\n";

static void
serve(struct client *c, const struct http_head *head, const struct request *req)
{
	switch (req->kind) {
	case REQUEST_START:
		answer_page(c, req, head, PAGE_START);
		break;
	case REQUEST_VIEWER:
		answer_page(c, req, head, PAGE_VIEWER);
		break;
	case REQUEST_ASSET:
		answer_page(c, req, head, req->path + 1);
		break;
	case REQUEST_HEALTH:
		begin_health(c, req->is_head);
		break;
	case REQUEST_ROBOTS:
		answer_text(c, req->is_head, "text/plain; charset=utf-8",
		    robots, sizeof(robots) - 1);
		break;
	case REQUEST_METRICS:
		scrape_begin(c, req->is_head);
		break;
	case REQUEST_TARGETS:
		begin_query(c, req->is_head);
		break;
	case REQUEST_EVENTS:
		board_begin(c, req->is_head);
		break;
	case REQUEST_INTENT:
		intend_begin(c, req);
		break;
	case REQUEST_ACCOUNT:
	case REQUEST_LOGIN:
	case REQUEST_LOGOUT:
	case REQUEST_OIDC:
	case REQUEST_OIDC_TOKEN:
		login_serve(c, head, req);
		break;
	case REQUEST_PROXY:
		begin_session(c, req);
		break;
	}
}

/* RFC 9110, 10.1.1: one that waits for it sends its body now. */
static void
await_body(struct client *c, const struct http_head *head, size_t bytes)
{
	static char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct iovec iov = {go_on, sizeof(go_on) - 1};

	if (c->wanted == 0 && head->minor > 0 &&
	    http_has_token(head, "Expect", "100-continue") &&
	    leg_write(&c->client, &iov, 1) < 0)
		c->state = CLIENT_OVER;
	c->wanted = (uint32_t)bytes;
}

/*
 * A request whose head has come, used bytes long, of len. Returns the bytes of
 * it and its body; 0: it waits, for its body, or for who has sent it.
 */
static size_t
handle_request(struct client *c, const struct http_head *head,
    const uint8_t *data, size_t used, size_t len)
{
	struct request req;

	if (!is_admitted(c, head, &req))
		return used;
	if (req.body_len > len - used) {
		await_body(c, head, used + req.body_len);
		return 0;
	}
	req.body.p = (const char *)data + used;
	req.body.len = req.body_len;
	if (!admit_request(c, head, &req))
		return c->state == CLIENT_ASKING ? 0 : used + req.body_len;
	serve(c, head, &req);
	return used + req.body_len;
}

/* Uses the heads in data, which may hold several; keeps what is left. */
static void
use_heads(struct client *c, const uint8_t *data, size_t len)
{
	size_t max = client_settings(c)->request_head_bytes;
	struct forwarding said;
	struct http_head head;
	size_t whole;
	int used;

	client_keep(c, NULL, 0); /* it is in data */
	while (c->state == CLIENT_HEAD && len > 0) {
		believe_nobody(c);
		person_begin(c->person);
		used = http_parse_head((const char *)data, len, max, &head);
		if (used == 0)
			break;
		if (used < 0) {
			c->http.keeps_alive = 0;
			journal_refused(c, -used, "%s", head.fault);
			answer_error(c, -used, 0);
			return;
		}
		if (believe_proxies(c, &head, &said) < 0) {
			c->state = CLIENT_OVER;
			return;
		}
		whole = handle_request(c, &head, data, (size_t)used, len);
		if (whole == 0)
			break;
		person_end_request(c->person);
		c->wanted = 0;
		data += whole;
		len -= whole;
	}
	if (c->state != CLIENT_OVER && c->state != CLIENT_LINGER)
		client_keep(c, data, len);
}

/* Too many have large heads: an honest one is whole in a moment. */
static void
refuse_oldest(struct client *c)
{
	if (c == NULL)
		return;
	journal_refused(c, NO_ROOM, "too many clients wait with large heads");
	c->http.keeps_alive = 0;
	client_keep(c, NULL, 0);
	answer_error(c, NO_ROOM, 0);
	c->worker->go_on(c);
}

/* All that was kept, from a buffer, where nothing of it is left. */
static void
use_pending(struct client *c, uint8_t *buffer)
{
	size_t len = c->pending_len;

	memcpy(buffer, c->pending, len);
	use_heads(c, buffer, len);
	if (c->worker->conf->settings.has_auth)
		explicit_bzero(buffer, len);
}

/*
 * A head that drips in is appended, and parsed when a line ends: of those a
 * head has few (HTTP_FIELDS_MAX), so that dripping costs no more than a read
 * a byte.
 */
static void
use_more(struct client *c, uint8_t *data, size_t len)
{
	size_t max = client_settings(c)->request_head_bytes;
	int is_whole = memchr(data, '\n', len) != NULL;

	if (client_keep_more(c, data, len) < 0)
		return;
	if (c->wanted != 0) /* its head was read */
		is_whole = c->pending_len >= c->wanted;
	else if (c->pending_len > max)
		is_whole = 1;
	if (is_whole)
		use_pending(c, data);
	if (c->state == CLIENT_HEAD && c->pending_len > SERVE_USUAL_BYTES)
		refuse_oldest(idle_grow(c));
}

/* What follows a head waits while it is answered: it must not be much. */
void
serve_read_head(struct client *c)
{
	uint8_t *buf = gather_buffer(&c->worker->gather);
	size_t max = client_settings(c)->request_head_bytes;
	size_t room = max + 1, kept = c->pending_len;
	int has_auth = client_settings(c)->has_auth;
	ssize_t n;

	if (room < c->wanted)
		room = c->wanted;
	room = room > kept ? room - kept : 1; /* it may have been more */
	if (room > SERVE_USUAL_BYTES)
		room = SERVE_USUAL_BYTES;
	n = leg_read(&c->client, buf, room);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	if (n <= 0)
		c->state = CLIENT_OVER;
	else if (kept == 0)
		use_heads(c, buf, (size_t)n);
	else
		use_more(c, buf, (size_t)n);
	if (n > 0 && has_auth) /* cookies, and a password perhaps */
		explicit_bzero(buf, (size_t)n);
}

void
serve_next_request(struct client *c)
{
	if (c->state == CLIENT_HEAD && c->pending_len > 0)
		use_pending(c, gather_buffer(&c->worker->gather));
}
