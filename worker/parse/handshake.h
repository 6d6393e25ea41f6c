/* SPDX-License-Identifier: ISC */
/*
 * The WebSocket opening handshake, RFC 6455 section 4.2. Pure, as http.h.
 */
#ifndef VB_HANDSHAKE_H
#define VB_HANDSHAKE_H

#include <stddef.h>

#include "common/errors.h"

struct http_head;
struct http_span;
struct request;
struct request_rules;

#define HANDSHAKE_KEY_LEN    24 /* base64 of 16 bytes; RFC 6455, 4.1 */
#define HANDSHAKE_ACCEPT_MAX 32

/*
 * Makes libcrypto load all that handshake_accept_key() needs, which takes
 * opening files. To be called once before the sandbox is entered. Returns 0
 * or VB_ESYS.
 */
VB_MUST_CHECK int handshake_prepare(void);

/*
 * Checks the fields of an opening handshake (RFC 6455, 4.2.1; the method,
 * the version and the path are the caller's), and its Origin (10.2). Fills
 * ws_key and offers_binary. Returns 0 or the HTTP status to answer.
 */
VB_MUST_CHECK int handshake_check(const struct http_head *head,
    const struct request_rules *rules, struct request *req);

/*
 * True if the Origin is the request's own host and port, or listed. Port 80
 * or 443, as the Origin's scheme has it, counts as equal to a missing one.
 */
int handshake_origin_is_allowed(const struct http_span *origin,
    const struct http_span *own_host, const struct request_rules *rules);

/*
 * Computes Sec-WebSocket-Accept (RFC 6455, 4.2.2) of a 24-character key
 * into out, NUL-terminated.
 */
void handshake_accept_key(const char *key, char out[HANDSHAKE_ACCEPT_MAX]);

/*
 * Writes the 101 answer. Returns its length, or VB_ERANGE if size is small.
 */
VB_MUST_CHECK int
handshake_format_answer(const struct request *req, char *out, size_t size);

#endif
