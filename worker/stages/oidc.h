/* SPDX-License-Identifier: ISC */
/*
 * /login/oidc: people go to a provider of OpenID Connect, and come back, to
 * /login/oidc/NAME where it is one of several. What they bring, auth judges;
 * this passes on.
 */
#ifndef VB_OIDC_H
#define VB_OIDC_H

#include "worker/client/client.h"
#include "worker/parse/request.h"

/* As login_serve(). */
void oidc_serve(
    struct client *c, const struct http_head *head, const struct request *req);

/* auth has answered; serve_next_request() follows. */
void oidc_answered(struct client *c, const struct msg_oidc_said *said);

/*
 * What the login page says when it was come back to: of a word that
 * oidc_answered() has put into its address. Returns the words, or NULL, and
 * the status of that page; *is_calm: nothing went wrong.
 */
const char *oidc_words(const char *said, int *status, int *is_calm);

#endif
