/* SPDX-License-Identifier: ISC */
/* What auth asks, and what it is told. */
#ifndef VB_PAM_AUTH_H
#define VB_PAM_AUTH_H

#include "daemon/pam/pam.h"

/* Before the first of its channels. */
void auth_init(struct pam *pam);

/*
 * A channel instead of any before, whose questions nobody waits for any more.
 * As
 * asker_join().
 */
void auth_join(struct pam *pam, const struct msg_peer *peer, int *fd);

#endif
