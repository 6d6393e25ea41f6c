/* SPDX-License-Identifier: ISC */
/*
 * The helpers that hash, one question each at a time, and the queue before
 * them. They are started once, before anything secret is known: one that has
 * ended is not replaced: when none is left, or half of them and nobody waits,
 * auth itself ends, and comes again with new ones.
 */
#ifndef VB_AUTH_POOL_H
#define VB_AUTH_POOL_H

#include "daemon/auth/jobs.h"

#define POOL_HELPERS_MAX 16

struct event_base;
struct pool;

/*
 * Starts so many helpers, each "PROGRAM hash" from the file that this process
 * runs, with its socket where auth's own channel is. Returns their sockets in
 * fds and how many there are, or VB_ESYS. To be called before the sandbox is
 * entered, and before there is a secret or an event loop.
 */
VB_MUST_CHECK int
pool_start(unsigned count, int has_sandbox, int fds[POOL_HELPERS_MAX]);

/* left: how many there are still. Where that is not 0 it may stay so. */
typedef void pool_lost(void *arg, unsigned left);

/*
 * Uses them. **Takes** the descriptors. lost is called when none is left, and
 * whenever none has work and half of them or more have ended. NULL without
 * memory.
 */
struct pool *pool_new(struct event_base *base, const int *fds, unsigned count,
    pool_lost *lost, void *arg);

/* Drops what waits, without done(). NULL is allowed. */
void pool_free(struct pool *pool);

/* How many wait for a helper. */
uint32_t pool_waiting(const struct pool *pool);

/* As jobs_add(); done() is called from the loop, or at once for another job
 * that has to give way, with NULL. */
VB_MUST_CHECK int pool_add(struct pool *pool, struct job *job);

#endif
