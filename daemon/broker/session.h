/* SPDX-License-Identifier: ISC */
/*
 * The table of sessions: those that are open, and those that a worker has
 * asked for and not yet got an answer about. A session's key is the worker's
 * index and the number that it gives it: a number says nothing about another
 * worker's session.
 */
#ifndef VB_SESSION_H
#define VB_SESSION_H

#include <sys/queue.h>
#include <sys/tree.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/proto.h"

struct asker;
struct broker;
struct configured;
struct login;
struct request;
struct subject;
struct target;

struct session {
	RB_ENTRY(session) by_id;
	TAILQ_ENTRY(session) of_worker;
	TAILQ_ENTRY(session) of_target;
	TAILQ_ENTRY(session) of_login;
	TAILQ_ENTRY(session) of_asker;
	struct broker *broker;
	struct login *login; /* whose it is; NULL: nobody's */
	char *section;	     /* that grants it; owned; or NULL */
	uint64_t conn_id;
	uint64_t to_client_bytes;
	uint64_t to_target_bytes;
	struct session_ways ways; /* as its worker told last */
	uint32_t since_sec;	  /* of the epoch, until 2106 */
	uint32_t moved_sec; /* when a byte last did, CLOCK_MONOTONIC; or 0 */
	uint32_t input_sec; /* the user's last deed, the epoch's; or 0 */
	uint16_t worker;    /* index */
	uint16_t end_code;  /* is_expelled: what END has said */
	struct addr client;
	struct addr addr; /* what was dialled */
	char *target;	  /* canonical; owned; NULL while it waits */
	char *where;	  /* address it is for, canonical; owned, or the same as
		      * target; NULL: unknown */
	struct subject *subject;       /* of its certificate; owned; or NULL */
	struct asker *asker;	       /* counts it; NULL: not yet */
	struct request *request;       /* pending.c owns it; NULL if open */
	struct configured *configured; /* whose lease it holds, or NULL */
	uint64_t fence;		       /* of its lease; 0: none yet */
	uint8_t *resume; /* its page may come again by; INTENT_BYTES, or NULL */
	uint8_t can_wait : 1;	  /* its page shows what TELL says */
	uint8_t is_watching : 1;  /* it looks on, and has no place: watch.h */
	uint8_t is_announced : 1; /* the same, and its holders know */
	uint8_t is_served : 1;	  /* it is its turn: no one was before it */
	uint8_t is_invited : 1;	  /* by the holder: it needs no place */
	uint8_t is_orphan : 1;	/* its worker's channel has gone; see peer.c */
	uint8_t is_leasing : 1; /* has asked for its lease: see lease.h */
	uint8_t is_open : 1;
	uint8_t is_audited : 1;	 /* the audit trail has it as open */
	uint8_t is_expelled : 1; /* END was sent, CLOSED has not come */
};

/* Zero is before all sessions. */
struct session_key {
	uint64_t conn_id;
	uint32_t worker; /* index */
};

RB_HEAD(session_tree, session);
TAILQ_HEAD(session_list, session);

struct session_table {
	struct session_tree tree;
	size_t count; /* pending ones too */
	size_t open_count;
};

void session_table_init(struct session_table *table);

/*
 * Adds an empty session, pending, at the end of its worker's list. NULL
 * without memory. The key must not be in the table.
 */
struct session *session_new(struct session_table *table,
    struct session_list *of_worker, const struct session_key *key);

/* Removes it and its text; its lease and its request must be gone. */
void session_free(struct session_table *table, struct session_list *of_worker,
    struct session *session);

/*
 * Sets the canonical target, and the address that it was when it was asked
 * for (NULL: unknown). Returns 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int session_set_target(
    struct session *session, const char *target, const struct target *where);

/* Forgets both. */
void session_clear_target(struct session *session);

/* Sets whom its certificate names. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int
session_set_subject(struct session *session, const struct subject *subject);

/* Sets which access section grants it. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int
session_set_section(struct session *session, const char *section);

/* A byte of it has moved, now. */
void session_note_move(struct session *session);

void session_clear_subject(struct session *session);
void session_clear_section(struct session *session);

/* From now on it counts as open; see lease_open(). */
void session_set_open(struct session_table *table, struct session *session);

/*
 * NULL if there is none. session_after finds the next greater key; they rise
 * by conn_id, then by worker.
 */
struct session *
session_find(const struct session_table *table, const struct session_key *key);
struct session *
session_after(const struct session_table *table, const struct session_key *key);
struct session *session_first(const struct session_table *table);
struct session *session_next(struct session *session);

#endif
