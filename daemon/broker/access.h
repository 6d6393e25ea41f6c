/* SPDX-License-Identifier: ISC */
/*
 * Whether the access sections grant a session its target: when it is opened,
 * after a reload, and whenever a minute begins.
 */
#ifndef VB_BROKER_ACCESS_H
#define VB_BROKER_ACCESS_H

#include "daemon/broker/broker.h"

/*
 * True if a section of that configuration grants the session that address, now;
 * ADDR_NONE: by what it is called. Its client and target must be set.
 */
int access_grants(const struct conf *conf, const struct session *session,
    const struct addr *addr);

/* True if any section is for a client of that address now. */
int access_is_for(const struct conf *conf, const struct addr *client);

/* True if it grants a client of that address the configured target now. */
int access_shows(const struct conf *conf, const struct configured *target,
    const struct addr *client);

/*
 * Ends the sessions that are not granted any more, and looks again when the
 * next minute begins, if times matter. Once a configuration applies.
 */
void access_review(struct broker *broker);

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int access_init(struct broker *broker);

#endif
