/* SPDX-License-Identifier: ISC */
/*
 * Where people log in: who may ask for what, logging in and out, and what
 * /api/login tells of it. Who somebody is, auth says; this passes on.
 */
#ifndef VB_LOGIN_H
#define VB_LOGIN_H

#include "worker/client/client.h"
#include "worker/parse/request.h"

/*
 * Whether a request may be served. Returns 1; or 0: it was answered, or the
 * client waits in ASKING, and the same head is to be read again when it is over
 * (c->state tells).
 */
int login_admits(
    struct client *c, const struct http_head *head, const struct request *req);

/*
 * Serves /login, /logout and /api/login, of somebody who was admitted. If the
 * client is in ASKING afterwards, the request is used up all the same.
 */
void login_serve(
    struct client *c, const struct http_head *head, const struct request *req);

/* auth has answered; serve_next_request() follows. */
void login_answered(struct client *c, const struct msg_logged_in *said);
void login_known(struct client *c, const struct msg_who_is *said);
void login_ended(struct client *c);

/* The time of a client in ASKING is over; serve_next_request() follows. */
void login_miss(struct client *c);

#endif
