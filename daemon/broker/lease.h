/* SPDX-License-Identifier: ISC */
/*
 * Leases: which session holds which configured target. A dial under way holds
 * it as an open session does, so that no one else can come in between.
 */
#ifndef VB_LEASE_H
#define VB_LEASE_H

#include "daemon/broker/conf.h"
#include "daemon/broker/session.h"

/*
 * Takes the target for the session, which drops what it had; t may be NULL:
 * no configured target. Returns 0, or VB_EFULL: the target is exclusive and
 * another one holds it, or it has as many as it may.
 */
VB_MUST_CHECK int lease_take(struct session *session, struct configured *t);

/* By an operator: nobody gets in. */
int lease_is_locked(const struct configured *target);

/* By nobody that we know of: a worker has not told yet what it holds. */
int lease_is_unknown(
    const struct session *session, const struct configured *target);
#define LEASE_UNKNOWN "who uses it is not known yet: the bridge was restarted"

/* Whether lease_take() would succeed. Who only looks on needs no place. */
int lease_has_room(const struct session *session, const struct configured *t);

/* As lease_take, but any number may hold the target. */
void lease_share(struct session *session, struct configured *t);

void lease_drop(struct session *session);

/* Its session has just become an open one. */
void lease_open(struct session *session);

/*
 * The configured target of a session in a configuration: by the address that
 * was asked for, else by the one that was dialled, and by its name only where
 * these can't tell. NULL if there is none.
 */
struct configured *
lease_find(const struct conf *conf, const struct session *session);

/* Moves all leases to another configuration. */
void lease_move_all(const struct session_table *table, const struct conf *to);

/* How many others are open at an address that is no configured target's. */
size_t lease_count_others(const struct session_table *table,
    const struct session *session, const struct addr *addr);

/* Who it is, in words: a user, or an address. Returns out. */
#define LEASE_NAME_MAX AUTH_NAME_MAX
const char *lease_name(const struct session *session, char out[LEASE_NAME_MAX]);

/* The first of its open sessions that has not been ended, or NULL. */
struct session *lease_holder(const struct configured *target);

/*
 * Why it has no room: writes "in use by 10.0.0.5 since 14:03 UTC", with the
 * date if that was over a day ago, or that it has as many as it may. Return the
 * close code.
 */
uint32_t lease_refusal(const struct configured *t, uint64_t now_sec,
    char reason[PROTO_REASON_MAX]);
uint32_t lease_refusal_full(
    const char *target, uint32_t most, char reason[PROTO_REASON_MAX]);

#endif
