/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "daemon/runner/started.h"

static struct started *
find(const struct started_list *list, const char *target)
{
	struct started *started;

	TAILQ_FOREACH (started, list, entry)
		if (strcmp(started->target, target) == 0)
			break;
	return started;
}

void
started_note(struct started_list *list, const char *target)
{
	struct started *started;

	if (find(list, target) != NULL ||
	    (started = calloc(1, sizeof(*started))) == NULL)
		return;
	strlcpy(started->target, target, sizeof(started->target));
	TAILQ_INSERT_TAIL(list, started, entry);
}

static void
drop(struct started_list *list, struct started *started)
{
	TAILQ_REMOVE(list, started, entry);
	free(started);
}

void
started_forget(struct started_list *list, const char *target)
{
	struct started *started = find(list, target);

	if (started != NULL)
		drop(list, started);
}

void
started_clear(struct started_list *list)
{
	struct started *started;

	while ((started = TAILQ_FIRST(list)) != NULL)
		drop(list, started);
}
