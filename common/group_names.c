/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "common/group_names.h"

#define ROOM_MIN 16

/* Where it is, or would be. */
static size_t
place_of(const struct group_names *names, const char *name)
{
	size_t low = 0, high = names->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(names->names[middle], name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int
group_names_have(const struct group_names *names, const char *name)
{
	size_t i = place_of(names, name);

	return i < names->count && strcmp(names->names[i], name) == 0;
}

int
group_names_add(struct group_names *names, const char *name)
{
	size_t i = place_of(names, name);
	size_t room = names->room == 0 ? ROOM_MIN : 2 * names->room;
	char(*more)[AUTH_NAME_MAX];

	if (i < names->count && strcmp(names->names[i], name) == 0)
		return 0;
	if (names->count == names->room) {
		more = reallocarray(names->names, room, sizeof(*more));
		if (more == NULL)
			return VB_ENOMEM;
		names->names = more;
		names->room = room;
	}
	memmove(names->names + i + 1, names->names + i,
	    (names->count - i) * sizeof(*names->names));
	memset(names->names[i], 0, sizeof(names->names[i]));
	strlcpy(names->names[i], name, sizeof(names->names[i]));
	names->count++;
	return 0;
}

void
group_names_clear(struct group_names *names)
{
	free(names->names);
	memset(names, 0, sizeof(*names));
}
