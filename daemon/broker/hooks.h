/* SPDX-License-Identifier: ISC */
/*
 * What the broker knows of targets that have commands, by name: it stays when
 * the configuration changes. Which command runs, and when stop is due.
 *
 *   state     what ends it
 *   IDLE      somebody wants it, and it does not answer, or is to be checked
 *   CHECKING  RAN: it runs (STARTED), or not (STARTING)
 *   STARTING  RAN: it was started (STARTED), or could not be (IDLE)
 *   STARTED   a session is open, or start-timeout is over (IDLE): meanwhile it
 *             is tried again and again
 *   STOPPING  RAN (IDLE)
 *
 * Invariant: number is not 0 exactly while a RUN has no answer.
 */
#ifndef VB_BROKER_HOOKS_H
#define VB_BROKER_HOOKS_H

#include <sys/queue.h>

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/broker/broker.h"
#include "daemon/broker/conf.h"

enum hook_state {
	HOOK_IDLE,
	HOOK_CHECKING,
	HOOK_STARTING,
	HOOK_STARTED,
	HOOK_STOPPING
};

struct hook {
	LIST_ENTRY(hook) entry;
	struct broker *broker;
	enum hook_state state;
	uint64_t number;	     /* of the RUN, 0: none */
	uint64_t started_until_ms;   /* STARTED: it may still come up */
	struct request_list waiting; /* by of_hook */
	uint32_t turn;		     /* hook.c: who had its turn */
	struct event tick_ev;	     /* hook.c, while somebody waits */
	struct event stop_ev;	     /* nobody has it any more */
	uint32_t failures;	     /* in a row */
	uint64_t again_ms;	     /* not before, since it has failed */
	char why[PROTO_REASON_MAX];  /* the same: what has failed */
	uint8_t was_started;	     /* by us, and not stopped since */
	char target[TARGET_NAME_MAX];
};

/* NULL: nothing is known of it. */
struct hook *hooks_find(const struct broker *broker, const char *target);

/* The same, or a new one. NULL without memory. */
struct hook *hooks_get(struct broker *broker, const char *target);

/*
 * Another configuration applies: forgets those whose target is gone, and what
 * has failed by the one before. Nobody must be using one.
 */
void hooks_forget_old(struct broker *broker);

/* Whether it has that, in the configuration that applies. */
int hooks_has(const struct hook *hook, enum hook_kind kind);

/*
 * Asks for a command; none must be running. Returns 0, or a negative error:
 * there is no runner now.
 */
VB_MUST_CHECK int hooks_run(struct hook *hook, enum hook_kind kind);

/* A session with t has become an open one: it is up. */
void hooks_opened(struct broker *broker, const struct configured *t);

/*
 * A session has left t, perhaps the last; was_open: it had been there, or it is
 * known to run. Then stop is due, stop-after later.
 */
void
hooks_left(struct broker *broker, const struct configured *t, int was_open);

#endif
