/* SPDX-License-Identifier: ISC */
/*
 * What the fields of a head say of every request, whatever it asks for. Pure,
 * as http.h.
 */
#ifndef VB_HTTP_FIELDS_H
#define VB_HTTP_FIELDS_H

#include "worker/parse/http_value.h"

/* Whether a body follows, of whatever length (RFC 9112, 6.3). */
int http_has_body(const struct http_head *head);

/* Whether the connection is to stay open behind the answer (RFC 9112, 9.3). */
int http_keeps_alive(const struct http_head *head);

/*
 * Whether the answer may be gzip's (RFC 9110, 12.5.3); an entry for gzip itself
 * goes before "*".
 */
int http_takes_gzip(const struct http_head *head);

#endif
