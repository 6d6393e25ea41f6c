/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/pam/groups.h"

#define GROUPS_FIRST 64
#define GROUPS_MOST  65536 /* NGROUPS_MAX of Linux */

int
groups_is_name(const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		if (i == AUTH_NAME_MAX - 1 ||
		    (!isalnum((unsigned char)name[i]) &&
			strchr("._-@", name[i]) == NULL))
			return 0;
	return i > 0 && name[0] != '-' && name[0] != '@';
}

static int
add(char out[AUTH_GROUPS_MAX], const char *name)
{
	if (out[0] != '\0' &&
	    strlcat(out, ",", AUTH_GROUPS_MAX) >= AUTH_GROUPS_MAX)
		return VB_EFULL;
	return strlcat(out, name, AUTH_GROUPS_MAX) >= AUTH_GROUPS_MAX ? VB_EFULL
								      : 0;
}

/* **Gives** them in *list. Returns how many, or VB_ENOMEM. */
static int
list_groups(const struct passwd *pw, gid_t **list)
{
	int count, size = GROUPS_FIRST;
	gid_t *grown;

	for (*list = NULL; size <= GROUPS_MOST; size *= 2) {
		grown = reallocarray(*list, (size_t)size, sizeof(**list));
		if (grown == NULL)
			break;
		*list = grown;
		count = size;
		if (getgrouplist(pw->pw_name, pw->pw_gid, *list, &count) >= 0)
			return count;
	}
	free(*list);
	*list = NULL;
	return VB_ENOMEM;
}

/* One without a name is of no use. */
static int
add_names(const gid_t *list, int count, const struct group_names *names,
    char out[AUTH_GROUPS_MAX])
{
	const struct group *group;
	int i, result = 0;

	for (i = 0; i < count && result == 0; i++) {
		errno = 0;
		if ((group = getgrgid(list[i])) == NULL) {
			if (errno == EIO || errno == EMFILE || errno == ENOMEM)
				result = VB_ESYS;
		} else if (group_names_have(names, group->gr_name))
			result = add(out, group->gr_name);
	}
	return result;
}

int
groups_of(const char *user, const struct group_names *names,
    char out[AUTH_GROUPS_MAX])
{
	const struct passwd *pw;
	gid_t *list;
	int count, result;

	out[0] = '\0';
	errno = 0;
	if ((pw = getpwnam(user)) == NULL)
		return errno == EIO || errno == EMFILE || errno == ENOMEM
		    ? VB_ESYS
		    : 0;
	if ((count = list_groups(pw, &list)) < 0)
		return count;
	result = add_names(list, count, names, out);
	free(list);
	return result;
}
