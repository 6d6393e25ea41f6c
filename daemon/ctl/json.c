/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <stdio.h>

#include "daemon/ctl/json.h"

#define REPLACEMENT "\\ufffd"

/*
 * How many bytes the UTF-8 character at p has (RFC 3629, 4), or 0: there is
 * none. The NUL ends it in any case.
 */
static size_t
utf8_length(const unsigned char *p)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t i, n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0; /* no longer than needed */
	else if (p[0] == 0xed)
		high = 0x9f; /* no surrogates */
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f; /* up to U+10FFFF */
	for (i = 1; i < n; i++) {
		if (p[i] < low || p[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return n;
}

static void
put_ascii(unsigned char c)
{
	if (c == '"' || c == '\\')
		printf("\\%c", c);
	else if (c < 0x20 || c == 0x7f)
		printf("\\u%04x", c);
	else
		putchar(c);
}

void
json_string(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n;

	putchar('"');
	while (*p != '\0') {
		n = utf8_length(p);
		if (n == 1)
			put_ascii(*p);
		else if (n == 0)
			fputs(REPLACEMENT, stdout);
		else
			fwrite(p, 1, n, stdout);
		p += n == 0 ? 1 : n;
	}
	putchar('"');
}
