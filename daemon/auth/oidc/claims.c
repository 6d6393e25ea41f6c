/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/auth/oidc/claims.h"

#define EMAIL	      "email"
#define EMAIL_CHECKED "email_verified"

static int
refuse(const char **fault, int error, const char *why)
{
	*fault = why;
	return error;
}

const json_t *
claims_find(const json_t *claims, const char *name)
{
	const json_t *found;
	const char *dot;

	while ((found = object_member(claims, name)) == NULL &&
	    (dot = strchr(name, '.')) != NULL) {
		claims = json_object_getn(claims, name, (size_t)(dot - name));
		name = dot + 1;
	}
	return found;
}

/*
 * Where nobody has looked at it, anybody can write anybody's there. Some
 * providers write the flag as text.
 */
static int
is_email_verified(const json_t *claims)
{
	const json_t *flag = object_member(claims, EMAIL_CHECKED);

	return json_is_true(flag) ||
	    (json_is_string(flag) &&
		strcmp(json_string_value(flag), "true") == 0);
}

int
claims_user(const json_t *claims, const char *name,
    const struct claims_names *names, const char **out, const char **fault)
{
	const json_t *found = claims_find(claims, name);
	const char *text = json_string_value(found);

	*out = NULL;
	*fault = NULL;
	if (found == NULL)
		return refuse(fault, VB_ENOTFOUND,
		    "the provider does not say the user's name (user-claim)");
	if (text == NULL)
		return refuse(fault, VB_ESYNTAX,
		    "the user's name is no text (user-claim)");
	if (strlen(text) > CLAIMS_USER_MAX || !names->is_name(text, names->arg))
		return refuse(fault, VB_ESYNTAX,
		    "the user's name is none that the bridge takes");
	if (strcmp(name, EMAIL) == 0 && !is_email_verified(claims))
		return refuse(fault, VB_ESYNTAX,
		    "the user's address is not verified (email_verified)");
	*out = text;
	return 0;
}

/* Whether "a,b" has it. */
static void
take_group(struct claims_groups *out, const json_t *item,
    const struct claims_names *names)
{
	const char *group = json_string_value(item);

	if (group != NULL && group[0] == '/')
		group++;
	/* a comma would be two groups, whatever is taken as a name */
	if (group != NULL && group[0] != '\0' && strchr(group, ',') == NULL &&
	    strlen(group) < AUTH_NAME_MAX && names->is_name(group, names->arg))
		group_list_add(&out->list, group);
	else
		out->left_out++;
}

static void
take_all(struct claims_groups *out, const json_t *found,
    const struct claims_names *names)
{
	size_t i, n = json_array_size(found);

	if (json_is_string(found))
		take_group(out, found, names);
	if (n > CLAIMS_ITEMS_MAX)
		out->list.lost = (unsigned)n;
	for (i = 0; i < n && n <= CLAIMS_ITEMS_MAX; i++)
		take_group(out, json_array_get(found, i), names);
}

int
claims_groups(const json_t *claims, const char *name,
    const struct claims_names *names, struct claims_groups *out,
    const char **fault)
{
	const json_t *found = claims_find(claims, name);

	memset(out, 0, sizeof(*out));
	*fault = NULL;
	if (found == NULL)
		return 0;
	if (!json_is_array(found) && !json_is_string(found))
		return refuse(fault, VB_ESYNTAX,
		    "the user's groups are neither text nor an array of it "
		    "(groups-claim)");
	take_all(out, found, names);
	if (out->list.lost == 0)
		return 0;
	out->list.text[0] = '\0';
	return refuse(fault, VB_ERANGE,
	    "the user has more groups than the bridge has room for");
}
