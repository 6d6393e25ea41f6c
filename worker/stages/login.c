/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/client/journal.h"
#include "worker/client/person.h"
#include "worker/parse/cookie.h"
#include "worker/parse/form.h"
#include "worker/stages/answer.h"
#include "worker/stages/json.h"
#include "worker/stages/login.h"
#include "worker/stages/login_page.h"

#define WHO_MS		  10000 /* another auth may have to start */
#define LOGIN_MS	  45000 /* many may wait for their hash */

#define OK		  200
#define UNAUTHORIZED	  401
#define FORBIDDEN	  403
#define TOO_MANY_REQUESTS 429
#define UNAVAILABLE	  503

static const char unreadable[] = "The form could not be read. Try again.";

/* ---- who may ask for what ---- */

/* What the login page needs, and what tells of nothing. */
static int
is_public(const struct request *req)
{
	static const char *const assets[] = {
	    "/assets/style.css", "/assets/favicon.svg", "/assets/login.js"};
	size_t i;

	if (req->kind == REQUEST_HEALTH || req->kind == REQUEST_ROBOTS)
		return 1;
	for (i = 0; i < sizeof(assets) / sizeof(assets[0]); i++)
		if (req->kind == REQUEST_ASSET &&
		    strcmp(req->path, assets[i]) == 0)
			return 1;
	return 0;
}

/* A password must not be read by everybody on its way. */
static int
is_safe(const struct client *c)
{
	return client_is_https(c) || addr_is_loopback(&c->peer);
}

/* For these it matters who asks, and the answer is for everybody. */
static int
is_login_path(const struct request *req)
{
	return req->kind == REQUEST_LOGIN || req->kind == REQUEST_LOGOUT;
}

/* The page, the desktop, and "Stay" are a use; what a page asks again and
 * again by itself is none. */
static int
is_use(const struct request *req)
{
	return req->kind == REQUEST_START || req->kind == REQUEST_VIEWER ||
	    req->kind == REQUEST_PROXY ||
	    (req->kind == REQUEST_ACCOUNT && req->is_post);
}

static void
turn_away(struct client *c, const struct request *req)
{
	if (req->kind == REQUEST_START || req->kind == REQUEST_VIEWER) {
		login_page_go(c, 1,
		    req->kind == REQUEST_VIEWER ? req->target : "", NULL, NULL,
		    0);
		return;
	}
	if (req->kind == REQUEST_PROXY) {
		journal_refused(c, UNAUTHORIZED, "not logged in");
		c->http.keeps_alive = 0; /* what follows may be frames */
	}
	answer_error(c, UNAUTHORIZED, req->is_head);
}

static void
fail(struct client *c, int is_head)
{
	answer_unavailable(c, is_head,
	    "The bridge can't check logins at the moment. Try again in a "
	    "moment.");
}

/* Returns 0: it waits, or was answered. */
static int
ask_who(struct client *c, const struct request *req)
{
	struct question *question = person_question(c, MSG_WHO);

	if (question == NULL) {
		fail(c, req->is_head);
		return 0;
	}
	question->is_head = (uint8_t)req->is_head;
	question->body.who.is_use = (uint32_t)is_use(req);
	person_ask(c, WHO_MS);
	return 0;
}

/* Whether the request shows a cookie, which the person has then. */
static int
shows_cookie(struct client *c, const struct http_head *head)
{
	struct login_cookie cookie;

	login_cookie_of(c, head, &cookie);
	return cookie_find(head, cookie.name, c->person->cookie);
}

/* What is not for this request any more. */
static void
use_knowledge(struct person *person, const struct request *req)
{
	person->is_known = 0;
	/* the broker is shown it */
	if (req->kind != REQUEST_PROXY && req->kind != REQUEST_TARGETS)
		person_forget_cookie(person);
}

int
login_admits(
    struct client *c, const struct http_head *head, const struct request *req)
{
	struct person *person;

	if (!client_settings(c)->has_auth || is_public(req))
		return 1;
	if ((person = person_of(c)) == NULL) {
		fail(c, req->is_head);
		return 0;
	}
	if (person->is_known) {
		use_knowledge(person, req);
		if (person->state == WHO_USER || is_login_path(req))
			return 1;
		turn_away(c, req);
		return 0;
	}
	if (shows_cookie(c, head)) {
		/* a form needs no answer, but to be passed on */
		if (is_login_path(req) && req->is_post)
			return 1;
		return ask_who(c, req);
	}
	if (is_login_path(req))
		return 1;
	turn_away(c, req);
	return 0;
}

void
login_known(struct client *c, const struct msg_who_is *said)
{
	struct person *person = c->person;

	person->is_known = 1;
	person->state = (uint8_t)said->state;
	person->ends_sec = said->ends_sec;
	person->max_sec = said->max_sec;
	memcpy(person->name, said->name, sizeof(person->name));
	person_end_question(person);
	/* the head is read again, by who knows now */
	client_enter(c, CLIENT_HEAD, WHO_MS);
	if (leg_watch(&c->client, LEG_READ) < 0)
		c->state = CLIENT_OVER;
}

void
login_miss(struct client *c)
{
	int is_head = c->person->question->is_head;

	person_end_question(c->person);
	client_keep(c, NULL, 0);
	c->http.keeps_alive = 0;
	fail(c, is_head);
}

/* ---- logging in ---- */

/* Its name, if it is one of ours, as next has it: nothing else is followed. */
static void
take_next(const struct client *c, const char *text, char next[TARGET_TEXT_MAX])
{
	struct target target;

	next[0] = '\0';
	if (target_parse(
		text, (uint16_t)client_settings(c)->default_port, &target) == 0)
		strlcpy(next, text, TARGET_TEXT_MAX);
}

static void
next_of_query(const struct client *c, const struct request *req,
    char next[TARGET_TEXT_MAX])
{
	char text[TARGET_TEXT_MAX];

	next[0] = '\0';
	if (form_field(&req->query, "next", text, sizeof(text)) > 0)
		take_next(c, text, next);
}

/* The policy of the page names the host that the browser knows us by. */
static const char *
host_of(const struct http_head *head, char out[TARGET_TEXT_MAX])
{
	out[0] = '\0';
	if (head->host.len < TARGET_TEXT_MAX)
		snprintf(out, TARGET_TEXT_MAX, "%.*s", (int)head->host.len,
		    head->host.p);
	return out;
}

static void
show(struct client *c, const struct http_head *head, const struct request *req,
    int status, const char *problem, const char *next)
{
	char host[TARGET_TEXT_MAX];
	struct login_page page = {.is_code = c->person->state == WHO_HALF,
	    .status = status,
	    .is_head = req->is_head,
	    .problem = problem,
	    .next = next,
	    .name = "",
	    .host = host_of(head, host)};

	login_page_answer(c, &page);
}

static struct question *
begin(struct client *c, const struct http_head *head, enum msg_type type)
{
	struct question *question = person_question(c, type);
	struct login_cookie cookie;

	if (question == NULL) {
		fail(c, 0);
		return NULL;
	}
	login_cookie_of(c, head, &cookie);
	question->is_https = cookie.is_https;
	memcpy(question->path, cookie.path, sizeof(question->path));
	return question;
}

/* What is longer than a name or password can be is as wrong as any other. */
static int
take_field(const struct request *req, const char *name, char *out, size_t size)
{
	int len = form_field(&req->body, name, out, size);

	return len == VB_ERANGE ? 0 : len;
}

static void
try_password(struct client *c, const struct http_head *head,
    const struct request *req, const char *next)
{
	struct question *question = begin(c, head, MSG_LOGIN);
	struct msg_login *login;

	if (question == NULL)
		return;
	login = &question->body.login;
	strlcpy(question->next, next, sizeof(question->next));
	if (take_field(req, "name", login->name, sizeof(login->name)) < 0 ||
	    take_field(req, "password", login->password,
		sizeof(login->password)) < 0) {
		person_end_question(c->person);
		show(c, head, req, 400, unreadable, next);
		return;
	}
	person_ask(c, LOGIN_MS);
}

static void
try_code(struct client *c, const struct http_head *head,
    const struct request *req, const char *next)
{
	struct question *question = begin(c, head, MSG_LOGIN_CODE);

	if (question == NULL)
		return;
	strlcpy(question->next, next, sizeof(question->next));
	if (take_field(req, "code", question->body.code.code,
		sizeof(question->body.code.code)) < 0) {
		person_end_question(c->person);
		c->person->state = WHO_HALF;
		show(c, head, req, 400, unreadable, next);
		return;
	}
	person_ask(c, LOGIN_MS);
	person_forget_cookie(c->person);
}

static void
take_form(
    struct client *c, const struct http_head *head, const struct request *req)
{
	char text[TARGET_TEXT_MAX] = "", next[TARGET_TEXT_MAX], code[2];

	if (form_field(&req->body, "next", text, sizeof(text)) < 0)
		text[0] = '\0';
	take_next(c, text, next);
	if (form_field(&req->body, "code", code, sizeof(code)) != VB_ENOTFOUND)
		try_code(c, head, req, next);
	else {
		person_forget_cookie(c->person);
		try_password(c, head, req, next);
	}
	explicit_bzero(code, sizeof(code));
}

static void
serve_login(
    struct client *c, const struct http_head *head, const struct request *req)
{
	char next[TARGET_TEXT_MAX];

	if (!is_safe(c)) {
		journal_refused(c, FORBIDDEN, "a login without https");
		c->http.keeps_alive = 0;
		answer_insecure(c, req->is_head);
		return;
	}
	if (req->is_post) {
		take_form(c, head, req);
		return;
	}
	next_of_query(c, req, next);
	if (c->person->state == WHO_USER)
		login_page_go(c, 0, next, NULL, NULL, 0);
	else
		show(c, head, req, OK, "", next);
}

static void
serve_logout(struct client *c, const struct http_head *head)
{
	struct question *question = begin(c, head, MSG_LOGOUT);

	person_forget_cookie(c->person);
	if (question != NULL)
		person_ask(c, WHO_MS);
}

static void
add_seconds(struct evbuffer *out, const char *name, uint32_t sec)
{
	if (sec == 0)
		evbuffer_add_printf(out, ",\"%s\":null", name);
	else
		evbuffer_add_printf(out, ",\"%s\":%u", name, sec);
}

static void
serve_account(struct client *c, const struct request *req)
{
	const struct person *person = c->person;
	struct evbuffer *out = evbuffer_new();
	int has_user = client_settings(c)->has_auth;

	if (out == NULL) {
		answer_error(c, UNAVAILABLE, req->is_head);
		return;
	}
	evbuffer_add_printf(out, "{\"user\":");
	if (has_user)
		json_add_string(out, person->name);
	else
		evbuffer_add_printf(out, "null");
	add_seconds(out, "ends", has_user ? person->ends_sec : 0);
	add_seconds(out, "max", has_user ? person->max_sec : 0);
	evbuffer_add_printf(out, "}\n");
	if (evbuffer_pullup(out, -1) == NULL)
		answer_error(c, UNAVAILABLE, req->is_head);
	else
		answer_text(c, req->is_head, "application/json",
		    (const char *)evbuffer_pullup(out, -1),
		    evbuffer_get_length(out));
	evbuffer_free(out);
}

void
login_serve(
    struct client *c, const struct http_head *head, const struct request *req)
{
	if (req->kind == REQUEST_LOGIN)
		serve_login(c, head, req);
	else if (req->kind == REQUEST_LOGOUT)
		serve_logout(c, head);
	else
		serve_account(c, req);
}
