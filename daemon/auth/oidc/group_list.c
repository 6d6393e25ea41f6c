/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/auth/oidc/group_list.h"

static int
has_group(const char *text, const char *group)
{
	size_t len = strlen(group);

	while (*text != '\0') {
		if (strncmp(text, group, len) == 0 &&
		    (text[len] == ',' || text[len] == '\0'))
			return 1;
		text += strcspn(text, ",");
		text += *text == ',';
	}
	return 0;
}

void
group_list_add(struct group_list *list, const char *group)
{
	size_t used = strlen(list->text), len = strlen(group);

	if (has_group(list->text, group))
		return;
	if (used + (used > 0) + len >= sizeof(list->text)) {
		list->lost++;
		return;
	}
	if (used > 0)
		list->text[used++] = ',';
	memcpy(list->text + used, group, len + 1);
	list->count++;
}
