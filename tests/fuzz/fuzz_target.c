/* SPDX-License-Identifier: ISC */
/*
 * Target text: whatever is taken has a canonical text that parses to the
 * same target, and names a host and a port in range.
 */
#include <stdlib.h>
#include <string.h>

#include "common/target.h"

#define DEFAULT_PORT 5901
#define SMALL_PORT   80

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct target t, again, exact;
	char canonical[TARGET_TEXT_MAX], *text;

	if ((text = malloc(size + 1)) == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (target_parse(text, DEFAULT_PORT, &t) == 0) {
		must(t.port != 0);
		must((t.name[0] != '\0') == (t.addr.family == ADDR_NONE));
		target_format(&t, canonical);
		must(target_parse(canonical, DEFAULT_PORT, &again) == 0);
		t.has_port = 1;
		must(target_parse_canonical(canonical, &exact) == 0);
		must(memcmp(&t, &exact, sizeof(t)) == 0);
		must(memcmp(&t, &again, sizeof(t)) == 0);
	}
	/* with any default port, a display's too */
	if (target_parse(text, SMALL_PORT, &t) == 0) {
		target_format(&t, canonical);
		must(target_parse_canonical(canonical, &exact) == 0);
		t.has_port = 1;
		must(memcmp(&t, &exact, sizeof(t)) == 0);
	}
	free(text);
	return 0;
}
