/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "worker/parse/form.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Takes one byte off the span. Returns it, or VB_ESYNTAX. */
static int
take_byte(struct http_span *span)
{
	int high, low, byte = (unsigned char)*span->p;
	size_t used = 1;

	if (byte == '+')
		byte = ' ';
	else if (byte == '%') {
		if (span->len < 3 || (high = hex_value(span->p[1])) < 0 ||
		    (low = hex_value(span->p[2])) < 0)
			return VB_ESYNTAX;
		byte = high << 4 | low;
		used = 3;
	}
	span->p += used;
	span->len -= used;
	return byte == '\0' || byte == '\r' || byte == '\n' ? VB_ESYNTAX : byte;
}

static int
decode(struct http_span span, char *out, size_t size)
{
	size_t n = 0;
	int byte;

	while (span.len > 0) {
		if ((byte = take_byte(&span)) < 0)
			return byte;
		if (n + 1 >= size)
			return VB_ERANGE;
		out[n++] = (char)byte;
	}
	out[n] = '\0';
	return (int)n;
}

/* Returns 1 if a name of the form is this one, 0 if not, or VB_ESYNTAX. */
static int
is_name(struct http_span span, const char *name)
{
	int byte, is_same = 1;

	while (span.len > 0) {
		if ((byte = take_byte(&span)) < 0)
			return byte;
		is_same = is_same && *name == (char)byte;
		name += is_same;
	}
	return is_same && *name == '\0';
}

int
form_field(
    const struct http_span *form, const char *name, char *out, size_t size)
{
	struct http_span rest = *form, field, value, found = {NULL, 0};
	int result;

	out[0] = '\0';
	while (rest.len > 0) {
		field = rest;
		rest = http_span_cut(&field, '&');
		value = http_span_cut(&field, '=');
		if ((result = is_name(field, name)) < 0)
			return result;
		if (result == 0)
			continue;
		if (found.p != NULL)
			return VB_ESYNTAX;
		found = value;
	}
	if (found.p == NULL)
		return VB_ENOTFOUND;
	if ((result = decode(found, out, size)) < 0)
		explicit_bzero(out, size);
	return result;
}
