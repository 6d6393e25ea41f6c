/* SPDX-License-Identifier: ISC */
/*
 * The sessions that have a record "open" and none yet "end": so that each gets
 * one, whoever dies. As long as a broker knows a session, the broker says when
 * it has ended. What no broker knows any more ends with its worker, or when its
 * worker has told a broker all that it has.
 */
#ifndef VB_MASTER_AUDIT_OPEN_H
#define VB_MASTER_AUDIT_OPEN_H

#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

/* Workers claim sessions: one that lies must not fill the memory. */
#define OPEN_MAX_ENTRIES 1048576

struct open_session {
	RB_ENTRY(open_session) by_key;
	uint32_t worker; /* index */
	uint64_t conn_id;
	uint64_t since_ms; /* of the epoch */
	uint64_t to_client_bytes;
	uint64_t to_target_bytes;
	uint8_t is_known;      /* to the broker that runs */
	uint8_t is_workerless; /* its worker has died */
};

RB_HEAD(open_tree, open_session);

/* Nobody else will say that it has ended. **Borrows** the session. */
typedef void
open_ended(void *arg, const struct open_session *session, const char *why);

struct open_set {
	struct open_tree tree;
	size_t count;
	uint64_t
	    untracked; /* had no place; their ends are taken as they come */
	open_ended *ended;
	void *arg;
};

/* **Keeps** ended and arg. */
void open_init(struct open_set *set, open_ended *ended, void *arg);

/* Forgets all, and says nothing. */
void open_clear(struct open_set *set);

struct open_session *
open_find(const struct open_set *set, uint32_t worker, uint64_t conn_id);

/*
 * The broker has opened it, or a worker holds it. One that was there under this
 * key ends first. NULL without memory, or at OPEN_MAX_ENTRIES: it is counted.
 */
struct open_session *open_add(
    struct open_set *set, uint32_t worker, uint64_t conn_id, uint64_t since_ms);

/* It has ended; **takes** session. */
void open_remove(struct open_set *set, struct open_session *session);

/*
 * The broker has lost the channel to its worker; lives: a worker of that index
 * runs, and will tell a broker what it has.
 */
void open_gone(struct open_set *set, struct open_session *session, int lives);

/* That worker has told the broker all that it has. */
void open_held_end(struct open_set *set, uint32_t worker);

/* A worker has died. */
void open_worker_died(struct open_set *set, uint32_t worker);

/* Whether a worker of that index runs. */
typedef int open_lives(void *arg, uint32_t worker);

/* The broker has died, and what it knew with it. */
void open_broker_died(struct open_set *set, open_lives *lives);

/* The daemon ends. */
void open_end_all(struct open_set *set);

#endif
