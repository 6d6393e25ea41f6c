/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "common/log.h"
#include "daemon/auth/sso_who.h"

static int
is_name(const char *name, void *arg)
{
	(void)arg;
	return users_is_name(name);
}

static int
is_kept_group(const char *name, void *arg)
{
	return users_is_name(name) && group_names_have(arg, name);
}

/* The ID token counts first: it is signed. */
static const json_t *
claims_with(const json_t *claims, const json_t *userinfo, const char *name)
{
	return claims_find(claims, name) != NULL || userinfo == NULL ? claims
								     : userinfo;
}

/* Returns false where they do not fit. */
static int
take_groups(const struct login_desk *desk, const struct msg_conf_oidc *conf,
    const json_t *from, const char *user, struct claims_groups *groups)
{
	const struct claims_names kept = {
	    is_kept_group, (void *)(uintptr_t)&desk->group_names};
	const char *fault;
	int result =
	    claims_groups(from, conf->groups_claim, &kept, groups, &fault);

	if (result == VB_ERANGE)
		return 0;
	if (result < 0) /* none is less than was meant */
		log_warn("provider=\"%s\" %s: %s: no groups are taken from it",
		    conf->button, conf->groups_claim, fault);
	else if (groups->left_out > 0)
		log_info("provider=\"%s\" %s: user=\"%s\" groups=%u "
			 "left-out=%u, which no access section names",
		    conf->button, conf->groups_claim, user, groups->list.count,
		    groups->left_out);
	return 1;
}

int
sso_who(const struct login_desk *desk, const struct provider *provider,
    const json_t *claims, const json_t *userinfo, struct login_who *who,
    struct claims_groups *groups, char why[SSO_WHY_MAX])
{
	static const struct claims_names names = {is_name, NULL};
	const struct msg_conf_oidc *conf = &provider->conf;
	const char *fault;

	if (claims_user(claims_with(claims, userinfo, conf->user_claim),
		conf->user_claim, &names, &who->name, &fault) < 0) {
		snprintf(why, SSO_WHY_MAX, "%s: %s", conf->user_claim, fault);
		return 0;
	}
	who->groups = "";
	if (conf->groups_claim[0] == '\0')
		return 1;
	if (!take_groups(desk, conf,
		claims_with(claims, userinfo, conf->groups_claim), who->name,
		groups)) {
		snprintf(why, SSO_WHY_MAX,
		    "%s: the user %s is in %u groups that access sections "
		    "name: more than fit",
		    conf->groups_claim, who->name,
		    groups->list.count + groups->list.lost);
		return 0;
	}
	who->groups = groups->list.text;
	return 1;
}
