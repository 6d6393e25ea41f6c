/* SPDX-License-Identifier: ISC */
/*
 * The children: started, configured, watched, replaced when they die, and
 * told to end. What is asked of them beyond: offer.h, balance.h, census.h.
 */
#ifndef VB_SUPERVISE_H
#define VB_SUPERVISE_H

#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/bundle/bundle.h"
#include "daemon/master/children/supervisor_ops.h"

struct event_base;
struct supervisor;

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
 * Sends a new configuration to all but the keeper, which has it; the old
 * bundle may go afterwards.
 */
void supervisor_reload(struct supervisor *sup, const struct bundle *bundle);

/* Tells all workers to end their sessions, within timeout_sec. */
void supervisor_drain(struct supervisor *sup, uint32_t timeout_sec);

/*
 * Asks the broker for sessions; ops->listed brings the answer. Returns 0,
 * or a negative error when there is no broker now.
 */
VB_MUST_CHECK int
supervisor_list(struct supervisor *sup, const struct msg_list *list);

/*
 * The same with WHY, ORDER or TARGETS; ops->whyed, ops->ordered or
 * ops->targets_are brings the answer.
 */
VB_MUST_CHECK int supervisor_ask_broker(
    struct supervisor *sup, enum msg_type type, const void *body);

/* Whether brokers let nobody new in; those that are still to come, too. */
void supervisor_set_refusing(struct supervisor *sup, int is_refusing);

/*
 * Asks auth LOGINS, EXPEL or WHOSE; ops->logins_are, ops->expelled or
 * ops->groups brings the answer. Returns 0, or a negative error when there is
 * no auth now.
 */
VB_MUST_CHECK int supervisor_ask_auth(
    struct supervisor *sup, enum msg_type type, const void *body);

#endif
