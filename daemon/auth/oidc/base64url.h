/* SPDX-License-Identifier: ISC */
/* base64 for URLs, without padding (RFC 4648, 5; RFC 7515, 2). Pure. */
#ifndef VB_OIDC_BASE64URL_H
#define VB_OIDC_BASE64URL_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

/* bytes that len characters are at most, characters that len bytes are */
#define BASE64URL_BYTES(len) ((len) / 4 * 3 + 2)
#define BASE64URL_CHARS(len) (((len)*4 + 2) / 3)

/*
 * Decodes len characters; **borrows** text. Each text has one form: padding,
 * white space, characters of the other alphabet and bits that belong to no byte
 * are refused. Returns the number of bytes in out, VB_ESYNTAX, or VB_ERANGE
 * where they do not fit.
 */
VB_MUST_CHECK int
base64url_decode(const char *text, size_t len, uint8_t *out, size_t size);

/* Writes BASE64URL_CHARS(len) characters and a NUL. */
void base64url_encode(const uint8_t *data, size_t len, char *out);

#endif
