/* SPDX-License-Identifier: ISC */
/* The -x arguments: how the testcard misbehaves. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/testcard/testcard.h"

void
knobs_init(struct knobs *k)
{
	memset(k, 0, sizeof(*k));
	k->stall_after = CARD_NEVER;
	k->cut_after = CARD_NEVER;
	k->source = -1;
}

static bool
parse_bytes(const char *text, int64_t *out)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 0)
		return false;
	*out = value;
	return true;
}

static bool
set_switch(struct knobs *k, const char *text)
{
	const struct {
		const char *name;
		bool *is_on;
	} switches[] = {
	    {"stall-greeting", &k->stall_greeting},
	    {"flood", &k->flood},
	    {"garbage", &k->garbage},
	    {"no-read", &k->no_read},
	    {"sink", &k->sink},
	    {"echo", &k->echo},
	    {"half-close", &k->half_close},
	};
	size_t i;

	for (i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		if (strcmp(text, switches[i].name) == 0) {
			*switches[i].is_on = true;
			return true;
		}
	return false;
}

bool
knobs_set(struct knobs *k, const char *text)
{
	const char *value = strchr(text, '=');
	size_t len;

	if (value == NULL)
		return set_switch(k, text);
	len = (size_t)(value++ - text);
	if (len == 11 && memcmp(text, "stall-after", len) == 0)
		return parse_bytes(value, &k->stall_after);
	if (len == 9 && memcmp(text, "cut-after", len) == 0)
		return parse_bytes(value, &k->cut_after);
	if (len == 7 && memcmp(text, "cut-rst", len) == 0) {
		k->cut_with_rst = true;
		return parse_bytes(value, &k->cut_after);
	}
	if (len == 6 && memcmp(text, "source", len) == 0)
		return parse_bytes(value, &k->source);
	if (len == 3 && memcmp(text, "cut", len) == 0) {
		k->cut_text = value;
		return true;
	}
	return false;
}
