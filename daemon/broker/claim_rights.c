/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/bits.h"
#include "daemon/broker/claim_rights.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/rights.h"
#include "daemon/broker/session.h"

/* Whether an entry means them; name "": nobody has logged in. */
static int
is_meant(const char *who, const char *name, const char *groups)
{
	if (strcmp(who, "*") == 0)
		return 1;
	if (name[0] == '\0')
		return 0;
	return who[0] == '@' ? rights_has_group(groups, who + 1)
			     : strcmp(who, name) == 0;
}

static int
may(const struct conf *conf, const struct configured *t,
    const struct session *s, enum claim_right right)
{
	uint32_t index = (uint32_t)(t - conf->targets);
	const char *groups = s->login == NULL ? "" : s->login->groups;
	const char *name = s->login == NULL ? "" : s->login->name;
	size_t i;

	for (i = 0; i < conf->claim_count; i++)
		if (conf->claims[i].target == index &&
		    conf->claims[i].right == right &&
		    is_meant(conf->claims[i].who, name, groups))
			return 1;
	return 0;
}

int
claim_may_take(const struct conf *conf, const struct configured *t,
    const struct session *s)
{
	return may(conf, t, s, CLAIM_TAKEOVER);
}

int
claim_may_watch(const struct conf *conf, const struct configured *t,
    const struct session *s)
{
	return may(conf, t, s, CLAIM_WATCH);
}

void
claim_fill_rights(const struct conf *conf, const struct msg_vouched *who,
    struct claim_rights *rights)
{
	const struct msg_conf_claim *claim;
	uint8_t *bits;
	size_t i;

	memset(rights, 0, sizeof(*rights));
	for (i = 0; i < conf->claim_count; i++) {
		claim = &conf->claims[i];
		bits = claim->right == CLAIM_WATCH ? rights->may_watch
						   : rights->may_take;
		if (is_meant(claim->who, who->name, who->groups))
			bits_set(bits, claim->target);
	}
}
