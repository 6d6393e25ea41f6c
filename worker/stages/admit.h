/* SPDX-License-Identifier: ISC */
/* Where people log in: who may ask for what. Who somebody is, auth says. */
#ifndef VB_ADMIT_H
#define VB_ADMIT_H

#include "worker/client/client.h"
#include "worker/parse/request.h"

/*
 * Whether a request may be served. Returns 1; or 0: it was answered, or the
 * client waits in ASKING, and the same head is to be read again when it is over
 * (c->state tells).
 */
int admit_request(
    struct client *c, const struct http_head *head, const struct request *req);

/* auth has said who it is; serve_next_request() follows. */
void admit_known(struct client *c, const struct msg_who_is *said);

/* The same, of one that has shown name and password with its request. */
void admit_logged_in(struct client *c, const struct msg_logged_in *said);

/* The time of a client in ASKING is over; serve_next_request() follows. */
void admit_miss(struct client *c);

#endif
