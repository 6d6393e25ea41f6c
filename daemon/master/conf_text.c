/* SPDX-License-Identifier: ISC */
/*
 * What libconfuse gets wrong, or lets pass, is seen to before it reads.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/master/conf_grammar.h"
#include "daemon/master/conf_text.h"

#define FILE_MAX     (1024 * 1024) /* bytes of a configuration */
#define MARK_LINES   1		   /* what the mark adds to them */
#define SETTINGS_MAX 128	   /* different ones outside of sections */

/* **Borrows** text_fd, and reads it from its beginning. */
static FILE *
open_text(const char *file, int text_fd)
{
	FILE *fp;
	int fd;

	if (text_fd == -1)
		return fopen(file, "re");
	if (lseek(text_fd, 0, SEEK_SET) == -1 ||
	    (fd = fcntl(text_fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return NULL;
	if ((fp = fdopen(fd, "r")) == NULL)
		close(fd);
	return fp;
}

/*
 * The whole file in memory, with a last setting of our own: libconfuse
 * takes the end of the file for the end of a section, and ends the process
 * when it can't read. **Gives** *text. Returns 0, or an error with errno.
 */
static int
read_file(const char *file, int text_fd, char **text)
{
	FILE *fp = open_text(file, text_fd);
	size_t n;
	int result = VB_ESYS;

	*text = NULL;
	if (fp == NULL)
		return VB_ESYS;
	result = VB_ENOMEM;
	if ((*text = malloc(FILE_MAX + sizeof(CONF_END_MARK) + 16)) == NULL)
		goto done;
	n = fread(*text, 1, FILE_MAX + 1, fp);
	result = VB_ESYS;
	if (ferror(fp))
		goto done;
	result = VB_ERANGE;
	if (n > FILE_MAX || memchr(*text, '\0', n) != NULL)
		goto done;
	snprintf(*text + n, sizeof(CONF_END_MARK) + 16, "\n%s = yes\n",
	    CONF_END_MARK);
	result = 0;
done:
	fclose(fp);
	if (result < 0) {
		free(*text);
		*text = NULL;
	}
	return result;
}

/* Behind a text in quotes that begins at p; a '\' covers a quote. */
static char *
skip_quoted(char *p)
{
	char quote = *p++;

	while (*p != '\0' && *p != quote)
		p += p[0] == '\\' && p[1] != '\0' ? 2 : 1;
	return *p == '\0' ? NULL : p + 1;
}

/* Behind a comment at p; p itself if there is none. */
static char *
skip_comment(char *p)
{
	char *end;

	if (*p == '#' || (p[0] == '/' && p[1] == '/'))
		return p + strcspn(p, "\n");
	if (p[0] != '/' || p[1] != '*')
		return p;
	end = strstr(p + 2, "*/");
	return end == NULL ? NULL : end + 2;
}

/*
 * Blanks the comments: libconfuse counts three lines for each, and takes
 * one without an end for the rest of the file. Returns where a comment or a
 * quoted text begins that has no end, or NULL.
 */
static const char *
blank_comments(char *p)
{
	char *end;
	int is_quoted;

	for (; *p != '\0'; p = end) {
		is_quoted = *p == '"' || *p == '\'';
		end = is_quoted ? skip_quoted(p) : skip_comment(p);
		if (end == NULL)
			return p;
		if (end == p)
			end++; /* neither of them */
		else if (!is_quoted)
			for (; p < end; p++)
				if (*p != '\n')
					*p = ' ';
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

static int
count_lines(const char *text)
{
	int n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* A setting's name at p, at least one character; its length. */
static size_t
name_length(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || p[n] == '-' || p[n] == '_')
		n++;
	return n;
}

struct seen {
	const char *name;
	size_t len;
};

/* Whether the name was there before; remembers it. */
static int
is_seen(struct seen *seen, size_t *count, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if (seen[i].len == len && memcmp(seen[i].name, name, len) == 0)
			return 1;
	if (*count < SETTINGS_MAX) {
		seen[*count].name = name;
		seen[(*count)++].len = len;
	}
	return 0;
}

/*
 * Finds a setting that is given twice: the second would take the place of
 * the first without a word, which for deny is a hole ("+=" adds). The text
 * has no comments any more. Returns its name in the text, or NULL.
 */
static const char *
find_duplicate(char *p)
{
	/* outside of sections, and in the one that p is in */
	struct seen seen[2][SETTINGS_MAX];
	size_t len, count[2] = {0, 0};
	int depth = 0;

	while (*p != '\0') {
		if (*p == '"' || *p == '\'') {
			p = skip_quoted(p);
			continue;
		}
		depth += (*p == '{') - (*p == '}');
		if (depth == 0)
			count[1] = 0;
		if ((len = name_length(p)) == 0) {
			p++;
			continue;
		}
		if (depth >= 0 && depth <= 1 &&
		    p[len + strspn(p + len, " \t\r\n")] == '=' &&
		    is_seen(seen[depth], &count[depth], p, len))
			return p;
		p += len;
	}
	return NULL;
}

int
conf_text_load(const char *file, int text_fd, char **text, int *last_line,
    char error[CONF_ERROR_MAX])
{
	const char *fault;
	int result = read_file(file, text_fd, text);

	if (result < 0) {
		snprintf(error, CONF_ERROR_MAX, "%s: %s", file,
		    result == VB_ERANGE ? "not a text file, or too long"
					: vb_strerror(result));
		return result == VB_ESYS && errno == ENOENT ? VB_ENOTFOUND
							    : result;
	}
	*last_line = count_lines(*text) - MARK_LINES;
	if ((fault = blank_comments(*text)) != NULL)
		snprintf(error, CONF_ERROR_MAX,
		    "%s:%d: a text or comment without an end", file,
		    line_of(*text, fault));
	else if ((fault = find_duplicate(*text)) != NULL)
		snprintf(error, CONF_ERROR_MAX,
		    "%s:%d: %.*s is given twice (lists grow with +=)", file,
		    line_of(*text, fault), (int)name_length(fault), fault);
	if (fault == NULL)
		return 0;
	free(*text);
	*text = NULL;
	return VB_ESYNTAX;
}
