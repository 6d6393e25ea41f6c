/* SPDX-License-Identifier: ISC */
/*
 * The two lines that the log has for each session. What a peer sent is
 * escaped, and cut.
 */
#ifndef VB_JOURNAL_H
#define VB_JOURNAL_H

#include "worker/client.h"

/* The target is connected, and known. */
void journal_opened(const struct client *c);

/* A session is over, one that was refused too. */
void journal_ended(const struct client *c);

#endif
