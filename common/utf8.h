/* SPDX-License-Identifier: ISC */
/* Characters of UTF-8. */
#ifndef VB_UTF8_H
#define VB_UTF8_H

#include <stddef.h>

/*
 * How many bytes the UTF-8 character at p has (RFC 3629, 4), or 0: there is
 * none. The NUL ends it in any case.
 */
size_t utf8_length(const unsigned char *p);

#endif
