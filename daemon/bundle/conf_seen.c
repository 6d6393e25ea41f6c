/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/bundle/conf_seen.h"

#define SECTIONS_MAX 2048 /* whose lines are known */

static struct {
	const cfg_opt_t *options; /* NULL: nothing was scanned */
	int lines[CONF_SEEN_OPTIONS_MAX];
	size_t section_count;
	struct {
		const char *name; /* the grammar's */
		const char *title;
		size_t title_len;
		int line;
	} sections[SECTIONS_MAX];
} seen;

void
conf_seen_forget(void)
{
	memset(&seen, 0, sizeof(seen));
}

int *
conf_seen_begin(const cfg_opt_t *options)
{
	conf_seen_forget();
	seen.options = options;
	return seen.lines;
}

int
conf_seen_section(
    const char *name, const char *title, size_t title_len, int line)
{
	size_t i;

	for (i = 0; i < seen.section_count; i++)
		if (strcmp(seen.sections[i].name, name) == 0 &&
		    seen.sections[i].title_len == title_len &&
		    memcmp(seen.sections[i].title, title, title_len) == 0)
			return seen.sections[i].line;
	if (i == SECTIONS_MAX)
		return 0; /* more than the daemon takes, which it will say */
	seen.sections[i].name = name;
	seen.sections[i].title = title;
	seen.sections[i].title_len = title_len;
	seen.sections[i].line = line;
	seen.section_count++;
	return 0;
}

int
conf_seen_setting_line(const char *name)
{
	size_t i;

	if (seen.options == NULL)
		return 0;
	for (i = 0; seen.options[i].name != NULL; i++)
		if (strcmp(seen.options[i].name, name) == 0)
			return seen.lines[i];
	return 0;
}

int
conf_seen_section_line(const char *name, size_t i)
{
	size_t k;

	for (k = 0; k < seen.section_count; k++)
		if (strcmp(seen.sections[k].name, name) == 0 && i-- == 0)
			return seen.sections[k].line;
	return 0;
}
