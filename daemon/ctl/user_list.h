/* SPDX-License-Identifier: ISC */
/* Users as a table or as JSON, and never a secret. */
#ifndef VB_CTL_USER_LIST_H
#define VB_CTL_USER_LIST_H

#include "daemon/auth/users.h"

/* All of them, or the one of that name. */
void user_list_print(const struct users *users, const char *name, int is_json);

/* The groups of a user, one a line. */
void user_list_print_groups(const struct user *user);

#endif
