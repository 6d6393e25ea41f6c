/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "worker/parse/greeting.h"

/* Whether the byte may be there: 'd' is any digit. */
static int
is_expected(uint8_t byte, size_t at)
{
	static const char pattern[] = "RFB ddd.ddd\n";

	if (pattern[at] == 'd')
		return byte >= '0' && byte <= '9';
	return byte == (uint8_t)pattern[at];
}

int
greeting_take(struct greeting *g, const uint8_t *data, size_t len, size_t *used)
{
	size_t at = g->len, want = GREETING_BYTES - at;

	*used = len < want ? len : want;
	memcpy(g->bytes + at, data, *used);
	g->len = (uint8_t)(at + *used);
	for (; at < g->len; at++)
		if (!is_expected(g->bytes[at], at))
			return VB_EBADMSG;
	return g->len == GREETING_BYTES;
}

int
greeting_is_repeater(const struct greeting *g)
{
	static const char repeater[] = "RFB 000.000\n";

	return g->len == GREETING_BYTES &&
	    memcmp(g->bytes, repeater, GREETING_BYTES) == 0;
}
