/* SPDX-License-Identifier: ISC */
#include "worker/client/line.h"

void
line_join(struct client_list *line, struct client *c)
{
	if (c->line == line)
		return;
	line_leave(c);
	TAILQ_INSERT_TAIL(line, c, line_entry);
	c->line = line;
}

void
line_leave(struct client *c)
{
	if (c->line == NULL)
		return;
	TAILQ_REMOVE(c->line, c, line_entry);
	c->line = NULL;
}
