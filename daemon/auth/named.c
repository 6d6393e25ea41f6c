/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/auth/derived.h"
#include "daemon/auth/digest.h"
#include "daemon/auth/named.h"

int
named_prove(
    const struct msg_conf_header *header, uint8_t out[LOGIN_PROOF_BYTES])
{
	struct digest digest;

	digest_begin(&digest);
	digest_add(&digest, "header");
	digest_add(&digest, header->user);
	digest_add(&digest, header->groups);
	return digest_end(&digest, out);
}

/* Names with commas between them, and perhaps blanks; each once is enough. */
static int
take_groups(const char *text, char out[LOGINS_GROUPS_MAX])
{
	char name[USERS_NAME_MAX + 1];
	size_t len;

	out[0] = '\0';
	while (*text != '\0') {
		text += strspn(text, ", \t");
		len = strcspn(text, ",");
		while (len > 0 && strchr(" \t", text[len - 1]) != NULL)
			len--;
		if (len > 0 && len < sizeof(name)) {
			memcpy(name, text, len);
			name[len] = '\0';
			if (users_is_name(name) &&
			    ((out[0] != '\0' &&
				 strlcat(out, ",", LOGINS_GROUPS_MAX) >=
				     LOGINS_GROUPS_MAX) ||
				strlcat(out, name, LOGINS_GROUPS_MAX) >=
				    LOGINS_GROUPS_MAX))
				return 0;
		}
		text += strcspn(text, ",");
	}
	return 1;
}

/* Returns NULL, or why that name has no login. */
static const char *
fault_of(const struct login_desk *desk, const char *name)
{
	const struct user *user;

	if (!desk->has_header)
		return "no proxy is asked who it is";
	if (!users_is_name(name))
		return "that is no user's name";
	user = desk->users == NULL ? NULL : users_find(desk->users, name);
	return user != NULL && user->is_locked ? "the account is locked" : NULL;
}

const struct login_record *
named_login(struct login_desk *desk, const struct addr *client,
    const char *name, const char *groups, uint8_t cookie[LOGIN_COOKIE_BYTES],
    int *is_new, const char **why)
{
	char list[LOGINS_GROUPS_MAX];
	struct login_who who = {.kind = LOGIN_BY_HEADER,
	    .name = name,
	    .groups = list,
	    .client = *client};
	const struct login_record *login;

	*is_new = 0;
	if ((*why = fault_of(desk, name)) != NULL)
		return NULL;
	*why = "it has too many groups";
	if (!take_groups(groups, list))
		return NULL;
	*why = "it could not be checked";
	memcpy(who.proof, desk->header_proof, sizeof(who.proof));
	return derived_login(desk->logins, &who, &desk->limits, cookie, &login,
		   is_new) == 0
	    ? login
	    : NULL;
}
