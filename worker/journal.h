/* SPDX-License-Identifier: ISC */
/*
 * The two lines that the log has for each session. What a peer sent is
 * escaped, and cut.
 */
#ifndef VB_JOURNAL_H
#define VB_JOURNAL_H

#include "worker/client.h"

/* The target is connected; its name is the broker's, safe to log. */
void journal_opened(const struct client *c, const char *target);

/* A session is over, one that was refused too. */
void journal_ended(const struct client *c);

#endif
