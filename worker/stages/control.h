/* SPDX-License-Identifier: ISC */
/* Control frames of a session's client, RFC 6455, 5.5: Close, Ping, Pong. */
#ifndef VB_CONTROL_H
#define VB_CONTROL_H

#include "worker/client/client.h"

/* Acts on the control frame that c's decoder holds. */
void control_take(struct client *c);

/* Sends the Close frame of c->close_code and c->reason, once. */
void control_send_close(struct client *c);

/* Sends the answer to a Ping that had to wait, if there is one. */
void control_send_kept_pong(struct client *c);

/* Sends an empty Ping; or, if one is unanswered too often, ends with 4530. */
void control_ping(struct client *c, uint64_t now_ms);

#endif
