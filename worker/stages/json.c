/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>

#include "worker/stages/json.h"

static int
is_special(unsigned char byte)
{
	return byte == '"' || byte == '\\' || byte == '<' || byte < 0x20;
}

/* RFC 8259, 7 */
void
json_add_string(struct evbuffer *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t plain;

	evbuffer_add(out, "\"", 1);
	while (*p != '\0') {
		for (plain = 0; p[plain] != '\0' && !is_special(p[plain]);)
			plain++;
		evbuffer_add(out, p, plain);
		p += plain;
		if (*p != '\0')
			evbuffer_add_printf(out, "\\u%04x", *p++);
	}
	evbuffer_add(out, "\"", 1);
}
