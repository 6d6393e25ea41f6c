/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/conf_lines.h"

#define LINES_MAX 8192 /* values whose lines are known */

static struct {
	char *path;
	int line;
} lines[LINES_MAX];
static size_t line_count;

void
conf_forget_lines(void)
{
	while (line_count > 0)
		free(lines[--line_count].path);
}

void
conf_remember_line(const char *path, int line)
{
	if (line_count == LINES_MAX ||
	    (lines[line_count].path = strdup(path)) == NULL)
		return; /* an error will name the file alone */
	lines[line_count++].line = line;
}

void
conf_remember_entry(const char *setting, const char *text, int line)
{
	char key[CONF_ENTRY_MAX];

	snprintf(key, sizeof(key), "%s %s", setting, text);
	conf_remember_line(key, line);
}

int
conf_line_of_entry(const char *setting, const char *text)
{
	char key[CONF_ENTRY_MAX];

	snprintf(key, sizeof(key), "%s %s", setting, text);
	return conf_line_of(key);
}

int
conf_line_of(const char *path)
{
	size_t i;

	for (i = 0; i < line_count; i++)
		if (strcmp(lines[i].path, path) == 0)
			return lines[i].line;
	return 0;
}
