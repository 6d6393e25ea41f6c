/* SPDX-License-Identifier: ISC */
#include <stdio.h>
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

/* Names with commas between them, and perhaps blanks. */
static void
take_groups(
    const struct group_names *kept, const char *text, struct group_list *out)
{
	char name[USERS_NAME_MAX + 1];
	size_t len;

	memset(out, 0, sizeof(*out));
	while (*text != '\0') {
		text += strspn(text, ", \t");
		len = strcspn(text, ",");
		while (len > 0 && strchr(" \t", text[len - 1]) != NULL)
			len--;
		if (len > 0 && len < sizeof(name)) {
			memcpy(name, text, len);
			name[len] = '\0';
			if (users_is_name(name) && group_names_have(kept, name))
				group_list_add(out, name);
		}
		text += strcspn(text, ",");
	}
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
    int *is_new, char why[NAMED_WHY_MAX])
{
	struct group_list list;
	struct login_who who = {.kind = LOGIN_BY_HEADER,
	    .name = name,
	    .groups = list.text,
	    .client = *client};
	const struct login_record *login;

	const char *fault = fault_of(desk, name);

	*is_new = 0;
	if (fault != NULL) {
		strlcpy(why, fault, NAMED_WHY_MAX);
		return NULL;
	}
	take_groups(&desk->group_names, groups, &list);
	if (list.lost > 0) {
		snprintf(why, NAMED_WHY_MAX,
		    "%u groups that access sections name: more than fit",
		    list.count + list.lost);
		return NULL;
	}
	strlcpy(why, "it could not be checked", NAMED_WHY_MAX);
	memcpy(who.proof, desk->header_proof, sizeof(who.proof));
	return derived_login(desk->logins, &who, &desk->limits, cookie, &login,
		   is_new) == 0
	    ? login
	    : NULL;
}
