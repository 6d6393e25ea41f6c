/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <stdio.h>

#include "daemon/ctl/json.h"
#include "common/utf8.h"

#define REPLACEMENT "\\ufffd"

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
