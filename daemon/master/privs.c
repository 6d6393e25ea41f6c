/* SPDX-License-Identifier: ISC */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/master/privs.h"

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
		    "user \"%s\" is root, which nothing here runs as", user);
		return VB_ENOTFOUND;
	}
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	return 0;
}

/* Who has not CAP_SETPCAP can't, and without capabilities need not. */
static int
drop_bounding_set(int is_root)
{
	unsigned long cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1 &&
		    (is_root || errno != EPERM))
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

int
privs_drop(const struct privs *privs, char *error, size_t error_size)
{
	const char *failed = NULL;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		failed = "no_new_privs";
	else if (drop_bounding_set(privs->is_root) == -1)
		failed = "capability bounding set";
	else if (privs->is_root && setgroups(1, &privs->gid) == -1)
		failed = "setgroups";
	else if (setresgid(privs->gid, privs->gid, privs->gid) == -1)
		failed = "setresgid";
	else if (setresuid(privs->uid, privs->uid, privs->uid) == -1)
		failed = "setresuid";
	else if (drop_capabilities() == -1)
		failed = "capset";
	else if (setuid(0) == 0 || seteuid(0) == 0 ||
	    (privs->is_root && setgid(0) == 0))
		failed = "root could be had again";
	if (failed == NULL)
		return 0;
	snprintf(error, error_size, "dropping privileges: %s: %s", failed,
	    strerror(errno));
	return VB_ESYS;
}
