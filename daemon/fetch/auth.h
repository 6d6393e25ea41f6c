/* SPDX-License-Identifier: ISC */
/* What auth asks, and what it is told. */
#ifndef VB_FETCH_AUTH_H
#define VB_FETCH_AUTH_H

#include "daemon/fetch/fetch.h"

/* Before the first of its channels. */
void auth_init(struct fetch *fetch);

/*
 * A channel instead of any before, whose questions nobody waits for any more.
 * As
 * asker_join().
 */
void auth_join(struct fetch *fetch, const struct msg_peer *peer, int *fd);

#endif
