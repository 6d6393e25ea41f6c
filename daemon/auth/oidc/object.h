/* SPDX-License-Identifier: ISC */
/*
 * A JSON object (RFC 8259) that somebody else wrote, and its members. jansson
 * parses; what is stricter here: no member twice, no NUL in a string, a bound
 * for the text and for how deep it is nested. A member that is null is one that
 * is not there.
 */
#ifndef VB_OIDC_OBJECT_H
#define VB_OIDC_OBJECT_H

#include <jansson.h>
#include <stddef.h>

#include "common/errors.h"

#define OBJECT_TEXT_MAX	 (256UL * 1024) /* bytes */
#define OBJECT_DEPTH_MAX 32		/* objects and arrays in each other */
/* *fault of VB_ENOMEM, of all that has a fault: it is never NULL then */
#define OBJECT_NO_MEMORY "there is no memory for the provider's answer"

#define OBJECT_TIME_MAX	 9007199254740992.0 /* 2^53: seconds, exactly */

/*
 * Parses len bytes that are one object and white space; **borrows** text.
 * **Gives** the object in *out (json_decref(3)), or NULL there. Returns 0,
 * VB_ESYNTAX, VB_ERANGE (too long, or nested too deep), or VB_ENOMEM.
 */
VB_MUST_CHECK int object_parse(const char *text, size_t len, json_t **out);

/* The member, or NULL where there is none, or null. Borrowed from o. */
json_t *object_member(const json_t *o, const char *name);

/*
 * A member that is a string of 1 to max bytes without control characters. *out
 * lives as long as o; NULL after an error. Returns 0, VB_ENOTFOUND, VB_ESYNTAX
 * for another type or other bytes, or VB_ERANGE for its length.
 */
VB_MUST_CHECK int
object_text(const json_t *o, const char *name, size_t max, const char **out);

/*
 * A NumericDate (RFC 7519, 2): seconds since 1970, perhaps with a fraction.
 * Returns 0, VB_ENOTFOUND, VB_ESYNTAX for another type, or VB_ERANGE below 0
 * and above OBJECT_TIME_MAX.
 */
VB_MUST_CHECK int object_time(const json_t *o, const char *name, double *out);

/* 1 or 0; VB_ENOTFOUND, or VB_ESYNTAX for another type. */
VB_MUST_CHECK int object_flag(const json_t *o, const char *name);

/* Whether array is an array that has this string. */
int object_list_has(const json_t *array, const char *text);

/* Whether array is an array of strings, without a NUL, and nothing else. */
int object_is_list(const json_t *array);

#endif
