/* SPDX-License-Identifier: ISC */
/* What a form and the way to a provider have alike: login.c, oidc.c. */
#ifndef VB_LOGIN_ASK_H
#define VB_LOGIN_ASK_H

#include "worker/client/person.h"
#include "worker/parse/http.h"

/*
 * Makes a question as person_question(), which knows what the answer's cookie
 * is for. NULL: there was no memory, and the client is answered.
 */
struct question *
login_ask(struct client *c, const struct http_head *head, enum msg_type type);

/*
 * Takes "next" of a query or a form: the name of a desktop as it was written,
 * or "" for anything else, since nothing else is followed.
 */
void login_take_next(const struct client *c, const struct http_span *fields,
    char next[TARGET_TEXT_MAX]);

#endif
