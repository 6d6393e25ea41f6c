/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "worker/client/line.h"
#include "worker/client/person.h"
#include "worker/tls/tls.h"

/* That waits in the channel: then clients wait in a line. */
#define QUESTIONS_BYTES ((size_t)64 * 1024)

struct person *
person_of(struct client *c)
{
	if (c->person == NULL)
		c->person = calloc(1, sizeof(*c->person));
	return c->person;
}

void
person_forget_cookie(struct person *person)
{
	if (person != NULL)
		explicit_bzero(person->cookie, sizeof(person->cookie));
}

void
person_begin(struct person *person)
{
	if (person == NULL || person->is_known)
		return;
	person_forget_cookie(person);
	person->is_named = 0;
	person->name[0] = '\0';
	person->state = WHO_NOBODY;
}

void
person_end_request(struct person *person)
{
	if (person != NULL)
		person->is_known = 0;
}

void
person_end_question(struct person *person)
{
	if (person == NULL || person->question == NULL)
		return;
	explicit_bzero(person->question, person->question->size);
	free(person->question);
	person->question = NULL;
}

void
person_free(struct client *c)
{
	if (c->person == NULL)
		return;
	person_end_question(c->person);
	explicit_bzero(c->person, sizeof(*c->person));
	free(c->person);
	c->person = NULL;
}

/* Of many that only ask who somebody is, none has room for a token. */
static size_t
size_of(enum msg_type type)
{
	static const struct {
		enum msg_type type;
		size_t size;
	} bodies[] = {
	    {MSG_LOGIN, sizeof(struct msg_login)},
	    {MSG_LOGIN_CODE, sizeof(struct msg_login_code)},
	    {MSG_LOGOUT, sizeof(struct msg_logout)},
	    {MSG_NAMED, sizeof(struct msg_named)},
	    {MSG_PROVE, 0}, /* made when it is sent */
	    {MSG_OIDC_BEGIN, sizeof(struct msg_oidc_begin)},
	    {MSG_OIDC_BACK, sizeof(struct msg_oidc_back)},
	    {MSG_OIDC_TOKEN, sizeof(struct msg_oidc_token)},
	};
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		if (bodies[i].type == type)
			return offsetof(struct question, body) + bodies[i].size;
	return offsetof(struct question, body) + sizeof(struct msg_who);
}

static void
fill(const struct client *c, struct question *question)
{
	const uint8_t *cookie = c->person->cookie;

	switch (question->type) {
	case MSG_LOGIN:
		question->body.login.id = c->conn_id;
		question->body.login.client = c->peer;
		break;
	case MSG_LOGIN_CODE:
		question->body.code.id = c->conn_id;
		question->body.code.client = c->peer;
		memcpy(question->body.code.cookie, cookie, AUTH_COOKIE_BYTES);
		break;
	case MSG_LOGOUT:
		question->body.logout.id = c->conn_id;
		question->body.logout.client = c->peer;
		memcpy(question->body.logout.cookie, cookie, AUTH_COOKIE_BYTES);
		break;
	case MSG_NAMED:
		question->body.named.id = c->conn_id;
		question->body.named.client = c->peer;
		break;
	case MSG_PROVE:
		break;
	case MSG_OIDC_BEGIN:
		question->body.begin.id = c->conn_id;
		question->body.begin.client = c->peer;
		break;
	case MSG_OIDC_BACK:
		question->body.back.id = c->conn_id;
		question->body.back.client = c->peer;
		memcpy(question->body.back.cookie, cookie, AUTH_COOKIE_BYTES);
		break;
	case MSG_OIDC_TOKEN:
		question->body.token.id = c->conn_id;
		question->body.token.client = c->peer;
		break;
	default:
		question->body.who.id = c->conn_id;
		memcpy(question->body.who.cookie, cookie, AUTH_COOKIE_BYTES);
		break;
	}
}

struct question *
person_question(struct client *c, enum msg_type type)
{
	struct person *person = person_of(c);
	struct question *question;
	size_t size = size_of(type);

	if (person == NULL || (question = calloc(1, size)) == NULL)
		return NULL;
	question->size = size;
	person_end_question(person);
	person->question = question;
	question->type = type;
	fill(c, question);
	return question;
}

static int
has_room(const struct worker *w)
{
	return w->auth != NULL && ipc_queued_bytes(w->auth) < QUESTIONS_BYTES;
}

/* Until it has an answer, the handshake is kept by its session alone. */
static int
send_proof(struct client *c)
{
	static struct msg_prove prove;
	const uint8_t *messages;
	int len = tls_shown(c->client.tls, &messages);

	if (len < 0)
		return len;
	memset(&prove, 0, sizeof(prove));
	prove.id = c->conn_id;
	prove.client = c->peer;
	prove.local = c->local;
	prove.length = (uint32_t)len;
	if (len > 0)
		prove.stamp = *tls_stamp(c->client.tls);
	if (len > 0)
		memcpy(prove.messages, messages, (size_t)len);
	return ipc_send(c->worker->auth, MSG_PROVE, &prove, -1);
}

/* Without memory for it now, its deadline ends it. */
static void
send_question(struct client *c)
{
	struct question *question = c->person->question;
	int result;

	line_leave(c);
	result = question->type == MSG_PROVE
	    ? send_proof(c)
	    : ipc_send(c->worker->auth, question->type, &question->body, -1);
	question->is_asked = result == 0;
	if (result < 0)
		log_error("auth cannot be asked: %s", vb_strerror(result));
}

void
person_ask(struct client *c, uint64_t timeout_ms)
{
	if (leg_watch(&c->client, LEG_NOTHING) < 0) {
		c->state = CLIENT_OVER;
		return;
	}
	client_enter(c, CLIENT_ASKING, timeout_ms);
	if (has_room(c->worker))
		send_question(c);
	else
		line_join(&c->worker->unasked, c);
}

void
person_ask_again(struct client *c)
{
	if (c->state != CLIENT_ASKING || c->person->question == NULL)
		return;
	c->person->question->is_asked = 0;
	if (has_room(c->worker))
		send_question(c);
	else
		line_join(&c->worker->unasked, c);
}

struct client *
person_next(struct worker *w)
{
	struct client *c = TAILQ_FIRST(&w->unasked);

	if (c == NULL || !has_room(w))
		return NULL;
	send_question(c);
	return c;
}
