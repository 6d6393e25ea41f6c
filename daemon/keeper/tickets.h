/* SPDX-License-Identifier: ISC */
/* The keys of session tickets (RFC 5077, 4), which all workers share. */
#ifndef VB_KEEPER_TICKETS_H
#define VB_KEEPER_TICKETS_H

#include "common/errors.h"
#include "common/proto.h"

/* A new key in front; the oldest goes. Returns 0, or VB_ESYS: no random. */
VB_MUST_CHECK int tickets_rotate(struct msg_tickets *tickets);

/* Forgets all. */
void tickets_clear(struct msg_tickets *tickets);

#endif
