/* SPDX-License-Identifier: ISC */
/* Groups of somebody, as the system's name services say (nsswitch.conf(5)). */
#ifndef VB_PAM_GROUPS_H
#define VB_PAM_GROUPS_H

#include "common/errors.h"
#include "common/group_names.h"
#include "common/proto.h"

/*
 * True for a name of a user or group that the configuration can have: letters,
 * digits, '.', '_', '-', '@' of ASCII, and neither '-' nor '@' first; as
 * users_is_name() of auth.
 */
int groups_is_name(const char *name);

/*
 * Writes "a,b", of those in names alone; a user whom the name services do not
 * know has none. Returns 0, VB_EFULL where they do not fit, VB_ENOMEM, or
 * VB_ESYS where they can't be asked.
 */
VB_MUST_CHECK int groups_of(const char *user, const struct group_names *names,
    char out[AUTH_GROUPS_MAX]);

#endif
