/* SPDX-License-Identifier: ISC */
/*
 * The children: started, configured, watched, replaced when they die, and
 * told to end. Hands accepted sockets to the worker with the least to do.
 */
#ifndef VB_SUPERVISE_H
#define VB_SUPERVISE_H

#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/bundle/bundle.h"

struct event_base;
struct child;
struct supervisor;

struct supervisor_ops {
	/* every child of the start has said READY */
	void (*ready)(void *arg);
	/* a child could not be started at all; its own line says why */
	void (*failed)(void *arg);
	/* a worker can take more than a moment ago */
	void (*capacity)(void *arg);
	/* after supervisor_drain: no worker is left */
	void (*drained)(void *arg);
	/* the answer to supervisor_list */
	void (*listed)(void *arg, const struct msg_listed *listed);
	/* the broker died: no answer will come */
	void (*broker_lost)(void *arg);
	/* the answer to supervisor_offer; error is NULL if the keeper has it */
	void (*kept)(void *arg, const char *error);
};

/*
 * Starts the keeper, and when it has all keys worker_count workers and the
 * broker. **Borrows** bundle until supervisor_reload or supervisor_free,
 * **keeps** ops and arg. NULL on failure, which was logged.
 */
struct supervisor *
supervisor_new(struct event_base *base, const struct bundle *bundle,
    unsigned cpus, const struct supervisor_ops *ops, void *arg);

/* Kills and reaps what still runs. NULL is allowed. */
void supervisor_free(struct supervisor *sup);

/*
 * Shows a new bundle to the keeper, which must have its keys before anybody
 * else hears of it: ops->kept brings the answer, once, unless it is withdrawn.
 * **Borrows** bundle until then, or until supervisor_reload takes it. Returns
 * 0, or VB_EFULL where the keeper can't be asked now.
 */
VB_MUST_CHECK int
supervisor_offer(struct supervisor *sup, const struct bundle *bundle);

/* The keeper goes on with the bundle that holds: another one is started. */
void supervisor_withdraw(struct supervisor *sup);

/*
 * Sends a new configuration to all but the keeper, which has it; the old
 * bundle may go afterwards.
 */
void supervisor_reload(struct supervisor *sup, const struct bundle *bundle);

/* Tells all workers to end their sessions, within timeout_sec. */
void supervisor_drain(struct supervisor *sup, uint32_t timeout_sec);

/* The worker that should have the next conn, or NULL: none can now. */
struct child *supervisor_pick(struct supervisor *sup);

/* Hands an accepted socket over. **Takes** fd. */
void supervisor_hand_over(struct supervisor *sup, struct child *worker,
    const struct msg_client *client, int fd);

/* Conns that were handed over and have not ended. */
uint64_t supervisor_conns(const struct supervisor *sup);

/*
 * Asks the broker for sessions; ops->listed brings the answer. Returns 0,
 * or a negative error when there is no broker now.
 */
VB_MUST_CHECK int
supervisor_list(struct supervisor *sup, const struct msg_list *list);

/* Fills count and processes (the master's entry is the caller's). */
void supervisor_fill_status(
    const struct supervisor *sup, struct msg_ctl_status_is *status);

/*
 * When each certificate of the bundle ends, as many as it has, in seconds
 * since 1970 (0: unknown).
 */
const uint64_t *supervisor_cert_ends(const struct supervisor *sup);

#endif
