/* SPDX-License-Identifier: ISC */
/*
 * The user that everything runs as, and the way down to it.
 */
#ifndef VB_PRIVS_H
#define VB_PRIVS_H

#include <sys/types.h>

#include <stddef.h>

#include "common/errors.h"

struct privs {
	int is_root; /* started by root: there is something to drop */
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned, for good; what is kept as root is dropped */
	int group_count;
};

/*
 * Looks the user up when started by root; otherwise the caller's own ids
 * are the answer. Returns 0, or VB_ENOTFOUND with error set (no such user,
 * or one that is root).
 */
VB_MUST_CHECK int
privs_find(const char *user, struct privs *out, char *error, size_t error_size);

/*
 * What is kept are all groups of the user (initgroups(3)), and not only its
 * own: for PAM's modules, which may need one that reads the shadow file, and
 * for commands of the configuration.
 * **Borrows** user. Returns 0, or VB_ENOMEM with error set.
 */
VB_MUST_CHECK int privs_keep_groups(
    const char *user, struct privs *privs, char *error, size_t error_size);

/* None are kept after all. */
void privs_forget_groups(struct privs *privs);

/* Whether this process has the capability, as CAP_* of capabilities(7). */
int privs_has(int capability);

/*
 * What to do about an error of the start that the rights of this process
 * explain: root without a capability, a filter. A static text; "" if nothing.
 */
const char *privs_advise(const char *error);

/*
 * Becomes the user, without any capability; but what it runs may be sudo(8):
 * programs with set-user-ID keep their rights. Returns 0 or VB_ESYS.
 */
VB_MUST_CHECK int privs_drop_for_commands(const struct privs *privs);

/*
 * Drops for good: groups, gid, uid, every capability and the bounding set,
 * and checks that there is no way back. An ordinary user's groups stay, and so
 * does the bounding set, which such a user can't change; capabilities that were
 * lent (AmbientCapabilities of systemd) end here as well. Returns 0, or VB_ESYS
 * with error set.
 */
VB_MUST_CHECK int
privs_drop(const struct privs *privs, char *error, size_t error_size);

#endif
