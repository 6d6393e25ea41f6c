/* SPDX-License-Identifier: ISC */
/*
 * A new bundle takes the place of the old one, whole or not at all, in two
 * steps: the keeper must have its keys before anyone else hears of it.
 */
#ifndef VB_RELOAD_H
#define VB_RELOAD_H

#include "common/errors.h"
#include "daemon/bundle/bundle.h"

struct acceptor;
struct event_base;
struct reload;
struct supervisor;

/* error is NULL if the bundle applies now; else nothing has changed. */
typedef void reload_done(void *arg, const char *error);

/*
 * **Keeps** *current, the bundle that applies, and replaces and frees it. NULL
 * without memory.
 */
struct reload *
reload_new(struct event_base *base, struct supervisor *supervisor,
    struct acceptor *acceptor, struct bundle **current);

/* Gives up what is under way, if anything is: done does not come. */
void reload_abandon(struct reload *reload);

/* One is under way. */
int reload_is_busy(const struct reload *reload);

/*
 * Begins. **Takes** bundle, also on failure. done comes once, perhaps from
 * within the call.
 */
void reload_begin(
    struct reload *reload, struct bundle *bundle, reload_done *done, void *arg);

/* What the last bundle has that only a restart can change, a line each. */
const char *reload_warnings(const struct reload *reload);

/* The supervisor's op kept. */
void reload_on_kept(struct reload *reload, const char *error);

#endif
