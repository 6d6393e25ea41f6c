/* SPDX-License-Identifier: ISC */
/* How many sessions there may be: in all, of an address, of a user. */
#ifndef VB_LIMITS_H
#define VB_LIMITS_H

#include <stdint.h>

#include "common/proto.h"
#include "daemon/broker/session.h"

/*
 * The setting that is exceeded, with words for the client in reason; NULL: none
 * is. more is 0 for a session that is in the broker's table, 1 for one that
 * would come; replaced, or NULL, is one that ends for it, and does not count.
 * Their clients, askers and logins must be set.
 */
const char *limits_exceeded(const struct session *session,
    const struct session *replaced, const struct settings *settings,
    unsigned more, char reason[PROTO_REASON_MAX]);

#endif
