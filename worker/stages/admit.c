/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "worker/client/journal.h"
#include "worker/client/person.h"
#include "worker/parse/accept.h"
#include "worker/parse/basic.h"
#include "worker/parse/cookie.h"
#include "worker/stages/admit.h"
#include "worker/stages/answer.h"
#include "worker/stages/believe.h"
#include "worker/stages/login_page.h"
#include "worker/tls/tls.h"

#define WHO_MS	     10000 /* another auth may have to start */
#define LOGIN_MS     45000 /* many may wait for their hash */
#define UNAUTHORIZED 401

/* What the login page needs, and what tells of nothing. */
static int
is_public(const struct request *req)
{
	static const char *const assets[] = {
	    "/assets/style.css", "/assets/favicon.svg", "/assets/login.js"};
	size_t i;

	if (req->kind == REQUEST_HEALTH || req->kind == REQUEST_ROBOTS ||
	    req->kind == REQUEST_METRICS)
		return 1;
	for (i = 0; i < sizeof(assets) / sizeof(assets[0]); i++)
		if (req->kind == REQUEST_ASSET &&
		    strcmp(req->path, assets[i]) == 0)
			return 1;
	return 0;
}

/* For these it matters who asks, and the answer is for everybody. */
static int
is_login_path(const struct request *req)
{
	return req->kind == REQUEST_LOGIN || req->kind == REQUEST_LOGOUT ||
	    req->kind == REQUEST_OIDC || req->kind == REQUEST_OIDC_TOKEN;
}

/* The page, the desktop, and "Stay" are a use; what a page asks again and
 * again by itself is none. */
static int
is_use(const struct request *req)
{
	return req->kind == REQUEST_START || req->kind == REQUEST_VIEWER ||
	    req->kind == REQUEST_PROXY || req->kind == REQUEST_INTENT ||
	    (req->kind == REQUEST_ACCOUNT && req->is_post);
}

static void
turn_away(struct client *c, const struct request *req)
{
	if (req->kind == REQUEST_START || req->kind == REQUEST_VIEWER) {
		/* the next connection shows its certificate: there again */
		struct login_go go = {.is_login = !c->person->is_spent,
		    .next = req->kind == REQUEST_VIEWER ? req->target : ""};

		login_page_go(c, &go);
		return;
	}
	if (req->kind == REQUEST_PROXY) {
		journal_refused(c, UNAUTHORIZED, "not logged in");
		c->http.keeps_alive = 0; /* what follows may be frames */
	}
	answer_error(c, UNAUTHORIZED, req->is_head);
}

/* Who it is can't be found out now. */
static void
fail(struct client *c, const struct request *req)
{
	if (req->kind == REQUEST_PROXY)
		c->http.keeps_alive = 0; /* what follows may be frames */
	login_page_fail(c, req->is_head);
}

/* Returns 0: it waits, or was answered. */
static int
ask_who(struct client *c, const struct request *req)
{
	struct question *question = person_question(c, MSG_WHO);

	if (question == NULL) {
		fail(c, req);
		return 0;
	}
	question->is_head = (uint8_t)req->is_head;
	question->body.who.is_use = (uint32_t)is_use(req);
	person_ask(c, WHO_MS);
	return 0;
}

/* Returns 0: it waits, or was answered. */
static int
ask_named(struct client *c, const struct request *req,
    const char name[AUTH_NAME_MAX], const char groups[AUTH_CLAIMED_MAX])
{
	struct question *question = person_question(c, MSG_NAMED);
	struct msg_named *named;

	if (question == NULL) {
		fail(c, req);
		return 0;
	}
	named = &question->body.named;
	question->is_head = (uint8_t)req->is_head;
	strlcpy(named->name, name, sizeof(named->name));
	strlcpy(named->groups, groups, sizeof(named->groups));
	person_ask(c, WHO_MS);
	return 0;
}

/*
 * Who shows a certificate is asked about once; then their login has a cookie,
 * which the connection keeps. That of a proxy is not the one of whose requests
 * it passes on. Returns 1 if it waits, or was answered.
 */
static int
asks_by_certificate(struct client *c, const struct request *req)
{
	static const uint8_t nobody[AUTH_COOKIE_BYTES];
	struct person *person = c->person;
	const uint8_t *messages;
	int len;

	if (c->client.tls == NULL || !client_settings(c)->has_certificate ||
	    believe_is_proxy(c))
		return 0;
	if ((len = tls_shown(c->client.tls, &messages)) < 0) {
		tls_forget_shown(c->client.tls);
		strlcpy(person->reason, "your certificates are too large",
		    sizeof(person->reason));
	}
	if (len <= 0 && memcmp(person->own, nobody, sizeof(nobody)) == 0)
		return 0;
	if (len <= 0) {
		memcpy(person->cookie, person->own, sizeof(person->cookie));
		ask_who(c, req);
		return 1;
	}
	if (person_question(c, MSG_PROVE) == NULL)
		fail(c, req);
	else {
		person->question->is_head = (uint8_t)req->is_head;
		person_ask(c, WHO_MS);
	}
	return 1;
}

/*
 * Whether a trusted proxy says who it is. Of one that says nothing of groups,
 * or more than fits, there are none.
 */
static int
is_named(const struct client *c, const struct http_head *head,
    char name[AUTH_NAME_MAX], char groups[AUTH_CLAIMED_MAX])
{
	const struct msg_conf_header *header = &c->worker->conf->header;

	groups[0] = '\0';
	if (header->user[0] == '\0' ||
	    believe_field(c, head, header->user, name, AUTH_NAME_MAX) == NULL ||
	    name[0] == '\0')
		return 0;
	if (header->groups[0] != '\0' &&
	    believe_field(c, head, header->groups, groups, AUTH_CLAIMED_MAX) ==
		NULL)
		groups[0] = '\0';
	return 1;
}

/*
 * A program's name and password, where that is allowed. Returns 1 if it has
 * shown some: it waits, or was answered.
 */
static int
asks_by_password(
    struct client *c, const struct http_head *head, const struct request *req)
{
	struct question *question;
	struct msg_login *login;

	if (req->kind != REQUEST_PROXY || !client_settings(c)->has_basic ||
	    !login_page_is_safe(c) ||
	    http_find_field(head, "Authorization") == NULL)
		return 0;
	if ((question = person_question(c, MSG_LOGIN)) == NULL) {
		fail(c, req);
		return 1;
	}
	login = &question->body.login;
	login->is_basic = 1;
	if (basic_read(head, login->name, sizeof(login->name), login->password,
		sizeof(login->password)) < 0) {
		person_end_question(c->person);
		turn_away(c, req);
		return 1;
	}
	person_ask(c, LOGIN_MS);
	return 1;
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
	/* broker, or auth, is shown it */
	if (req->kind != REQUEST_PROXY && req->kind != REQUEST_TARGETS &&
	    req->kind != REQUEST_EVENTS && req->kind != REQUEST_INTENT &&
	    req->kind != REQUEST_OIDC && req->kind != REQUEST_LOGOUT)
		person_forget_cookie(person);
}

int
admit_request(
    struct client *c, const struct http_head *head, const struct request *req)
{
	char name[AUTH_NAME_MAX], groups[AUTH_CLAIMED_MAX];
	struct person *person;

	if (req->kind == REQUEST_METRICS)
		c->http.is_openmetrics =
		    (uint8_t)accept_prefers_openmetrics(head);
	if (!client_settings(c)->has_auth || is_public(req))
		return 1;
	if ((person = person_of(c)) == NULL) {
		fail(c, req);
		return 0;
	}
	if (person->is_spent) /* the next one may show its certificate */
		c->http.keeps_alive = 0;
	if (person->is_known) {
		use_knowledge(person, req);
		if (person->state == WHO_USER || is_login_path(req))
			return 1;
		turn_away(c, req);
		return 0;
	}
	if (is_named(c, head, name, groups))
		return ask_named(c, req, name, groups);
	if (!person->is_spent && asks_by_certificate(c, req))
		return 0;
	if (shows_cookie(c, head)) {
		/* a form needs no answer, but to be passed on */
		if (is_login_path(req) && req->is_post)
			return 1;
		return ask_who(c, req);
	}
	if (is_login_path(req))
		return 1;
	if (!asks_by_password(c, head, req))
		turn_away(c, req);
	return 0;
}

/* The head is read again, by who knows now. */
static void
read_again(struct client *c)
{
	person_end_question(c->person);
	client_enter(c, CLIENT_HEAD, WHO_MS);
	if (leg_watch(&c->client, LEG_READ) < 0)
		c->state = CLIENT_OVER;
}

static void
refuse_password(struct client *c, const struct msg_logged_in *said)
{
	person_end_question(c->person);
	client_keep(c, NULL, 0);
	c->http.keeps_alive = 0;
	if (said->code == LOGIN_WAIT)
		answer_too_soon(c, said->wait_sec);
	else if (said->code == LOGIN_BUSY || said->code == LOGIN_FAILED)
		login_page_fail(c, 0);
	else {
		journal_refused(c, UNAUTHORIZED, "not logged in");
		answer_error(c, UNAUTHORIZED, 0);
	}
}

void
admit_logged_in(struct client *c, const struct msg_logged_in *said)
{
	struct person *person = c->person;

	if (said->code != LOGIN_OK) {
		refuse_password(c, said);
		return;
	}
	person->is_known = 1;
	person->state = WHO_USER;
	memcpy(person->cookie, said->cookie, sizeof(person->cookie));
	strlcpy(person->name, person->question->body.login.name,
	    sizeof(person->name));
	read_again(c);
}

/* The login of a certificate: the connection's own from now on. */
static void
take_own(struct client *c, const struct msg_who_is *said)
{
	struct person *person = c->person;

	tls_forget_shown(c->client.tls);
	memcpy(person->reason, said->reason, sizeof(person->reason));
	if (said->state == WHO_USER) {
		memcpy(person->cookie, said->cookie, sizeof(person->cookie));
		memcpy(person->own, said->cookie, sizeof(person->own));
	}
}

/* It was that of a certificate, and has ended. */
static void
lose_own(struct person *person)
{
	explicit_bzero(person->own, sizeof(person->own));
	person_forget_cookie(person);
	person->is_spent = 1;
}

static int
is_own(const struct person *person)
{
	static const uint8_t nobody[AUTH_COOKIE_BYTES];

	return person->question->type == MSG_WHO &&
	    memcmp(person->own, nobody, sizeof(nobody)) != 0 &&
	    memcmp(person->own, person->question->body.who.cookie,
		sizeof(person->own)) == 0;
}

void
admit_known(struct client *c, const struct msg_who_is *said)
{
	struct person *person = c->person;

	person->is_known = 1;
	person->state = (uint8_t)said->state;
	person->ends_sec = said->ends_sec;
	person->max_sec = said->max_sec;
	memcpy(person->name, said->name, sizeof(person->name));
	if (person->question->type == MSG_NAMED) {
		memcpy(person->cookie, said->cookie, sizeof(person->cookie));
		person->is_named = 1;
	}
	if (person->question->type == MSG_PROVE)
		take_own(c, said);
	if (said->state != WHO_USER && is_own(person))
		lose_own(person);
	read_again(c);
}

void
admit_miss(struct client *c)
{
	int is_head = c->person->question->is_head;

	person_end_question(c->person);
	client_keep(c, NULL, 0);
	c->http.keeps_alive = 0;
	login_page_fail(c, is_head);
}
