/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>

#include "common/log.h"
#include "worker/parse/fault.h"

int
fault_note(char fault[FAULT_MAX], int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fault, FAULT_MAX, fmt, ap);
	va_end(ap);
	return status;
}

const char *
fault_field(const struct http_span *span, char out[FAULT_FIELD_MAX])
{
	return log_escape(span->p, span->len, out, FAULT_FIELD_MAX);
}
