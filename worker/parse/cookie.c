/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "worker/parse/cookie.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Returns 0 or VB_ESYNTAX. Each number has one text. */
static int
parse(const struct http_span *text, uint8_t number[COOKIE_BYTES])
{
	const char *place;
	uint32_t bits = 0;
	unsigned count = 0;
	size_t i, n = 0;

	if (text->len != COOKIE_TEXT)
		return VB_ESYNTAX;
	for (i = 0; i < COOKIE_TEXT; i++) {
		place = memchr(alphabet, text->p[i], sizeof(alphabet) - 1);
		if (place == NULL)
			return VB_ESYNTAX;
		bits = bits << 6 | (uint32_t)(place - alphabet);
		if ((count += 6) < 8)
			continue;
		count -= 8;
		number[n++] = (uint8_t)(bits >> count);
	}
	return (bits & ((1U << count) - 1)) == 0 ? 0 : VB_ESYNTAX;
}

/* One field's value. Returns 2 if it has another than was found before. */
static int
find_in(
    const struct http_span *field, const char *name, struct http_span *found)
{
	struct http_span rest = *field, pair, value;
	int n = 0;

	while (rest.len > 0) {
		pair = rest;
		rest = http_span_cut(&pair, ';');
		value = http_span_cut(&pair, '=');
		http_span_trim(&pair);
		http_span_trim(&value);
		/* case counts (RFC 6265, 4.1.1) */
		if (pair.len != strlen(name) ||
		    memcmp(pair.p, name, pair.len) != 0)
			continue;
		if (found->p != NULL &&
		    (found->len != value.len ||
			memcmp(found->p, value.p, value.len) != 0))
			return 2;
		*found = value;
		n = 1;
	}
	return n;
}

int
cookie_find(const struct http_head *head, const char *name,
    uint8_t number[COOKIE_BYTES])
{
	struct http_span found = {NULL, 0};
	int count = 0;
	size_t i;

	for (i = 0; i < head->field_count && count < 2; i++)
		if (http_span_is(&head->fields[i].name, "Cookie"))
			count = find_in(&head->fields[i].value, name, &found);
	if (count < 2 && found.p != NULL && parse(&found, number) == 0)
		return 1;
	explicit_bzero(number, COOKIE_BYTES);
	return 0;
}

void
cookie_format(const uint8_t number[COOKIE_BYTES], char out[COOKIE_TEXT + 1])
{
	uint32_t bits = 0;
	unsigned count = 0;
	size_t i, n = 0;

	for (i = 0; i < COOKIE_BYTES; i++) {
		bits = bits << 8 | number[i];
		for (count += 8; count >= 6; count -= 6)
			out[n++] = alphabet[bits >> (count - 6) & 0x3f];
	}
	if (count > 0)
		out[n++] = alphabet[bits << (6 - count) & 0x3f];
	out[n] = '\0';
}
