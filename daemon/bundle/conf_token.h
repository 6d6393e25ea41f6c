/* SPDX-License-Identifier: ISC */
/*
 * The words of a configuration file, read more strictly than libconfuse does:
 * it passes over what it does not know ("*" outside of quotes, a "}" that a
 * "${" swallows) without a word.
 */
#ifndef VB_CONF_TOKEN_H
#define VB_CONF_TOKEN_H

#include <stddef.h>

#include "common/errors.h"
#include "daemon/bundle/conf.h"

enum token_kind {
	TOKEN_END, /* of the file */
	TOKEN_WORD,
	TOKEN_QUOTED,
	TOKEN_OPEN,  /* { */
	TOKEN_CLOSE, /* } */
	TOKEN_COMMA,
	TOKEN_SET, /* = */
	TOKEN_ADD  /* += */
};

#define TOKEN_TEXT_MAX 64 /* bytes of one that a message shows */

struct token {
	enum token_kind kind;
	const char *text; /* in the file, without its quotes */
	size_t len;
	int line;
	int has_variable; /* a ${NAME} is in it */
	unsigned unseen;  /* the first character that shows as nothing; 0 */
};

struct token_reader {
	char *at;
	int line;
	const char *file;
	char *error; /* CONF_ERROR_MAX */
};

/*
 * Reads the next one, and blanks the comments before it, which libconfuse
 * counts as three lines each. Returns 0, or VB_ESYNTAX with error set.
 */
VB_MUST_CHECK int token_next(struct token_reader *reader, struct token *out);

/* Whether "=" or "+=" comes next. */
int token_is_set_next(const struct token_reader *reader);

/* What a message shows of it. Returns out. */
const char *token_show(const struct token *token, char out[TOKEN_TEXT_MAX]);

/* "U+00A0 (a no-break space)". Returns out. */
const char *token_show_unseen(unsigned code, char out[TOKEN_TEXT_MAX]);

/* Sets error to FILE:LINE: text, unless it is set. Returns VB_ESYNTAX. */
int token_fault(const struct token_reader *reader, int line, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

#endif
