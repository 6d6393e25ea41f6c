/* SPDX-License-Identifier: ISC */
/*
 * What outlives a session at a configured target: who waits for it, for whom it
 * is kept, and whether an operator has locked it. By the target's name, so that
 * a reload changes nothing of it. A target of which there is nothing to say has
 * no entry.
 */
#ifndef VB_LEASES_H
#define VB_LEASES_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/proto.h"

struct conf;
struct configured;
struct event_base;
struct lease_memory;
struct request;
struct session;

/* A place that waits for whom it was lost by. */
struct kept_place {
	TAILQ_ENTRY(kept_place) entry;
	uint64_t fence; /* of the session that had it */
	uint64_t until_ms;
	int slot; /* in the memory file; or LEASE_KEPT_NONE */
	struct addr client;
	char user[AUTH_NAME_MAX]; /* "": nobody logs in, client is who */
};

struct lease {
	RB_ENTRY(lease) by_name;
	TAILQ_HEAD(, request) waiting; /* who takes over first, then by age */
	TAILQ_HEAD(, kept_place) kept;
	unsigned waiting_count;
	unsigned kept_count;
	uint8_t is_due; /* who waits is to be looked at */
	uint8_t is_locked;
	char lock_text[LEASE_TEXT_MAX];
	char name[TARGET_NAME_MAX];
};

RB_HEAD(lease_tree, lease);

RB_PROTOTYPE(lease_tree, lease, by_name, )

struct leases {
	const struct conf *conf; /* the current one */
	struct lease_tree tree;
	struct event serve_ev; /* soon: a place may be free */
	struct event tick_ev;  /* each second, while something ends by time */
	unsigned question_count;
	unsigned kept_count;
	struct lease_memory *memory; /* what outlives us; or NULL */
	uint64_t last_fence;
	uint64_t noted_fence; /* the memory says: no greater was given */
	/* claim.c's: lets those in for whom there is a place */
	void (*serve)(struct leases *leases, struct lease *lease);
	/* and what is over by time */
	void (*tick)(struct leases *leases, uint64_t now_ms);
};

/* Returns 0 or VB_ENOMEM. serve and tick must be set before the loop runs. */
VB_MUST_CHECK int leases_init(struct leases *leases, struct event_base *base);

/*
 * What the broker before has left in the file, and a place for what we leave.
 * **Borrows** fd. Once, before the first configuration. Returns 0, VB_ESYS or
 * VB_ENOMEM.
 */
VB_MUST_CHECK int leases_remember(struct leases *leases, int fd);

/*
 * An operator lets nobody new in, and again. Those who wait: see order.c.
 * Return 0, or VB_EFULL: no more locks are remembered.
 */
VB_MUST_CHECK int
leases_lock(struct leases *leases, struct lease *lease, const char *text);
void leases_unlock(struct leases *leases, struct lease *lease);

/* The number of a session that takes a target now: each is greater. */
uint64_t leases_next_fence(struct leases *leases);

/* A number that another broker has given: the next ones are greater. */
void leases_note_fence(struct leases *leases, uint64_t fence);

/* The entry of a target, made if there is none; NULL without memory. */
struct lease *leases_of(struct leases *leases, struct configured *target);

struct lease *leases_find(struct leases *leases, const char *name);

/* Forgets it if there is nothing to say. */
void leases_release(struct leases *leases, struct lease *lease);

/* Another configuration: the targets get their entries, all who wait a look. */
void leases_attach(struct leases *leases, const struct conf *conf);

/* Who waits for it is looked at, once the current event has been handled. */
void leases_wake(struct leases *leases, struct lease *lease);
void leases_wake_all(struct leases *leases);

/*
 * The places that are free, but not for the session: somebody was before it, or
 * has lost only the network.
 */
unsigned leases_owed(const struct lease *lease, const struct session *session);

/* Whether one is kept for the session. */
int
leases_has_kept_for(const struct lease *lease, const struct session *session);

/*
 * The session is over by a fault of the network: its place is kept, if its
 * target has a grace.
 */
void leases_keep(struct leases *leases, const struct session *session);

/* The session has a place: none is kept for it any more. */
void leases_take_kept(
    struct leases *leases, struct lease *lease, const struct session *session);

#endif
