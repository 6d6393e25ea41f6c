/* SPDX-License-Identifier: ISC */
/*
 * Channels between a worker and those that it asks, the broker, the keeper and
 * auth; between the broker and auth; and between auth and fetch.
 */
#ifndef VB_JOIN_H
#define VB_JOIN_H

#include "daemon/master/children/child.h"

/* Whether the one asks the other. */
int join_asks(const struct child *asker, const struct child *server);

/*
 * Makes an asker's channels that are wanted, where both ends are ready; tries
 * again later where that fails, for want of descriptors.
 */
void supervisor_join(struct child *asker);

/* Does so in a moment. The asker is ready: its restart event is free. */
void join_later(struct child *asker);

/* The broker hears that a worker's process has ended. */
void join_tell_gone(const struct child *worker);

/* A child is ready: what it needs to talk to is joined with it. */
void join_when_ready(struct child *child);

#endif
