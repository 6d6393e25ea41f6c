/* SPDX-License-Identifier: ISC */
/*
 * Whether the access sections grant a session its target: when it is opened,
 * after a reload, and whenever a minute begins.
 */
#ifndef VB_BROKER_ACCESS_H
#define VB_BROKER_ACCESS_H

#include "common/proto.h"
#include "daemon/broker/broker.h"

enum access_verdict {
	ACCESS_NONE,
	ACCESS_FULL, /* but for max-sessions */
	ACCESS_GRANTED
};

/*
 * Whether a section of that configuration grants the session that address, now;
 * ADDR_NONE: by what it is called. Its client, login and target must be set. It
 * counts as that section's from then on. *full is the section of FULL, or NULL.
 */
enum access_verdict access_grants(const struct conf *conf,
    struct session *session, const struct addr *addr, const char **full);

/* True if any section is for its client and user now. */
int access_is_for(const struct conf *conf, const struct session *session);

/*
 * False if it can't be granted, whatever addresses its name leads to: nobody is
 * asked about a name that would not be dialled.
 */
int access_may_grant(const struct conf *conf, const struct session *session);

/*
 * Whether one grants it for certain, by its name, or has: then they may hear
 * who uses it.
 */
int access_may_tell(const struct conf *conf, const struct session *session);

/*
 * Whether one that grants it for certain has a place for it: by max-sessions,
 * once replaced, or nobody (NULL), is ended for it.
 */
int access_has_place(const struct conf *conf, const struct session *session,
    const struct session *replaced);

/*
 * Writes a line for each section: what keeps it from granting the session that
 * address. ADDR_NONE: it is not known yet. What does not fit is left out.
 */
void access_explain(const struct conf *conf, const struct session *session,
    const struct addr *addr, char *out, size_t size);

/*
 * Sets the bits of those targets that a client of that address may not see; who
 * is who has logged in there, or NULL.
 */
void access_hide(const struct conf *conf, const struct addr *client,
    const struct msg_vouched *who, uint8_t hidden[PROTO_TARGETS_MAX / 8]);

/* Another number once the time of a section has begun, or is over. */
uint64_t access_times_sum(const struct conf *conf);

/* Ends those of a login's sessions that are not granted: it is known now. */
void access_review_login(struct broker *broker, struct login *login);

/* Ends those of a worker's sessions that are not granted any more. */
void access_review_peer(struct peer *peer);

/*
 * Those of all workers, and again when the next minute begins. Called once a
 * configuration applies.
 */
void access_review(struct broker *broker);

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int access_init(struct broker *broker);

#endif
