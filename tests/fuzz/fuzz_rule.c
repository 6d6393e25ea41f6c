/* SPDX-License-Identifier: ISC */
/*
 * Entries of allow and deny: whatever is taken covers what it names, and
 * not the port beside its range.
 */
#include <stdlib.h>
#include <string.h>

#include "common/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static void
check_rule(const struct rule *r)
{
	struct addr a = r->addr;
	char text[RULE_TEXT_MAX];
	struct rule again;

	must(rule_parse(rule_format(r, text), &again) == 0);
	must(memcmp(r, &again, sizeof(again)) == 0);
	must(r->port_first >= 1 && r->port_first <= r->port_last);
	switch (r->kind) {
	case RULE_PREFIX:
		must(rule_matches_addr(r, &a, r->port_first));
		must(!rule_matches_addr(r, &a, (uint16_t)(r->port_first - 1)));
		if (r->is_exact) {
			a.ip[0] ^= 0x80;
			must(!rule_matches_addr(r, &a, r->port_first));
		}
		must(!rule_matches_name(r, "name", r->port_first));
		break;
	case RULE_NAME:
		must(rule_matches_name(r, r->name, r->port_last));
		break;
	case RULE_SUFFIX:
		must(!rule_matches_name(r, r->name + 1, r->port_last));
		break;
	case RULE_ANY:
		must(rule_matches_name(r, "name", r->port_first));
		break;
	default:
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rule r;
	char *text;

	if ((text = malloc(size + 1)) == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (rule_parse(text, &r) == 0)
		check_rule(&r);
	free(text);
	return 0;
}
