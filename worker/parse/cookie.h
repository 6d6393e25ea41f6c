/* SPDX-License-Identifier: ISC */
/*
 * The cookie that a browser shows for its login (RFC 6265, 4.2 and 5.4): a
 * number of 256 bits, in base64url (RFC 4648, 5) without padding. Pure, as
 * http.h.
 */
#ifndef VB_COOKIE_H
#define VB_COOKIE_H

#include <stdint.h>

#include "worker/parse/http_value.h"

#define COOKIE_BYTES 32
#define COOKIE_TEXT  43 /* characters of it */

/*
 * Finds the cookie of that name in a head's Cookie fields. Returns 1 and its
 * number; 0 and zeroes where there is none, where it is not such a number, or
 * where there are two that differ: whoever added one must not choose which is
 * taken.
 */
int cookie_find(const struct http_head *head, const char *name,
    uint8_t number[COOKIE_BYTES]);

/* The number as text, with a NUL. */
void
cookie_format(const uint8_t number[COOKIE_BYTES], char out[COOKIE_TEXT + 1]);

#endif
