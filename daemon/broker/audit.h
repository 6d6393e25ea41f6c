/* SPDX-License-Identifier: ISC */
/*
 * What the audit trail hears of sessions. The master makes the records; each
 * function is one message to it, and does nothing where there is no audit
 * trail. What a client is told of it comes later than the record: a broker that
 * dies in between leaves a record too many, which the master ends, and never
 * one too few.
 */
#ifndef VB_BROKER_AUDIT_H
#define VB_BROKER_AUDIT_H

#include <stdint.h>

#include "common/proto.h"
#include "daemon/broker/session.h"

struct broker;

/*
 * How an OPEN is answered: "open" for code 0, else "refuse". Returns 0, or a
 * negative error: it could not be recorded, and audit-required wants that.
 */
VB_MUST_CHECK int audit_answered(struct session *session, const char *target,
    uint32_t code, const char *reason);

/* An OPEN for which not even a session could be made. */
void audit_unanswered(struct broker *broker, uint32_t worker,
    const struct msg_open *open, const struct msg_opened *opened);

/*
 * Something else that happens to a session: AUDIT_ASK, AUDIT_TAKEOVER,
 * AUDIT_KICK. by: who does it, if that is not the session's user, or "". code
 * 0 and reason "" are left out.
 */
void audit_session(struct session *session, enum audit_kind kind,
    const char *by, uint32_t code, const char *reason);

/* An open session has ended, as its worker says; **borrows** closed. */
void audit_closed(struct session *session, const struct msg_closed *closed);

/* The channel of its worker is gone: whether it ends, others know. */
void audit_gone(struct session *session);

/* What a worker holds, said to this broker as a new one; and all of it. */
void audit_held(struct session *session, uint64_t login_id);
void audit_held_end(struct broker *broker, uint32_t worker);

#endif
