/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>

#include "worker/parse/basic.h"

#define TEXT_MAX 512 /* of both, decoded */

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int
digit_of(char c)
{
	const char *place = memchr(alphabet, c, sizeof(alphabet) - 1);

	return place == NULL ? -1 : (int)(place - alphabet);
}

/* Four characters. Returns their bytes, or VB_ESYNTAX. */
static int
decode_four(const char *p, int is_last, char out[3])
{
	int pad = !is_last ? 0 : p[3] != '=' ? 0 : p[2] != '=' ? 1 : 2;
	uint32_t bits = 0;
	int i, digit;

	for (i = 0; i < 4 - pad; i++) {
		if ((digit = digit_of(p[i])) < 0)
			return VB_ESYNTAX;
		bits |= (uint32_t)digit << (18 - 6 * i);
	}
	/* each text has one form */
	if ((pad == 1 && (bits & 0xff) != 0) ||
	    (pad == 2 && (bits & 0xffff) != 0))
		return VB_ESYNTAX;
	out[0] = (char)(bits >> 16);
	out[1] = (char)(bits >> 8);
	out[2] = (char)bits;
	return 3 - pad;
}

static int
decode(const struct http_span *text, char out[TEXT_MAX])
{
	size_t i, len = 0;
	int n;

	if (text->len == 0 || text->len % 4 != 0)
		return VB_ESYNTAX;
	if (text->len / 4 * 3 >= TEXT_MAX)
		return VB_ERANGE;
	for (i = 0; i < text->len; i += 4) {
		n = decode_four(text->p + i, i + 4 == text->len, out + len);
		if (n < 0)
			return n;
		len += (size_t)n;
	}
	return (int)len;
}

/* RFC 7617, 2: no control characters. */
static int
is_plain(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			return 0;
	return 1;
}

/* The name ends at the first colon. */
static int
split(const char *text, size_t len, char *name, size_t name_size,
    char *password, size_t password_size)
{
	const char *colon = memchr(text, ':', len);
	size_t before;

	if (colon == NULL || !is_plain(text, len))
		return VB_ESYNTAX;
	before = (size_t)(colon - text);
	if (before >= name_size || len - before - 1 >= password_size)
		return VB_ERANGE;
	memcpy(name, text, before);
	name[before] = '\0';
	memcpy(password, colon + 1, len - before - 1);
	password[len - before - 1] = '\0';
	return 0;
}

int
basic_read(const struct http_head *head, char *name, size_t name_size,
    char *password, size_t password_size)
{
	const struct http_span *field = http_find_field(head, "Authorization");
	struct http_span scheme, text;
	char both[TEXT_MAX];
	int result;

	name[0] = password[0] = '\0';
	if (field == NULL || http_count_fields(head, "Authorization") != 1)
		return VB_ENOTFOUND;
	scheme = *field;
	text = http_span_cut(&scheme, ' ');
	http_span_trim(&text);
	if (!http_span_is(&scheme, "Basic"))
		return VB_ENOTFOUND;
	if ((result = decode(&text, both)) >= 0)
		result = split(both, (size_t)result, name, name_size, password,
		    password_size);
	explicit_bzero(both, sizeof(both));
	return result;
}
