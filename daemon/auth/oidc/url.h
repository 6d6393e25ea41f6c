/* SPDX-License-Identifier: ISC */
/*
 * Texts for a provider: addresses with a query (RFC 3986, 3.4), forms
 * (application/x-www-form-urlencoded), credentials (RFC 6749, 2.3.1). Each is
 * built in the caller's buffer, which has size bytes; what does not fit leaves
 * it as it was. Pure.
 */
#ifndef VB_OIDC_URL_H
#define VB_OIDC_URL_H

#include <stddef.h>

#include "common/errors.h"

#define URL_MAX 2048 /* of a provider's address, with its NUL */

/*
 * Whether text can be an address to ask: "https://" (or "http://", if is_http
 * allows it) with a host, in ASCII without blanks and control characters, up to
 * URL_MAX - 1 bytes, without a user's name, and without a fragment. Who asks it
 * parses it again.
 */
int url_is_usable(const char *text, int is_http);

/*
 * Appends NAME=VALUE to the query of an address, which may have one already;
 * name is plain, value is encoded. Returns 0 or VB_ERANGE.
 */
VB_MUST_CHECK int
url_add(char *url, size_t size, const char *name, const char *value);

/* The same for a form, which is "" at first. */
VB_MUST_CHECK int
form_add(char *form, size_t size, const char *name, const char *value);

/*
 * The value of the header Authorization: "Basic ...", of id and secret as they
 * are; each is encoded as in a form first. Wipes what it needs for it. Returns
 * 0, VB_ERANGE or VB_ENOMEM; out is "" then.
 */
VB_MUST_CHECK int
basic_credentials(const char *id, const char *secret, char *out, size_t size);

#endif
