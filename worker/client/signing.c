/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "worker/client/line.h"
#include "worker/client/signing.h"
#include "worker/tls/tls_sign.h"

/* Signatures that the keeper owes us: more than it makes in a turn. */
#define SIGN_MAX 128

/* It has owed an answer, or been gone, for longer than a replacement takes. */
#define SILENT_MS 3000

static int
is_full(const struct worker *w)
{
	return w->signing.count + w->signing.lost >= SIGN_MAX;
}

int
signing_has_turn(struct client *c)
{
	if (c->securing.is_signed || c->securing.sign != NULL ||
	    !is_full(c->worker))
		return 1;
	line_join(&c->worker->signing.waiting, c);
	return 0;
}

struct client *
signing_next(struct worker *w)
{
	struct client *c = TAILQ_FIRST(&w->signing.waiting);

	if (c == NULL || is_full(w))
		return NULL;
	line_leave(c);
	return c;
}

void
signing_end(struct client *c)
{
	free(c->securing.sign);
	c->securing.sign = NULL;
	c->worker->signing.count--;
}

void
signing_forget(struct client *c)
{
	if (c->securing.sign == NULL)
		return;
	signing_end(c);
	/* the keeper will answer all the same */
	if (c->worker->keeper != NULL)
		c->worker->signing.lost++;
}

int
signing_ask(void *arg, const struct tls_sign_ask *ask)
{
	struct client *c = arg;
	struct worker *w = c->worker;
	int error;

	if (ask->content_len > sizeof(c->securing.sign->content) ||
	    c->securing.sign != NULL)
		return VB_EFULL;
	if ((c->securing.sign = calloc(1, sizeof(*c->securing.sign))) == NULL)
		return VB_ENOMEM;
	/* from now on it is silent; not since the last one, long ago */
	if (w->signing.count++ == 0)
		w->signing.heard_ms = clock_now_ms();
	c->securing.sign->id = c->conn_id;
	c->securing.sign->cert_id = ask->cert_id;
	c->securing.sign->scheme = ask->scheme;
	c->securing.sign->length = (uint16_t)ask->content_len;
	memcpy(c->securing.sign->content, ask->content, ask->content_len);
	/* if there is none, the next one will be asked */
	if (w->keeper == NULL ||
	    (error = ipc_send(w->keeper, MSG_SIGN, c->securing.sign, -1)) == 0)
		return 0;
	signing_end(c);
	return error;
}

int
signing_is_silent(const struct worker *w)
{
	return (w->keeper == NULL || w->signing.count > 0) &&
	    clock_now_ms() - w->signing.heard_ms > SILENT_MS;
}
