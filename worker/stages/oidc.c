/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/client/person.h"
#include "worker/parse/form.h"
#include "worker/stages/answer.h"
#include "worker/stages/login_ask.h"
#include "worker/stages/login_page.h"
#include "worker/stages/oidc.h"

#define NO_ISSUER    "?"   /* of nobody */
#define PROVIDER_MS  60000 /* it may be asked for several things */

#define OK	     200
#define BAD_REQUEST  400
#define UNAUTHORIZED 401
#define FORBIDDEN    403
#define NOT_FOUND    404
#define UNAVAILABLE  503

/* What is said of each code, and the word for it in an address. */
static const struct verdict {
	const char *word;
	const char *words;
	int status;
	int is_calm;
} verdicts[] = {
    [OIDC_GO] = {NULL, NULL, OK, 1},
    [OIDC_IN] = {NULL, NULL, OK, 1},
    [OIDC_TAKEN] = {"left", "You are logged out of this bridge.", OK, 1},
    [OIDC_DENIED] = {"denied",
	"You were not logged in: the login service refused it, or you did. You "
	"can try again.",
	UNAUTHORIZED, 0},
    [OIDC_UNPROVEN] = {"unproven",
	"You were not logged in: the login service's answer does not prove who "
	"you are. Try again, or ask whoever looks after this bridge.",
	UNAUTHORIZED, 0},
    [OIDC_NAMELESS] = {"nameless",
	"The login service knows you, but by no name that this bridge can use. "
	"Ask whoever looks after it.",
	FORBIDDEN, 0},
    [OIDC_OVER] = {"over",
	"That login took too long, or was begun elsewhere. Begin again.",
	UNAUTHORIZED, 0},
    [OIDC_BUSY] = {"busy",
	"Too many people are logging in just now. Try again in a moment.",
	UNAVAILABLE, 0},
    [OIDC_DOWN] = {"down",
	"The login service can't be reached at the moment. Try again later.",
	UNAVAILABLE, 0},
    [OIDC_NOWHERE] = {"nowhere", "There is no such way to log in.", NOT_FOUND,
	0},
};

const char *
oidc_words(const char *said, int *status, int *is_calm)
{
	size_t i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (verdicts[i].word != NULL &&
		    strcmp(verdicts[i].word, said) == 0) {
			*status = verdicts[i].status;
			*is_calm = verdicts[i].is_calm;
			return verdicts[i].words;
		}
	return NULL;
}

/* In the path's folders, from which links are relative. */
static int
depth_of(const char *name)
{
	return name[0] == '\0' ? 1 : 2;
}

static void
go_back(struct client *c, int depth, const char *said, const char *next)
{
	struct login_go go = {
	    .is_login = 1, .depth = depth, .said = said, .next = next};

	login_page_go(c, &go);
}

/* As the browser knows this bridge. Returns 0 where it is too long. */
static int
write_address(const struct client *c, const struct http_head *head,
    const char *page, char out[OIDC_REDIRECT_MAX])
{
	struct login_cookie cookie;
	int len;

	login_cookie_of(c, head, &cookie);
	len = snprintf(out, OIDC_REDIRECT_MAX, "%s://%.*s%s/%s",
	    cookie.is_https ? "https" : "http", (int)head->host.len,
	    head->host.p, cookie.path, page);
	return len > 0 && len < OIDC_REDIRECT_MAX;
}

static void
drop(struct client *c, const char *said)
{
	person_end_question(c->person);
	go_back(c, depth_of(""), said, "");
}

/* The number of one that there is, in the query's field of that name. */
static uint32_t
provider_of(const struct client *c, const struct request *req, const char *name)
{
	char text[4];
	uint32_t n;

	if (form_field(&req->query, name, text, sizeof(text)) <= 0 ||
	    text[strspn(text, "0123456789")] != '\0')
		return OIDC_PROVIDERS_MAX;
	n = (uint32_t)strtoul(text, NULL, 10);
	return n < c->worker->conf->button_count ? n : OIDC_PROVIDERS_MAX;
}

static int
wants_out(const struct request *req)
{
	char text[4];

	return form_field(&req->query, "logout", text, sizeof(text)) !=
	    VB_ENOTFOUND;
}

static void
go_there(
    struct client *c, const struct http_head *head, const struct request *req)
{
	enum oidc_step step = wants_out(req) ? OIDC_LOGOUT : OIDC_LOGIN;
	uint32_t provider =
	    provider_of(c, req, step == OIDC_LOGOUT ? "logout" : "provider");
	struct msg_oidc_begin *body;
	struct question *question;

	if (provider == OIDC_PROVIDERS_MAX || req->is_head ||
	    req->path[0] != '\0') { /* a way back alone */
		go_back(c, depth_of(req->path), req->is_head ? NULL : "nowhere",
		    "");
		return;
	}
	if ((question = login_ask(c, head, MSG_OIDC_BEGIN)) == NULL)
		return;
	body = &question->body.begin;
	body->provider = provider;
	login_take_next(c, &req->query, body->next);
	body->step = step;
	if (!write_address(c, head,
		step == OIDC_LOGOUT ? "login" : "login/oidc", body->redirect)) {
		drop(c, "nowhere");
		return;
	}
	if (step == OIDC_LOGIN && c->person->state == WHO_USER) {
		struct login_go go = {.depth = 1, .next = body->next};

		login_page_go(c, &go);
		person_end_question(c->person);
		return;
	}
	person_ask(c, PROVIDER_MS);
}

/*
 * A field of a provider's answer: "" where it is not there, or can't be read.
 * Returns 0 for the latter.
 */
static int
take(const struct request *req, const char *name, char *out, size_t size)
{
	int len = form_field(&req->query, name, out, size);

	return len >= 0 || len == VB_ENOTFOUND;
}

/*
 * What it may not be is passed on as empty, and proves nothing; auth says so,
 * and the log.
 */
static void
come_back(
    struct client *c, const struct http_head *head, const struct request *req)
{
	struct question *question = login_ask(c, head, MSG_OIDC_BACK);
	struct msg_oidc_back *body;

	if (question == NULL)
		return;
	body = &question->body.back;
	take(req, "state", body->state, sizeof(body->state));
	take(req, "code", body->code, sizeof(body->code));
	take(req, "error", body->error, sizeof(body->error));
	if (!take(req, "iss", body->issuer, sizeof(body->issuer)))
		strlcpy(body->issuer, NO_ISSUER, sizeof(body->issuer));
	strlcpy(body->name, req->path, sizeof(body->name));
	person_forget_cookie(c->person);
	person_ask(c, PROVIDER_MS);
}

/* OpenID Connect Back-Channel Logout 1.0, 2.8; it may try again after 503 */
static void
answer_token(struct client *c, enum oidc_code code)
{
	static const char refused[] = "{\"error\":\"invalid_request\"}\n";
	int is_refused =
	    code != OIDC_TAKEN && code != OIDC_BUSY && code != OIDC_DOWN;

	answer_send(c,
	    is_refused		     ? BAD_REQUEST
		: code == OIDC_TAKEN ? OK
				     : UNAVAILABLE,
	    "Content-Type: application/json\r\nCache-Control: no-store\r\n",
	    NULL, is_refused ? sizeof(refused) - 1 : 0,
	    is_refused ? refused : NULL);
	answer_done(c);
}

static void
pass_token(
    struct client *c, const struct http_head *head, const struct request *req)
{
	struct question *question = login_ask(c, head, MSG_OIDC_TOKEN);

	person_forget_cookie(c->person);
	if (question == NULL)
		return;
	if (form_field(&req->body, "logout_token", question->body.token.token,
		sizeof(question->body.token.token)) <= 0) {
		person_end_question(c->person);
		answer_token(c, OIDC_UNPROVEN);
		return;
	}
	person_ask(c, PROVIDER_MS);
}

static int
is_way_back(const struct request *req)
{
	static const char *const fields[] = {"state", "code", "error"};
	char text[2];
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (form_field(&req->query, fields[i], text, sizeof(text)) !=
		    VB_ENOTFOUND)
			return 1;
	return 0;
}

void
oidc_serve(
    struct client *c, const struct http_head *head, const struct request *req)
{
	if (req->kind == REQUEST_OIDC_TOKEN)
		pass_token(c, head, req);
	else if (req->is_head || !is_way_back(req))
		go_there(c, head, req);
	else
		come_back(c, head, req);
}

static void
enter(struct client *c, int depth, const struct msg_oidc_said *said,
    const struct login_cookie *cookie)
{
	struct login_go go = {.depth = depth,
	    .next = said->next,
	    .cookie = cookie,
	    .number = said->cookie,
	    .max_sec = client_settings(c)->login_max_sec};

	login_page_go(c, &go);
}

void
oidc_answered(struct client *c, const struct msg_oidc_said *said)
{
	struct question *question = c->person->question;
	struct login_cookie cookie;
	int is_login = question->type == MSG_OIDC_BEGIN &&
	    question->body.begin.step == OIDC_LOGIN;
	int depth = depth_of(
	    question->type == MSG_OIDC_BACK ? question->body.back.name : "");

	login_cookie_again(question, &cookie);
	if (question->type == MSG_OIDC_TOKEN)
		answer_token(c, (enum oidc_code)said->code);
	else if (said->code == OIDC_GO)
		login_page_leave(
		    c, said->url, is_login ? &cookie : NULL, said->cookie);
	else if (said->code == OIDC_IN)
		enter(c, depth, said, &cookie);
	else
		go_back(c, depth, verdicts[said->code].word, said->next);
	person_end_question(c->person);
}
