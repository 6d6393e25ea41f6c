/* SPDX-License-Identifier: ISC */
/*
 * The strict parser of an HTTP/1.x request head (RFC 9112). Pure: it looks
 * at memory, keeps nothing, allocates nothing.
 */
#ifndef VB_HTTP_H
#define VB_HTTP_H

#include "worker/parse/http_value.h"

/*
 * Parses a request head at buf. Returns the bytes used (the empty line
 * included), 0 when more is needed, or minus the HTTP status to answer:
 * -400 (bare LF or CR, obs-fold, NUL and controls, white space before the
 * colon, bad method, target or field name, a missing or second or malformed
 * Host, Content-Length together with Transfer-Encoding, a bad one of them),
 * -414 when the request line alone is too long, -431 (over max bytes, the
 * final CRLF CRLF included, or HTTP_FIELDS_MAX), -505 (not HTTP/1.x). One
 * empty line before the request line is skipped (RFC 9112, 2.2). Errors are
 * found as early as the bytes allow, and head->fault tells them. The spans
 * point into buf.
 */
VB_MUST_CHECK int http_parse_head(
    const char *buf, size_t len, size_t max, struct http_head *head);

/* True if the span is a token (RFC 9110, 5.6.2): not empty, no separators. */
int http_is_token(const struct http_span *span);

#endif
