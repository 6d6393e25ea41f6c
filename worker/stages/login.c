/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
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
#include "worker/stages/login_ask.h"
#include "worker/stages/login_page.h"
#include "worker/stages/oidc.h"

#define WHO_MS	    10000 /* another auth may have to start */
#define LOGIN_MS    45000 /* many may wait for their hash */

#define OK	    200
#define BAD_REQUEST 400
#define FORBIDDEN   403
#define UNAVAILABLE 503

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
    struct login_page *page)
{
	char host[TARGET_TEXT_MAX];

	page->is_code = c->person->state == WHO_HALF;
	page->is_head = req->is_head;
	page->name = "";
	page->host = host_of(head, host);
	login_page_answer(c, page);
}

static void
show_unreadable(struct client *c, const struct http_head *head,
    const struct request *req, const char *next)
{
	struct login_page page = {.status = BAD_REQUEST,
	    .problem = "The form could not be read. Try again.",
	    .next = next};

	show(c, head, req, &page);
}

/* With what its address tells of a login that went elsewhere. */
static void
show_said(struct client *c, const struct http_head *head,
    const struct request *req, const char *next)
{
	struct login_page page = {.status = OK, .problem = "", .next = next};
	char said[16], left[4], shown[64 + AUTH_REASON_MAX];
	const char *words = NULL;

	if (form_field(&req->query, "said", said, sizeof(said)) > 0)
		words = oidc_words(said, &page.status, &page.is_calm);
	if (words != NULL)
		page.problem = words;
	else if (c->person->reason[0] != '\0') {
		snprintf(shown, sizeof(shown),
		    "Your certificate did not log you in: %s.",
		    c->person->reason);
		page.problem = shown;
	}
	if (form_field(&req->query, "left", left, sizeof(left)) > 0)
		page.left = (uint32_t)strtoul(left, NULL, 10);
	show(c, head, req, &page);
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
	struct question *question = login_ask(c, head, MSG_LOGIN);
	struct msg_login *login;

	if (question == NULL)
		return;
	login = &question->body.login;
	strlcpy(question->next, next, sizeof(question->next));
	if (take_field(req, "name", login->name, sizeof(login->name)) < 0 ||
	    take_field(req, "password", login->password,
		sizeof(login->password)) < 0) {
		person_end_question(c->person);
		show_unreadable(c, head, req, next);
		return;
	}
	person_ask(c, LOGIN_MS);
}

static void
try_code(struct client *c, const struct http_head *head,
    const struct request *req, const char *next)
{
	struct question *question = login_ask(c, head, MSG_LOGIN_CODE);

	if (question == NULL)
		return;
	strlcpy(question->next, next, sizeof(question->next));
	if (take_field(req, "code", question->body.code.code,
		sizeof(question->body.code.code)) < 0) {
		person_end_question(c->person);
		c->person->state = WHO_HALF;
		show_unreadable(c, head, req, next);
		return;
	}
	person_ask(c, LOGIN_MS);
	person_forget_cookie(c->person);
}

static void
take_form(
    struct client *c, const struct http_head *head, const struct request *req)
{
	char next[TARGET_TEXT_MAX], code[2];

	login_take_next(c, &req->body, next);
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

	if (req->is_post) {
		take_form(c, head, req);
		return;
	}
	login_take_next(c, &req->query, next);
	if (c->person->state == WHO_USER) {
		struct login_go go = {.next = next};

		login_page_go(c, &go);
	} else
		show_said(c, head, req, next);
}

static void
serve_logout(struct client *c, const struct http_head *head)
{
	struct question *question = login_ask(c, head, MSG_LOGOUT);

	person_forget_cookie(c->person);
	if (question == NULL)
		return;
	question->is_of_script =
	    (uint8_t)http_has_token(head, "Accept", "application/json");
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
	if (req->kind == REQUEST_LOGOUT)
		serve_logout(c, head);
	else if (req->kind == REQUEST_ACCOUNT)
		serve_account(c, req);
	else if (!login_page_is_safe(c)) {
		journal_refused(c, FORBIDDEN, "a login without https");
		c->http.keeps_alive = 0;
		answer_insecure(c, req->is_head);
	} else if (req->kind == REQUEST_LOGIN)
		serve_login(c, head, req);
	else
		oidc_serve(c, head, req);
}
