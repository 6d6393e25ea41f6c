/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/conf_find.h"
#include "daemon/bundle/conf_text.h"
#include "daemon/bundle/conf_token.h"

/* The value after "=", if it is a plain text. */
static int
take_value(struct token_reader *r, char *out, size_t size)
{
	struct token token;

	if (token_next(r, &token) < 0 || token.kind != TOKEN_SET ||
	    token_next(r, &token) < 0 ||
	    (token.kind != TOKEN_WORD && token.kind != TOKEN_QUOTED) ||
	    token.has_variable || memchr(token.text, '\\', token.len) != NULL)
		return VB_ENOTFOUND;
	if (token.len >= size)
		return VB_ERANGE;
	memcpy(out, token.text, token.len);
	out[token.len] = '\0';
	return 0;
}

int
conf_find_text(const char *file, const char *name, char *out, size_t size)
{
	static char error[CONF_ERROR_MAX];
	struct token_reader reader = {.line = 1, .file = file, .error = error};
	struct token token;
	char *text;
	int depth = 0, result;

	error[0] = '\0';
	if ((result = conf_text_load(file, -1, &text, error)) < 0)
		return result;
	result = VB_ENOTFOUND;
	reader.at = text;
	while (result == VB_ENOTFOUND && token_next(&reader, &token) == 0 &&
	    token.kind != TOKEN_END) {
		depth +=
		    (token.kind == TOKEN_OPEN) - (token.kind == TOKEN_CLOSE);
		if (depth == 0 && token.kind == TOKEN_WORD &&
		    strlen(name) == token.len &&
		    memcmp(token.text, name, token.len) == 0)
			result = take_value(&reader, out, size);
	}
	free(text);
	return result;
}
