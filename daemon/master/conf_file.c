/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/master/conf_file.h"

#define PART_BYTES (64 * 1024)

/* Grows *text by what can be read. Returns 0 or a negative error. */
static int
read_all(FILE *file, char **text, size_t *len)
{
	char *grown;
	size_t n;

	do {
		if (*len > CONF_FILE_MAX)
			return VB_EFULL;
		if ((grown = realloc(*text, *len + PART_BYTES)) == NULL)
			return VB_ENOMEM;
		*text = grown;
		n = fread(*text + *len, 1, PART_BYTES, file);
		*len += n;
	} while (n > 0);
	return ferror(file) ? VB_ESYS : 0;
}

/* Blanks what is from begin to end, but its line ends. */
static void
blank(char *begin, const char *end)
{
	for (; begin < end; begin++)
		if (*begin != '\n')
			*begin = ' ';
}

/* The end of a text that begins with a quote at p; a '\' covers a quote. */
static char *
skip_quoted(char *p, const char *end)
{
	char quote = *p++;

	for (; p < end && *p != quote; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p;
}

/* The end of a comment at p; p itself if there is none, NULL without end. */
static char *
skip_comment(char *p, char *end)
{
	char *stop;

	if (*p == '#' || (end - p >= 2 && p[0] == '/' && p[1] == '/')) {
		stop = memchr(p, '\n', (size_t)(end - p));
		return stop == NULL ? end : stop;
	}
	if (end - p < 2 || p[0] != '/' || p[1] != '*')
		return p;
	stop = memmem(p + 2, (size_t)(end - p) - 2, "*/", 2);
	return stop == NULL ? NULL : stop + 2;
}

/* Blanks all comments. Returns NULL, or the comment without an end. */
static char *
blank_comments(char *text, char *end)
{
	char *p, *stop;

	for (p = text; p < end; p++) {
		if (*p == '"' || *p == '\'') {
			p = skip_quoted(p, end);
			continue;
		}
		if ((stop = skip_comment(p, end)) == NULL)
			return p;
		if (stop == p)
			continue;
		blank(p, stop);
		p = stop - 1;
	}
	return NULL;
}

static int
line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* Reads a file, **gives** its text without comments; error says why not. */
static int
read_text(
    const char *path, char **text, size_t *len, char *error, size_t error_size)
{
	FILE *file = fopen(path, "re");
	const char *fault;
	int result, saved;

	result = file == NULL ? VB_ESYS : read_all(file, text, len);
	saved = errno;
	if (file != NULL)
		fclose(file);
	errno = saved;
	if (result < 0) {
		snprintf(error, error_size, "%s: %s", path,
		    result == VB_EFULL ? "file too big" : vb_strerror(result));
		return result;
	}
	if ((fault = memchr(*text, '\0', *len)) != NULL)
		snprintf(error, error_size, "%s:%d: a NUL: this is no text",
		    path, line_of(*text, fault));
	else if ((fault = blank_comments(*text, *text + *len)) != NULL)
		snprintf(error, error_size, "%s:%d: comment without an end",
		    path, line_of(*text, fault));
	return fault == NULL ? 0 : VB_ESYNTAX;
}

int
conf_file_parse(cfg_t *cfg, const char *path, char *error, size_t error_size)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file;
	int result = read_text(path, &text, &len, error, error_size);

	if (result < 0)
		goto done;
	result = VB_ENOMEM;
	if ((cfg->filename = strdup(path)) == NULL ||
	    (file = fmemopen(text, len, "r")) == NULL)
		goto done;
	result = cfg_parse_fp(cfg, file) == CFG_SUCCESS ? 0 : VB_ESYNTAX;
	fclose(file);
done:
	free(text);
	return result;
}
