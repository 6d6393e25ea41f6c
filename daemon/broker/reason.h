/* SPDX-License-Identifier: ISC */
/* Why there is no session: the close code, and words for a person. */
#ifndef VB_REASON_H
#define VB_REASON_H

#include <stdint.h>

#include "common/proto.h"
#include "daemon/broker/authority.h"
#include "daemon/broker/dial.h"
#include "daemon/broker/resolve.h"

enum reason_code { /* DESIGN.md, 4 */
	CODE_TCP_ERROR = 4500,
	CODE_NO_ANSWER = 4501,
	CODE_NOT_FOUND = 4502,
	CODE_IN_USE = 4510,
	CODE_NOT_ALLOWED = 4520,
	CODE_ENDED = 4521, /* what says who it is, in time */
	CODE_TOO_MANY = 4522,
	CODE_RESTARTING = 4580
};

#define REASON_NAME_MAX 61 /* of a name in a reason, NUL included */

/* Cuts a name so that a reason has room for it. Returns out. */
const char *reason_name(const char *name, char out[REASON_NAME_MAX]);

/* Write why a dial or a lookup failed; they return the code. */
uint32_t reason_of_dial(const struct dial_outcome *outcome,
    uint32_t timeout_sec, char out[PROTO_REASON_MAX]);
uint32_t reason_of_lookup(enum resolve_status status, const char *name,
    const char *detail, char out[PROTO_REASON_MAX]);

/* Why somebody may not open anything; why is authority_check()'s. */
uint32_t reason_of_verdict(enum authority_verdict verdict, const char *why,
    char out[PROTO_REASON_MAX]);

#endif
