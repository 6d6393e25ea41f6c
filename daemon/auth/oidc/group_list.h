/* SPDX-License-Identifier: ISC */
/* Groups of a user, as a text with commas. Pure. */
#ifndef VB_OIDC_GROUP_LIST_H
#define VB_OIDC_GROUP_LIST_H

#include "common/proto_auth.h"

struct group_list {
	char text[AUTH_GROUPS_MAX]; /* "a,b", each once; "": none */
	unsigned count;
	unsigned lost; /* that have no room: fewer than meant */
};

/* Adds one, which is a name, unless it is there. */
void group_list_add(struct group_list *list, const char *group);

#endif
