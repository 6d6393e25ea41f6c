/* SPDX-License-Identifier: ISC */
/*
 * Whose a request is, and how it was asked: of a trusted proxy by what it says
 * (worker/parse/forwarding.h), of anybody else by the connection alone. For
 * each request anew, since a proxy's connection carries many clients'.
 */
#ifndef VB_BELIEVE_H
#define VB_BELIEVE_H

#include "worker/client/client.h"
#include "worker/parse/forwarding.h"

/* Whether the far end is a trusted proxy, whose connection carries others. */
int believe_is_proxy(const struct client *c);

/* Before a head: nothing is known but who is at the other end. */
void believe_nobody(struct client *c);

/*
 * A head has come. Fills the client's address and scheme; head's host and
 * prefix become those that the browser has in its address. They point into
 * *said, which must live as long as head. Returns 0 or VB_ENOMEM: then it is
 * not known whose it is.
 */
VB_MUST_CHECK int believe_proxies(
    struct client *c, struct http_head *head, struct forwarding *said);

/*
 * What a trusted proxy says in a field of that name, which is there once. NULL
 * where it is not, or does not fit, and of anybody else. Else **gives** out.
 */
const char *believe_field(const struct client *c, const struct http_head *head,
    const char *name, char *out, size_t size);

#endif
