/* SPDX-License-Identifier: ISC */
/* Why there is no session: the close code, and words for a person. */
#ifndef VB_REASON_H
#define VB_REASON_H

#include <stdint.h>

#include "common/close_code.h"
#include "common/proto.h"
#include "daemon/broker/presented.h"
#include "daemon/broker/dial.h"
#include "daemon/names/resolve.h"

#define REASON_NAME_MAX 61 /* of a name in a reason, NUL included */

/* Cuts a name so that a reason has room for it. Returns out. */
const char *reason_name(const char *name, char out[REASON_NAME_MAX]);

/* Cuts off a part of a character of UTF-8 at the end. Returns reason. */
char *reason_mend(char reason[PROTO_REASON_MAX]);

/* Write why a dial or a lookup failed; they return the code. */
uint32_t reason_of_dial(const struct dial_outcome *outcome,
    uint32_t timeout_sec, char out[PROTO_REASON_MAX]);
uint32_t reason_of_lookup(enum resolve_status status, const char *name,
    const char *detail, char out[PROTO_REASON_MAX]);

/* Why a client may not open anything; why is presented_judge()'s. */
uint32_t reason_of_verdict(enum presented_verdict verdict, const char *why,
    char out[PROTO_REASON_MAX]);

#endif
