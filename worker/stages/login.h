/* SPDX-License-Identifier: ISC */
/*
 * Logging in and out, and what /api/login tells of it. Who somebody is, auth
 * says; this passes on.
 */
#ifndef VB_LOGIN_H
#define VB_LOGIN_H

#include "worker/client/client.h"
#include "worker/parse/request.h"

/*
 * Serves what begins with /login, /logout and /api/login, of somebody who was
 * admitted (admit.h). If the client is in ASKING afterwards, the request is
 * used up all the same.
 */
void login_serve(
    struct client *c, const struct http_head *head, const struct request *req);

/* auth has answered; serve_next_request() follows. */
void login_answered(struct client *c, const struct msg_logged_in *said);
void login_ended(struct client *c, const struct msg_logged_out *said);

#endif
