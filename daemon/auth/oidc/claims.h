/* SPDX-License-Identifier: ISC */
/*
 * The user and the groups that a provider's claims name, of an ID token or of
 * userinfo. Pure.
 */
#ifndef VB_OIDC_CLAIMS_H
#define VB_OIDC_CLAIMS_H

#include "daemon/auth/oidc/group_list.h"
#include "daemon/auth/oidc/object.h"

#define CLAIMS_USER_MAX	 (AUTH_NAME_MAX - 1) /* bytes */
#define CLAIMS_ITEMS_MAX 4096		     /* of a groups claim */

/* Whether the bridge takes the name, of a user or of a group: users.h. */
typedef int claims_is_name(const char *name, void *arg);

struct claims_names {
	claims_is_name *is_name;
	void *arg; /* its own */
};

struct claims_groups {
	struct group_list list;
	unsigned left_out; /* items that are not taken */
};

/*
 * The claim of that very name, or, if there is none, the one at the path of
 * names with dots between them: "realm_access.roles". NULL: there is none.
 * Borrowed from claims.
 */
const json_t *claims_find(const json_t *claims, const char *name);

/*
 * The user's name: a text that is taken. "email" counts only where
 * "email_verified" is true. *out lives as
 * long as claims, NULL after an error. Returns 0, VB_ENOTFOUND where there is
 * no such claim, or VB_ESYNTAX; *fault is a constant text for the log.
 */
VB_MUST_CHECK int claims_user(const json_t *claims, const char *name,
    const struct claims_names *names, const char **out, const char **fault);

/*
 * The groups: an array of texts, or one text, which is one group. A "/" at the
 * front, as paths of groups have, is taken off; what is no name then is left
 * out and counted. No such claim is no group. Returns 0, VB_ESYNTAX for a claim
 * of another type, or VB_ERANGE where they do not fit, since fewer than meant
 * are not what was meant: out has their number, and none of them; *fault is a
 * constant text for the log.
 */
VB_MUST_CHECK int claims_groups(const json_t *claims, const char *name,
    const struct claims_names *names, struct claims_groups *out,
    const char **fault);

#endif
