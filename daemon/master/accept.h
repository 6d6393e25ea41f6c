/* SPDX-License-Identifier: ISC */
/*
 * Accepts connections and hands each to a worker. Pauses, instead of
 * spinning, when descriptors run out, when max-connections is reached, or
 * when no worker can take more.
 */
#ifndef VB_ACCEPT_H
#define VB_ACCEPT_H

#include <stdint.h>

#include "common/errors.h"
#include "daemon/bundle/bundle.h"

struct acceptor;
struct event_base;
struct supervisor;

/* **Borrows** sup. NULL without memory. Accepts nothing yet. */
struct acceptor *acceptor_new(struct event_base *base, struct supervisor *sup);
void acceptor_free(struct acceptor *acceptor); /* NULL is allowed */

/*
 * Listens on the bundle's sockets, and on no others, from now on.
 * **Borrows** bundle until the next call. Returns 0 or VB_ENOMEM, and then
 * nothing has changed.
 */
VB_MUST_CHECK int
acceptor_use(struct acceptor *acceptor, const struct bundle *bundle);

/* A worker has room again: ends a pause. */
void acceptor_resume(struct acceptor *acceptor);

/* Stops for good. */
void acceptor_stop(struct acceptor *acceptor);

/* Connections accepted since the start. */
uint64_t acceptor_count(const struct acceptor *acceptor);

#endif
