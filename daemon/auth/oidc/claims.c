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
static int
has_group(const char *text, const char *group)
{
	size_t len = strlen(group);

	while (*text != '\0') {
		if (strncmp(text, group, len) == 0 &&
		    (text[len] == ',' || text[len] == '\0'))
			return 1;
		text += strcspn(text, ",");
		text += *text == ',';
	}
	return 0;
}

/* Returns false if there is no room. */
static int
add_group(struct claims_groups *out, const char *group)
{
	size_t used = strlen(out->text), len = strlen(group);

	if (has_group(out->text, group))
		return 1;
	if (used + (used > 0) + len >= sizeof(out->text))
		return 0;
	if (used > 0)
		out->text[used++] = ',';
	memcpy(out->text + used, group, len + 1);
	out->count++;
	return 1;
}

/* Returns false if there is no room; what is no name needs none. */
static int
take_group(struct claims_groups *out, const json_t *item,
    const struct claims_names *names)
{
	const char *group = json_string_value(item);

	if (group != NULL && group[0] == '/')
		group++;
	/* a comma would be two groups, whatever is taken as a name */
	if (group != NULL && group[0] != '\0' && strchr(group, ',') == NULL &&
	    strlen(group) < AUTH_NAME_MAX && names->is_name(group, names->arg))
		return add_group(out, group);
	out->left_out++;
	return 1;
}

static int
take_all(struct claims_groups *out, const json_t *found,
    const struct claims_names *names)
{
	const json_t *item;
	size_t i;

	if (json_is_string(found))
		return take_group(out, found, names);
	if (json_array_size(found) > CLAIMS_ITEMS_MAX)
		return 0;
	json_array_foreach(
	    found, i, item) if (!take_group(out, item, names)) return 0;
	return 1;
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
	if (take_all(out, found, names))
		return 0;
	memset(out, 0, sizeof(*out));
	return refuse(fault, VB_ERANGE,
	    "the user has more groups than the bridge has room for");
}
