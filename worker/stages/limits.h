/* SPDX-License-Identifier: ISC */
/* How long a session may last, and how long it may be without a person. */
#ifndef VB_LIMITS_H
#define VB_LIMITS_H

#include "worker/client/client.h"

/* What the broker says of the target goes before the settings. */
void limits_expect(struct client *c, const struct msg_opened *opened);

/* RELAY begins: from now on there is a person. Returns max-session in ms. */
uint64_t limits_begin(struct client *c);

/* What its client sends to the target. */
void limits_note_input(struct client *c, const uint8_t *data, size_t len);

/* In RELAY. Ends it, and returns 1; or warns of its end, if that is near. */
int limits_check(struct client *c, uint64_t now_ms);

/* The deadline of RELAY. */
void limits_end_time(struct client *c);

#endif
