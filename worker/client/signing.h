/* SPDX-License-Identifier: ISC */
/*
 * Signatures that clients' handshakes want of the keeper: only some are asked
 * for at a time, and the other clients wait in a line. What the keeper says is
 * in keeper.c.
 */
#ifndef VB_SIGNING_H
#define VB_SIGNING_H

#include "worker/client/client.h"
#include "worker/worker.h"

struct tls_sign_ask;

/* A tls_asker: asks for a client's signature. arg is the client. */
int signing_ask(void *arg, const struct tls_sign_ask *ask);

/*
 * True if a signature could be asked for; else secure_go_on() follows when
 * others' have come. Each that is awaited keeps a stack for its handshake.
 */
int signing_has_turn(struct client *c);

/* The first of those that wait, if one more may ask: it waits no more. */
struct client *signing_next(struct worker *w);

/* The client's signature is not awaited any more. */
void signing_end(struct client *c);

/* No one waits for the signature any more, but the keeper will answer. */
void signing_forget(struct client *c);

/* The keeper has owed an answer, or has been gone, for some seconds. */
int signing_is_silent(const struct worker *w);

#endif
