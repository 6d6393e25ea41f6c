/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/decider.h"
#include "daemon/broker/rights.h"

void
decider_of_policy(struct decider *d, const struct policy_why *why)
{
	char text[RULE_TEXT_MAX];

	memset(d, 0, sizeof(*d));
	if (why->rule == NULL)
		return;
	snprintf(d->rule, sizeof(d->rule), "%s %s",
	    why->rule->is_deny ? "deny" : "allow",
	    rule_format(why->rule, text));
	d->line = why->rule->line;
}

void
decider_of_section(
    struct decider *d, const struct conf *conf, const char *section)
{
	memset(d, 0, sizeof(*d));
	if (section == NULL || section[0] == '\0')
		return;
	snprintf(d->rule, sizeof(d->rule), "access %s", section);
	d->line = rights_line(conf->rights, section);
}

const char *
decider_format(const struct decider *d, char out[DECIDER_TEXT_MAX])
{
	char rule[PROTO_RULE_MAX];

	out[0] = '\0';
	if (d->rule[0] == '\0')
		return out;
	log_escape(d->rule, strlen(d->rule), rule, sizeof(rule));
	if (d->line == 0)
		snprintf(out, DECIDER_TEXT_MAX, " rule=\"%s\"", rule);
	else
		snprintf(out, DECIDER_TEXT_MAX, " rule=\"%s\" line=%u", rule,
		    d->line);
	return out;
}
