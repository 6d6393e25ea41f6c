/* SPDX-License-Identifier: ISC */
/*
 * The body of a form that a browser has posted: application/
 * x-www-form-urlencoded (URL Standard, 5.1). Pure, as http.h.
 */
#ifndef VB_FORM_H
#define VB_FORM_H

#include "worker/parse/http_value.h"

/*
 * Decodes the field of that name into out, NUL-terminated. Returns its length,
 * VB_ENOTFOUND where the form does not have it, VB_ESYNTAX if it has it twice,
 * or for a bad escape, a NUL or a line break in a name or in this value, or
 * VB_ERANGE if it does not fit. out is "" then.
 */
VB_MUST_CHECK int form_field(
    const struct http_span *form, const char *name, char *out, size_t size);

#endif
