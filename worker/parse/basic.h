/* SPDX-License-Identifier: ISC */
/*
 * The name and password that a program sends with its request: HTTP Basic (RFC
 * 7617), in base64 (RFC 4648, 4) with its padding. Pure, as http.h.
 */
#ifndef VB_BASIC_H
#define VB_BASIC_H

#include "common/errors.h"
#include "worker/parse/http_value.h"

/*
 * Reads the one Authorization field. Returns 0, and **gives** both texts, which
 * may be empty; VB_ENOTFOUND where there is none, two, or one of another
 * scheme, VB_ESYNTAX for what is no such text, or has a control character, and
 * VB_ERANGE where one does not fit. Then both are "".
 */
VB_MUST_CHECK int basic_read(const struct http_head *head, char *name,
    size_t name_size, char *password, size_t password_size);

#endif
