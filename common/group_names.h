/* SPDX-License-Identifier: ISC */
/*
 * The groups that the configuration names, in access sections: of nobody any
 * other is kept, since it would grant nothing and take the room of one that
 * does.
 */
#ifndef VB_GROUP_NAMES_H
#define VB_GROUP_NAMES_H

#include <stddef.h>

#include "common/errors.h"
#include "common/proto_auth.h"

/* All zero: none. */
struct group_names {
	char (*names)[AUTH_NAME_MAX]; /* in order, each once */
	size_t count;
	size_t room;
};

/* Adds one; it may be there. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int group_names_add(struct group_names *names, const char *name);

int group_names_have(const struct group_names *names, const char *name);

void group_names_clear(struct group_names *names);

#endif
