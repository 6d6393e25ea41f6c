/* SPDX-License-Identifier: ISC */
/*
 * What a request head is made of, and what its values say: lists, hosts,
 * escapes. Pure, as http.h.
 */
#ifndef VB_HTTP_VALUE_H
#define VB_HTTP_VALUE_H

#include <stddef.h>

#include "common/errors.h"

#define HTTP_FIELDS_MAX 128

struct http_span {
	const char *p; /* into the caller's buffer, no NUL at its end */
	size_t len;
};

struct http_field {
	struct http_span name;
	struct http_span value; /* without white space around it */
};

struct http_head {
	struct http_span method;
	struct http_span target; /* origin-form; "" or "?..." are "/" too */
	int minor;		 /* HTTP/1.minor */
	struct http_span host;	 /* the Host field, or absolute-form's */
	struct http_span prefix; /* none; believe.h may put one there */
	const char *fault;	 /* what is wrong, for the log; a constant */
	size_t field_count;
	struct http_field fields[HTTP_FIELDS_MAX];
};

/* Removes white space around a value (OWS, RFC 9110, 5.6.3). */
void http_span_trim(struct http_span *span);

/* Cuts the span at the first c. Returns what is behind it, len 0 if none. */
struct http_span http_span_cut(struct http_span *span, char c);

/* True if the span is text, ASCII case ignored. */
int http_span_is(const struct http_span *span, const char *text);

/* The first field of that name (case ignored), or NULL. Borrows head. */
const struct http_span *
http_find_field(const struct http_head *head, const char *name);

/* How many fields have that name. */
size_t http_count_fields(const struct http_head *head, const char *name);

/*
 * Takes the next item off a comma-separated list, empty ones passed over;
 * params is what follows its first ';'. Returns 0 when there is no more.
 */
int http_next_item(
    struct http_span *list, struct http_span *item, struct http_span *params);

/*
 * True if any field of that name has the token in its comma-separated list
 * (case ignored, RFC 9110, 5.6.1; parameters after ';' are not compared).
 */
int http_has_token(
    const struct http_head *head, const char *name, const char *token);

/*
 * Splits uri-host [":" port] (RFC 9110, 7.2), where uri-host is a non-empty
 * reg-name or a bracketed v6 address, brackets kept. *port is -1 when it is
 * missing or empty. Returns 0 or VB_ESYNTAX. The span points into authority.
 */
VB_MUST_CHECK int http_split_host(
    const struct http_span *authority, struct http_span *host, int *port);

/*
 * Decodes %XX of a span into out, NUL-terminated. Returns the length,
 * VB_ESYNTAX for a bad escape, a NUL or a control character, VB_ERANGE if
 * it does not fit.
 */
VB_MUST_CHECK int
http_percent_decode(const struct http_span *span, char *out, size_t out_size);

#endif
