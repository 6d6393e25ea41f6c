/* SPDX-License-Identifier: ISC */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle/privs.h"

#define GROUPS_FIRST 32

int
privs_find(const char *user, struct privs *out, char *error, size_t error_size)
{
	struct passwd *pw;

	out->is_root = geteuid() == 0;
	out->uid = geteuid();
	out->gid = getegid();
	if (!out->is_root)
		return 0;
	if ((pw = getpwnam(user)) == NULL) {
		snprintf(error, error_size,
		    "user \"%s\" does not exist: make it (useradd -r %s), or "
		    "name another with user = \"...\"",
		    user, user);
		return VB_ENOTFOUND;
	}
	if (pw->pw_uid == 0 || pw->pw_gid == 0) {
		snprintf(error, error_size,
		    "user \"%s\" is root: nothing here runs as root", user);
		return VB_ENOTFOUND;
	}
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	return 0;
}

int
privs_keep_groups(
    const char *user, struct privs *privs, char *error, size_t error_size)
{
	int count = GROUPS_FIRST;
	gid_t *list = NULL, *grown;

	if (!privs->is_root)
		return 0; /* an ordinary user's stay anyway */
	do {
		privs->group_count = count;
		if ((grown = reallocarray(
			 list, (size_t)count, sizeof(*list))) == NULL) {
			free(list);
			snprintf(error, error_size,
			    "no memory for the groups of user \"%s\"", user);
			return VB_ENOMEM;
		}
		list = grown;
	} while (getgrouplist(user, privs->gid, list, &count) == -1 &&
	    count > privs->group_count);
	privs->groups = list;
	privs->group_count = count;
	return 0;
}

/* Its own group alone, unless others are to stay. */
void
privs_forget_groups(struct privs *privs)
{
	free(privs->groups);
	privs->groups = NULL;
	privs->group_count = 0;
}

static int
drop_groups(const struct privs *privs)
{
	if (!privs->is_root)
		return 0;
	return privs->groups == NULL
	    ? setgroups(1, &privs->gid)
	    : setgroups((size_t)privs->group_count, privs->groups);
}

/*
 * Without CAP_SETPCAP we can't (a container may give root only what it needs to
 * become another user), and without capabilities need not: no_new_privs keeps
 * them from coming back.
 */
static int
drop_bounding_set(void)
{
	unsigned long cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1 &&
		    errno != EPERM)
			return -1;
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

/* Empties effective, permitted and inheritable; libcap would be one call. */
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	memset(data, 0, sizeof(data));
	return (int)syscall(SYS_capset, &head, data);
}

/*
 * Why root can't become the user. EINVAL: the id is not mapped in this user
 * namespace (user_namespaces(7)); one that maps a single id has no others.
 */
static const char *
advise(const char *failed)
{
	if (errno == EINVAL)
		return ": it is not mapped in this user namespace: map it "
		       "(subuid(5)), or start as an ordinary user";
	if (errno != EPERM)
		return "";
	if (strcmp(failed, "setresuid") == 0)
		return ": root has no CAP_SETUID here: give it, or start as "
		       "the user itself";
	if (strcmp(failed, "setgroups") == 0 ||
	    strcmp(failed, "setresgid") == 0)
		return ": root has no CAP_SETGID here, or this user namespace "
		       "denies setgroups: give it, or start as the user itself";
	return ": a filter forbids it: allow the call in the seccomp profile "
	       "of the container (SystemCallFilter of the unit)";
}

/* Returns NULL, or what has failed. */
static const char *
drop_ids(const struct privs *privs)
{
	if (drop_groups(privs) == -1)
		return "setgroups";
	if (setresgid(privs->gid, privs->gid, privs->gid) == -1)
		return "setresgid";
	if (setresuid(privs->uid, privs->uid, privs->uid) == -1)
		return "setresuid";
	if (drop_capabilities() == -1)
		return "capset";
	if (setuid(0) == 0 || seteuid(0) == 0 ||
	    (privs->is_root && setgid(0) == 0))
		return "root could be regained";
	return NULL;
}

int
privs_drop_for_commands(const struct privs *privs)
{
	return drop_ids(privs) == NULL ? 0 : VB_ESYS;
}

int
privs_drop(const struct privs *privs, char *error, size_t error_size)
{
	const char *failed = NULL;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		failed = "no_new_privs";
	else if (drop_bounding_set() == -1)
		failed = "capability bounding set";
	else
		failed = drop_ids(privs);
	if (failed == NULL)
		return 0;
	snprintf(error, error_size,
	    "dropping privileges to uid=%d gid=%d: %s: %s%s", (int)privs->uid,
	    (int)privs->gid, failed, strerror(errno), advise(failed));
	return VB_ESYS;
}

int
privs_has(int capability)
{
	struct __user_cap_header_struct head = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	memset(data, 0, sizeof(data));
	return syscall(SYS_capget, &head, data) == 0 &&
	    (data[CAP_TO_INDEX(capability)].effective &
		CAP_TO_MASK(capability)) != 0;
}

const char *
privs_advise(const char *error)
{
	if (strstr(error, strerror(EACCES)) != NULL && geteuid() == 0 &&
	    !privs_has(CAP_DAC_OVERRIDE))
		return " (root has no CAP_DAC_OVERRIDE here, which the files "
		       "of others need)";
	if (strstr(error, strerror(EPERM)) != NULL)
		return " (a capability is missing, or the seccomp profile of "
		       "the container or unit forbids the call)";
	return "";
}
