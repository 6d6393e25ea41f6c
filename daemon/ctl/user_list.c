/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/json.h"
#include "daemon/ctl/user_list.h"

#define ROW "%-20s %-6s %-13s %-8s "

static void
print_row(const struct user *user)
{
	size_t i;

	printf(ROW, user->name, user->is_locked ? "yes" : "no",
	    user->totp_seed != NULL ? "yes" : "no",
	    users_kind_name(user->kind));
	for (i = 0; i < user->group_count; i++)
		printf("%s%s", i > 0 ? "," : "", user->groups[i]);
	puts(user->group_count > 0 ? "" : "-");
}

static void
print_json(const struct user *user, int is_first)
{
	size_t i;

	printf("%s\n{\"name\":", is_first ? "" : ",");
	json_string(user->name);
	printf(
	    ",\"locked\":%s,\"groups\":[", user->is_locked ? "true" : "false");
	for (i = 0; i < user->group_count; i++) {
		fputs(i > 0 ? "," : "", stdout);
		json_string(user->groups[i]);
	}
	printf("],\"second_factor\":%s,\"recovery_codes\":%zu,\"hash\":",
	    user->totp_seed != NULL ? "true" : "false", user->recovery_count);
	json_string(users_kind_name(user->kind));
	putchar('}');
}

void
user_list_print(const struct users *users, const char *name, int is_json)
{
	size_t i, shown = 0;

	if (is_json)
		printf("{\"users\":[");
	else
		printf(ROW "%s\n", "NAME", "LOCKED", "SECOND-FACTOR", "HASH",
		    "GROUPS");
	for (i = 0; i < users_count(users); i++) {
		const struct user *user = users_at(users, i);

		if (name != NULL && strcmp(user->name, name) != 0)
			continue;
		if (is_json)
			print_json(user, shown == 0);
		else
			print_row(user);
		shown++;
	}
	if (is_json)
		printf("\n]}\n");
}

void
user_list_print_groups(const struct user *user)
{
	size_t i;

	for (i = 0; i < user->group_count; i++)
		puts(user->groups[i]);
}
