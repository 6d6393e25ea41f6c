/* SPDX-License-Identifier: ISC */
/*
 * A target's greeting: until it is whole, nothing goes to either side. A
 * repeater is told which of its servers is meant, and greets again as that.
 */
#ifndef VB_GREET_H
#define VB_GREET_H

#include "worker/client/client.h"

/* What OPENED says of it. Returns 1, or 0: no memory. */
VB_MUST_CHECK int
greet_expect(struct client *c, const struct msg_opened *opened);

/* The target is who it should be: its greeting is awaited. */
void greet_begin(struct client *c);

/* The target can be read in CLIENT_GREETING. */
void greet_go_on(struct client *c);

/* It is too late. */
void greet_is_late(struct client *c);

#endif
