/* SPDX-License-Identifier: ISC */
/* What a record of the audit trail says beside what has happened. */
#ifndef VB_MASTER_AUDIT_FIELDS_H
#define VB_MASTER_AUDIT_FIELDS_H

#include "common/proto.h"
#include "daemon/audit/text.h"
#include "daemon/master/audit/fold.h"
#include "daemon/master/audit/open.h"

/* A child's; ends: the session that it ends, or NULL. */
void fields_of_said(struct audit_text *text, const struct msg_audit *said,
    const struct open_session *ends, uint64_t time_ms);

/* Of those that have no record of their own. */
void fields_of_folded(struct audit_text *text, const struct folded *folded);

/* Of the end of a session that nobody has told of. */
void fields_of_end(struct audit_text *text, const struct open_session *session,
    uint64_t time_ms, const char *why);

#endif
