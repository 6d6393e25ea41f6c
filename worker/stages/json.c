/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>

#include "worker/stages/json.h"

/* RFC 8259, 7 */
void
json_add_string(struct evbuffer *out, const char *text)
{
	const unsigned char *p;

	evbuffer_add(out, "\"", 1);
	for (p = (const unsigned char *)text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\' || *p == '<' || *p < 0x20)
			evbuffer_add_printf(out, "\\u%04x", *p);
		else
			evbuffer_add(out, p, 1);
	}
	evbuffer_add(out, "\"", 1);
}
