/* SPDX-License-Identifier: ISC */
/*
 * The spine: what the loop brings goes to the stage that a client is in; the
 * table of states is in spine.c.
 */
#ifndef VB_SPINE_H
#define VB_SPINE_H

#include "common/errors.h"
#include "worker/worker.h"

/*
 * A worker without clients; its loop is made. **Keeps** buffer, of
 * WORKER_BUFFER_BYTES.
 */
void spine_open(struct worker *w, uint8_t *buffer);

/*
 * Takes over an accepted connection; one that is refused hears 503. **Takes**
 * fd. 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int client_new(
    struct worker *w, const struct msg_client *msg, int fd, int is_refused);

/*
 * Ends each entry from the loop: does what client_end() has marked, closes,
 * and frees, what is over. c may not be used after it.
 */
void client_settle(struct client *c);

/* There is no time left: closed as it is. */
void client_cut(struct client *c);

/* The worker ends: a session hears 4580, all else is closed. */
void client_drain(struct client *c);

#endif
