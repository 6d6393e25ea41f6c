/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle/conf_text.h"

#define FILE_MAX (8 * 1024 * 1024) /* bytes of a configuration */
#define MARK	 "\xef\xbb\xbf"	   /* U+FEFF in UTF-8 */

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
 * The whole file: libconfuse ends the process when it can't read. **Gives**
 * *text. Returns 0, or an error with errno.
 */
static int
read_file(const char *file, int text_fd, char **text, size_t *len)
{
	FILE *fp = open_text(file, text_fd);
	int result = VB_ENOMEM;

	*text = NULL;
	if (fp == NULL)
		return VB_ESYS;
	if ((*text = malloc(FILE_MAX + 2)) != NULL) {
		*len = fread(*text, 1, FILE_MAX + 1, fp);
		result = ferror(fp) ? VB_ESYS : 0;
	}
	fclose(fp);
	return result;
}

/* Makes "\r\n" and "\r" one "\n". Returns the new length. */
static size_t
unify_lines(char *text, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')
			continue;
		text[n++] = text[i] == '\r' ? '\n' : text[i];
	}
	return n;
}

/* Every second byte of plain text is 0 in UTF-16. */
static int
is_utf16(const char *text, size_t len)
{
	const char *nul = memchr(text, '\0', len);

	return len >= 2 &&
	    (memcmp(text, "\xff\xfe", 2) == 0 ||
		memcmp(text, "\xfe\xff", 2) == 0 ||
		(nul == text + 1 && len >= 4 && text[3] == '\0') ||
		(nul == text && len >= 4 && text[2] == '\0' &&
		    text[1] != '\0'));
}

static int
line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

int
conf_text_load(
    const char *file, int text_fd, char **text, char error[CONF_ERROR_MAX])
{
	size_t len = 0;
	char *nul;
	int result = read_file(file, text_fd, text, &len);

	if (result < 0) {
		snprintf(
		    error, CONF_ERROR_MAX, "%s: %s", file, vb_strerror(result));
		if (result == VB_ESYS && errno == ENOENT)
			result = VB_ENOTFOUND;
	} else if (len > FILE_MAX) {
		result = VB_ERANGE;
		snprintf(error, CONF_ERROR_MAX,
		    "%s: too long: at most %d bytes are allowed", file,
		    FILE_MAX);
	} else if (is_utf16(*text, len)) {
		result = VB_ERANGE;
		snprintf(error, CONF_ERROR_MAX,
		    "%s: it is written in UTF-16: save it as UTF-8", file);
	} else {
		if (len >= strlen(MARK) &&
		    memcmp(*text, MARK, strlen(MARK)) == 0)
			memset(*text, ' ', strlen(MARK));
		len = unify_lines(*text, len);
		if ((nul = memchr(*text, '\0', len)) != NULL) {
			result = VB_ERANGE;
			snprintf(error, CONF_ERROR_MAX,
			    "%s:%d: not a text file: it has a byte 0 here",
			    file, line_of(*text, nul));
		}
		(*text)[len] = '\0';
	}
	if (result == 0)
		return 0;
	free(*text);
	*text = NULL;
	return result;
}
