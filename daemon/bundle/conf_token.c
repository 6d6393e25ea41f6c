/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/conf_token.h"

#define VARIABLE_MAX 128 /* bytes of an environment variable's name */
#define SHOWN_MAX    40	 /* of a token, in a message */

/* Outside of quotes these are no part of a word. */
#define NO_WORD " \t\n#\"'={}()+,*;"

int
token_fault(const struct token_reader *r, int line, const char *format, ...)
{
	va_list ap;
	int n;

	if (r->error[0] != '\0')
		return VB_ESYNTAX; /* the first is the one to mend first */
	n = snprintf(r->error, CONF_ERROR_MAX, "%s:%d: ", r->file, line);
	if (n < 0 || n >= CONF_ERROR_MAX)
		return VB_ESYNTAX;
	va_start(ap, format);
	vsnprintf(r->error + n, (size_t)(CONF_ERROR_MAX - n), format, ap);
	va_end(ap);
	return VB_ESYNTAX;
}

const char *
token_show(const struct token *token, char out[TOKEN_TEXT_MAX])
{
	static const char *const marks[] = {[TOKEN_END] = "the end of the file",
	    [TOKEN_OPEN] = "{",
	    [TOKEN_CLOSE] = "}",
	    [TOKEN_COMMA] = ",",
	    [TOKEN_SET] = "=",
	    [TOKEN_ADD] = "+="};

	if (token->kind == TOKEN_END)
		snprintf(out, TOKEN_TEXT_MAX, "%s", marks[TOKEN_END]);
	else if (token->kind != TOKEN_WORD && token->kind != TOKEN_QUOTED)
		snprintf(out, TOKEN_TEXT_MAX, "\"%s\"", marks[token->kind]);
	else if (token->len <= SHOWN_MAX)
		snprintf(out, TOKEN_TEXT_MAX, "\"%.*s\"", (int)token->len,
		    token->text);
	else
		snprintf(
		    out, TOKEN_TEXT_MAX, "\"%.*s...\"", SHOWN_MAX, token->text);
	return out;
}

/* ---- characters beyond ASCII ---- */

static const struct {
	unsigned first, last;
	const char *name;
} unseen[] = {
    {0x80, 0x9f, "a control character"},
    {0xa0, 0xa0, "a no-break space"},
    {0xad, 0xad, "a soft hyphen"},
    {0x1680, 0x1680, "a blank"},
    {0x180e, 0x180e, "a blank"},
    {0x2000, 0x200a, "a blank"},
    {0x200b, 0x200d, "a zero-width character"},
    {0x200e, 0x200f, "a mark of direction"},
    {0x2028, 0x2029, "a separator of lines"},
    {0x202a, 0x202e, "a mark of direction"},
    {0x202f, 0x202f, "a no-break space"},
    {0x205f, 0x205f, "a blank"},
    {0x2060, 0x2064, "a zero-width character"},
    {0x2066, 0x206f, "a mark of direction"},
    {0x3000, 0x3000, "a blank"},
    {0xfe00, 0xfe0f, "a selector"},
    {0xfeff, 0xfeff, "a byte order mark"},
    {0xfff9, 0xfffb, "a control character"},
    {0xe0000, 0xe0fff, "a tag"},
};

static const char *
name_unseen(unsigned code)
{
	size_t i;

	for (i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (code >= unseen[i].first && code <= unseen[i].last)
			return unseen[i].name;
	return NULL;
}

const char *
token_show_unseen(unsigned code, char out[TOKEN_TEXT_MAX])
{
	const char *name = name_unseen(code);

	snprintf(out, TOKEN_TEXT_MAX, "U+%04X%s%s%s", code,
	    name != NULL ? " (" : "", name != NULL ? name : "",
	    name != NULL ? ")" : "");
	return out;
}

/* Quotes of word processors, which this file does not have. */
static int
is_quote_like(unsigned code)
{
	return (code >= 0x2018 && code <= 0x201f) || code == 0xab ||
	    code == 0xbb || code == 0xff02 || code == 0xff07;
}

/* One character of UTF-8 (RFC 3629). Returns its bytes, or 0: it is none. */
static size_t
decode(const char *text, unsigned *code)
{
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)text;
	size_t i, n;

	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	*code = p[0] & (0xffU >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3fU);
	}
	if (*code < least[n] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return n;
}

static int
not_utf8(const struct token_reader *r, const char *p)
{
	return token_fault(r, r->line,
	    "the byte 0x%02X is not UTF-8: save the file as UTF-8",
	    (unsigned)(unsigned char)*p);
}

/* What no word may begin with, nor have. */
static int
stray(const struct token_reader *r, const char *p)
{
	char shown[TOKEN_TEXT_MAX];
	unsigned code;

	if (*p == ';')
		return token_fault(r, r->line,
		    "\";\" is not allowed here: a setting ends without a mark");
	if (*p > ' ' && *p < 0x7f)
		return token_fault(r, r->line,
		    "\"%c\" is outside of quotes: write a text as \"TEXT\"",
		    *p);
	if ((unsigned char)*p < 0x80)
		return token_fault(r, r->line,
		    "the character 0x%02X is not allowed in this file",
		    (unsigned)(unsigned char)*p);
	if (decode(p, &code) == 0)
		return not_utf8(r, p);
	token_show_unseen(code, shown);
	if (is_quote_like(code))
		return token_fault(
		    r, r->line, "%s is not a quote here: write \"", shown);
	if (name_unseen(code) != NULL)
		return token_fault(r, r->line,
		    "%s is outside of quotes: write a plain space, or "
		    "nothing",
		    shown);
	return token_fault(r, r->line,
	    "%s is outside of quotes: write a text as \"TEXT\"", shown);
}

/* ---- texts in quotes ---- */

/*
 * After a ${NAME} or ${NAME:-TEXT} at p. Without its "}", libconfuse would
 * go on to the next one in the file. Returns NULL with error set.
 */
static char *
skip_variable(const struct token_reader *r, char *p)
{
	size_t len = strcspn(p, "}\"\n"), n;
	char name[VARIABLE_MAX];

	for (n = 2; isalnum((unsigned char)p[n]) || p[n] == '_';)
		n++;
	if (p[len] != '}' || n == 2 || n - 2 >= sizeof(name) ||
	    (n != len && strncmp(p + n, ":-", 2) != 0)) {
		token_fault(r, r->line,
		    "\"${\" begins ${NAME} or ${NAME:-TEXT}: write \"\\${\" "
		    "for the two characters");
		return NULL;
	}
	memcpy(name, p + 2, n - 2);
	name[n - 2] = '\0';
	if (n == len && getenv(name) == NULL) {
		token_fault(r, r->line,
		    "the environment has no %s, which ${%s} stands for", name,
		    name);
		return NULL;
	}
	return p + len + 1;
}

/* After a backslash and what it covers; NULL with error set. */
static char *
skip_escape(struct token_reader *r, char *p, char quote)
{
	if (p[1] == '\n')
		r->line++;
	else if (quote == '"' && isalnum((unsigned char)p[1])) {
		token_fault(r, r->line,
		    "\"\\%c\" stands for nothing in a text: write \"\\\\\" for "
		    "a backslash",
		    p[1]);
		return NULL;
	} else if (p[1] < ' ' || p[1] >= 0x7f) /* char may be unsigned */
		return p + 1; /* that is looked at like any other */
	return p + 2;
}

/* After one character that isn't ASCII, or isn't text. */
static char *
skip_other(struct token_reader *r, char *p, struct token *out)
{
	unsigned code;
	size_t n;

	if ((unsigned char)*p < ' ' || *p == 0x7f) {
		token_fault(r, r->line,
		    *p == '\t'
			? "a tab is in the quotes: write a space"
			: "the character 0x%02X is not allowed in a text",
		    (unsigned)(unsigned char)*p);
		return NULL;
	}
	if ((n = decode(p, &code)) == 0) {
		not_utf8(r, p);
		return NULL;
	}
	if (out->unseen == 0 && name_unseen(code) != NULL)
		out->unseen = code;
	return p + n;
}

static int
read_quoted(struct token_reader *r, struct token *out)
{
	char quote = *r->at, *p = r->at + 1;

	out->kind = TOKEN_QUOTED;
	out->text = p;
	while (p != NULL && *p != quote) {
		if (*p == '\0' || *p == '\n')
			return token_fault(r, out->line,
			    "the text that begins with %c here has no %c at "
			    "its end",
			    quote, quote);
		if (*p == '\\')
			p = skip_escape(r, p, quote);
		else if (quote == '"' && p[0] == '$' && p[1] == '{') {
			out->has_variable = 1;
			p = skip_variable(r, p);
		} else if (*p >= ' ' && *p < 0x7f)
			p++;
		else
			p = skip_other(r, p, out);
	}
	if (p == NULL)
		return VB_ESYNTAX;
	out->len = (size_t)(p - out->text);
	r->at = p + 1;
	return 0;
}

/* ---- the rest ---- */

static int
read_word(struct token_reader *r, struct token *out)
{
	char *p = r->at;

	out->kind = TOKEN_WORD;
	out->text = p;
	if (p[0] == '$' && p[1] == '{') {
		out->has_variable = 1;
		if ((p = skip_variable(r, p)) == NULL)
			return VB_ESYNTAX;
	} else
		while (*p > ' ' && *p < 0x7f && strchr(NO_WORD, *p) == NULL &&
		    strncmp(p, "//", 2) != 0 && strncmp(p, "/*", 2) != 0)
			p++;
	if (p == r->at)
		return stray(r, p);
	if (*p == '/') /* https:// and the like */
		return token_fault(r, r->line,
		    "\"%.2s\" begins a comment here: write a text as \"TEXT\"",
		    p);
	out->len = (size_t)(p - out->text);
	r->at = p;
	return 0;
}

/* Blanks a comment at r->at. Returns 1, 0 if there is none, or an error. */
static int
blank_comment(struct token_reader *r)
{
	char *p = r->at, *end;

	if (*p == '#' || strncmp(p, "//", 2) == 0)
		end = p + strcspn(p, "\n");
	else if (strncmp(p, "/*", 2) != 0)
		return 0;
	else if ((end = strstr(p + 2, "*/")) == NULL)
		return token_fault(r, r->line,
		    "the comment that begins with /* here has no */");
	else
		end += 2;
	for (; p < end; p++)
		if (*p == '\n')
			r->line++;
		else
			*p = ' ';
	r->at = end;
	return 1;
}

static int
skip_blanks(struct token_reader *r)
{
	int result;

	for (;;) {
		for (; *r->at == ' ' || *r->at == '\t' || *r->at == '\n';
		     r->at++)
			r->line += *r->at == '\n';
		if ((result = blank_comment(r)) <= 0)
			return result;
	}
}

int
token_next(struct token_reader *r, struct token *out)
{
	static const char marks[] = "{},=";
	static const enum token_kind kinds[] = {
	    TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA, TOKEN_SET};
	const char *mark;
	int result;

	memset(out, 0, sizeof(*out));
	if ((result = skip_blanks(r)) < 0)
		return result;
	out->line = r->line;
	out->text = r->at;
	if (*r->at == '\0')
		return 0;
	if (*r->at == '"' || *r->at == '\'')
		return read_quoted(r, out);
	if ((mark = strchr(marks, *r->at)) != NULL) {
		out->kind = kinds[mark - marks];
		r->at++;
	} else if (strncmp(r->at, "+=", 2) == 0) {
		out->kind = TOKEN_ADD;
		r->at += 2;
	} else
		return read_word(r, out);
	return 0;
}

int
token_is_set_next(const struct token_reader *reader)
{
	char error[CONF_ERROR_MAX] = "";
	struct token_reader ahead = *reader;
	struct token token;

	ahead.error = error;
	return token_next(&ahead, &token) == 0 &&
	    (token.kind == TOKEN_SET || token.kind == TOKEN_ADD);
}
