/* SPDX-License-Identifier: ISC */
/*
 * Lines about clients that were refused, or are not to stay: each names the
 * client, and a quota limits them (quota.h).
 */
#ifndef VB_BROKER_JOURNAL_H
#define VB_BROKER_JOURNAL_H

#include "common/errors.h"
#include "daemon/broker/session.h"

/* The policy, or a certificate's authority, said no: fmt is what and why. */
void
journal_refused(const struct session *s, const char *fmt, ...) VB_PRINTF(2, 3);

/* A session that was open loses its right: that is no fault of the client's. */
void journal_revoked(const struct session *s, const char *why);

/* How an OPEN was answered, for -v. */
void journal_answered(const struct session *s, const char *target,
    uint32_t code, const char *reason);

#endif
