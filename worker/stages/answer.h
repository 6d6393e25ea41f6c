/* SPDX-License-Identifier: ISC */
/*
 * HTTP answers: pages, small texts, errors.
 */
#ifndef VB_ANSWER_H
#define VB_ANSWER_H

#include <stddef.h>

#include "worker/client/client.h"
#include "worker/parse/http.h"
#include "worker/parse/request.h"

#define ANSWER_MS	  20000 /* without progress */
#define ANSWER_HEAD_MAX	  4096	/* with a full list of origins */
#define ANSWER_POLICY_MAX 2048

/*
 * Each writes an answer and puts the client into CLIENT_ANSWER, from where
 * the next request follows if c->http.keeps_alive, and the end otherwise.
 */

/* A page of the table, or 304, or 404 if there is none. */
void answer_page(struct client *c, const struct request *req,
    const struct http_head *head, const char *path);

/*
 * The head of an answer that ends with its connection, and with answer_done().
 * Its body is the caller's to write.
 */
void answer_begin_stream(struct client *c, const char *type);

/* 200 with a text. */
void answer_text(struct client *c, int is_head, const char *type,
    const char *text, size_t len);

/*
 * To plain HTTP on a listener that speaks TLS: 308 to the same place by
 * https, or 400.
 */
void
answer_misplaced(struct client *c, const struct http_head *head, int is_head);

/* 421: the rules that let the connection in no longer apply. */
void answer_outdated(struct client *c, int is_head);
/* 421: the Host is none of the bridge's; says what to add where. */
void
answer_misdirected(struct client *c, const struct http_head *head, int is_head);

/* 308: the page is at that location. */
void answer_moved(struct client *c, const char *location);

/* 403: where people log in, and somebody could listen. */
void answer_insecure(struct client *c, int is_head);

/*
 * What a page may do (CSP): nothing but what comes from the bridge. The pages
 * that may frame it are to follow, see answer_send().
 */
void answer_policy(const struct http_head *head, char out[ANSWER_POLICY_MAX]);

/* 429: its address has as many connections as it may. */
void answer_limited(struct client *c, int is_head);

/* 503 with a reason of the caller's. */
void answer_unavailable(struct client *c, int is_head, const char *text);

/* 429: after wrong passwords of a program. */
void answer_too_soon(struct client *c, uint32_t wait_sec);

/* An error status, with a sentence for a person. */
void answer_error(struct client *c, int status, int is_head);

/*
 * Writes the head that all answers have, with extra fields; then more of the
 * last field, which extra has begun, or NULL; then the body, or NULL. What is
 * to follow, answer_done() decides.
 */
void answer_send(struct client *c, int status, const char *extra,
    const char *more, size_t body_len, const char *body);

/*
 * RFC 3986 allows a host ';' and ',', which would end a directive of a policy:
 * it is named in a field only if it has nothing but what real ones have.
 */
int answer_may_name(const struct http_span *host);

/*
 * An answer was given to leg_write: goes on to the next head, waits until
 * the kernel has taken it, or lingers if it was the last.
 */
void answer_done(struct client *c);

#endif
