/* SPDX-License-Identifier: ISC */
/*
 * The two lines that the log has for each session, and the one for a client
 * that got none, which a quota limits (quota.h). What a peer sent is escaped,
 * and cut.
 */
#ifndef VB_JOURNAL_H
#define VB_JOURNAL_H

#include "worker/client/client.h"

/* The target is connected, and known. */
void journal_opened(struct client *c);

/* A session is over, or was refused. */
void journal_ended(const struct client *c);

/*
 * A request was refused with that status: fmt says which field is at fault,
 * and what to do. Foreign text in it must be escaped.
 */
void journal_refused(const struct client *c, int status, const char *fmt, ...)
    VB_PRINTF(3, 4);

/* What connected to a listener with proxy-protocol is not let in. */
void journal_strange(const struct client *c, const char *why);

/* The TLS handshake with the client has failed; for -v if it sent nothing. */
void journal_insecure(const struct client *c, const char *why);

#endif
