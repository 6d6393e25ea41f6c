/* SPDX-License-Identifier: ISC */
/*
 * The channel to the keeper, who has the keys: signatures for handshakes,
 * and the keys of session tickets. While there is none, handshakes wait for
 * the next, as long as their time allows.
 */
#ifndef VB_WORKER_KEEPER_H
#define VB_WORKER_KEEPER_H

#include "worker/client/client.h"
#include "worker/worker.h"

struct tls_key_ask;

/*
 * A channel to a (new) keeper, who is asked for what is awaited. **Takes**
 * fd; -1: it got lost, and the master is told so.
 */
void keeper_join(struct worker *w, int fd, uint32_t fence);

/* Says again what could not be said: that there is no keeper. */
void keeper_tick(struct worker *w);

/* A tls_asker: asks for a client's signature. arg is the client. */
int keeper_ask(void *arg, const struct tls_key_ask *ask);

/*
 * True if a signature could be asked for; else secure_go_on() follows when
 * others' have come. Each that is awaited keeps a stack for its handshake.
 */
int keeper_has_turn(struct client *c);

/* Nobody waits for the signature any more. */
void keeper_forget(struct client *c);

/* It owes an answer, or is not there at all, for some seconds. */
int keeper_is_silent(const struct worker *w);

#endif
