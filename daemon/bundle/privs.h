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
};

/*
 * Looks the user up when started by root; otherwise the caller's own ids
 * are the answer. Returns 0, or VB_ENOTFOUND with error set (no such user,
 * or one that is root).
 */
VB_MUST_CHECK int
privs_find(const char *user, struct privs *out, char *error, size_t error_size);

/* Whether this process has the capability, as CAP_* of capabilities(7). */
int privs_has(int capability);

/*
 * What to do about an error of the start that the rights of this process
 * explain: root without a capability, a filter. A static text; "" if nothing.
 */
const char *privs_advise(const char *error);

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
