/* SPDX-License-Identifier: ISC */
/* What is wrong with a request, for the log. */
#ifndef VB_FAULT_H
#define VB_FAULT_H

#include "common/errors.h"
#include "worker/parse/http_value.h"

#define FAULT_MAX	384 /* two texts of a field, and what is wrong */
#define FAULT_FIELD_MAX 128

/*
 * Notes what is wrong, foreign text escaped, and returns the status, so that a
 * check can end with it.
 */
int fault_note(char fault[FAULT_MAX], int status, const char *fmt, ...)
    VB_PRINTF(3, 4);

/* A field's text, escaped and cut, for fault_note(). Returns out. */
const char *
fault_field(const struct http_span *span, char out[FAULT_FIELD_MAX]);

#endif
