/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "daemon/bundle/conf_explain.h"
#include "daemon/bundle/conf_scan.h"
#include "daemon/bundle/conf_seen.h"
#include "daemon/bundle/conf_token.h"

#define NAME_MAX_LEN 32 /* of a setting */

/* The options outside of sections, of the file that is scanned. */
static cfg_opt_t *grammar;

/* A section, or the file itself. */
struct place {
	cfg_opt_t *options;
	const cfg_opt_t *section;   /* NULL: the file */
	struct token title;	    /* of the section */
	int line;		    /* where it begins */
	int *lines;		    /* where each option was given, or 0 */
	char shown[TOKEN_TEXT_MAX]; /* the title */
};

static const cfg_opt_t *
find_option(const cfg_opt_t *options, const char *name, size_t len)
{
	for (; options->name != NULL; options++)
		if (strlen(options->name) == len &&
		    memcmp(options->name, name, len) == 0)
			return options;
	return NULL;
}

/* ---- what is wrong with a name ---- */

/* Whether the name is known somewhere; *section is "" outside of sections. */
static int
find_elsewhere(const char *name, size_t len, const char **section)
{
	const cfg_opt_t *option;

	*section = "";
	if (find_option(grammar, name, len) != NULL)
		return 1;
	for (option = grammar; option->name != NULL; option++)
		if (option->type == CFGT_SEC &&
		    find_option(option->subopts, name, len) != NULL) {
			*section = option->name;
			return 1;
		}
	return 0;
}

/* "max_connections", "Workers", "listen:": the name that is meant, or NULL */
static const char *
guess_name(const struct place *place, const struct token *name)
{
	char guess[NAME_MAX_LEN];
	const cfg_opt_t *option;
	size_t i, len = name->len;

	if (len > 0 && name->text[len - 1] == ':')
		len--;
	if (len == 0 || len >= sizeof(guess))
		return NULL;
	for (i = 0; i < len; i++)
		guess[i] = name->text[i] == '_'
		    ? '-'
		    : (char)tolower((unsigned char)name->text[i]);
	option = find_option(place->options, guess, len);
	if (option == NULL && guess[len - 1] == 's')
		option = find_option(place->options, guess, len - 1);
	else if (option == NULL && len + 1 < sizeof(guess)) {
		guess[len] = 's';
		option = find_option(place->options, guess, len + 1);
	}
	return option == NULL ? NULL : option->name;
}

static int
wrong_name(const struct token_reader *r, const struct place *place,
    const struct token *name)
{
	char shown[TOKEN_TEXT_MAX];
	const char *section, *guess = guess_name(place, name);

	token_show(name, shown);
	if (guess != NULL)
		return token_fault(r, name->line,
		    "no such setting: %s: write %s", shown, guess);
	if (name->len == strlen("include") &&
	    strncmp(name->text, "include", name->len) == 0)
		return token_fault(r, name->line,
		    "no such setting: %s: the configuration is this "
		    "one file",
		    shown);
	if (!find_elsewhere(name->text, name->len, &section))
		return token_fault(r, name->line, "no such setting: %s", shown);
	if (place->section == NULL)
		return token_fault(r, name->line,
		    "%s is a setting of a %s section, and is outside of one",
		    shown, section);
	if (section[0] != '\0')
		return token_fault(r, name->line,
		    "%s is a setting of %s sections, not of %s", shown, section,
		    place->section->name);
	/* one of the file's, where this section should have ended before */
	if (find_option(grammar, name->text, name->len)->type == CFGT_SEC)
		return token_fault(r, place->line,
		    "the section %s %s begins here, and has no \"}\" before "
		    "line %d",
		    place->section->name, place->shown, name->line);
	return token_fault(r, name->line,
	    "%s is not a setting of a %s section: the one of line %d has no "
	    "\"}\" before it",
	    shown, place->section->name, place->line);
}

/* ---- values ---- */

/* A value, or an element of a list. */
static int
check_value(const struct token_reader *r, const cfg_opt_t *option,
    const struct token *value)
{
	char shown[TOKEN_TEXT_MAX], why[CONF_WHY_MAX];

	if (value->unseen != 0 && strcmp(option->name, "description") != 0)
		return token_fault(r, value->line,
		    "%s: the text has %s, which shows as nothing, or as a "
		    "space",
		    option->name, token_show_unseen(value->unseen, shown));
	if (value->has_variable)
		return 0; /* libconfuse will know what it is */
	if ((option->type == CFGT_INT &&
		conf_explain_number(
		    option->name, value->text, value->len, why) < 0) ||
	    (option->type == CFGT_BOOL &&
		conf_explain_switch(
		    option->name, value->text, value->len, why) < 0))
		return token_fault(r, value->line, "%s", why);
	return 0;
}

/* After the "{" of a list, which began at line. */
static int
scan_list(struct token_reader *r, const cfg_opt_t *option, int line)
{
	char shown[TOKEN_TEXT_MAX];
	struct token token;
	int result, wants_comma = 0;

	for (;;) {
		if ((result = token_next(r, &token)) < 0)
			return result;
		if (token.kind == TOKEN_CLOSE)
			return 0;
		if (token.kind == TOKEN_COMMA && wants_comma) {
			wants_comma = 0;
			continue;
		}
		if ((token.kind != TOKEN_WORD && token.kind != TOKEN_QUOTED) ||
		    token_is_set_next(r) ||
		    (wants_comma && token.kind == TOKEN_WORD &&
			find_option(grammar, token.text, token.len) != NULL)) {
			if (token.kind == TOKEN_COMMA)
				return token_fault(r, token.line,
				    "%s: there is nothing before the \",\"",
				    option->name);
			if (token.kind == TOKEN_END)
				return token_fault(r, line,
				    "the list %s begins here, and has no "
				    "\"}\" at its end",
				    option->name);
			return token_fault(r, line,
			    "the list %s begins here, and has no \"}\" before "
			    "%s in line %d",
			    option->name, token_show(&token, shown),
			    token.line);
		}
		if (wants_comma)
			return token_fault(r, token.line,
			    "%s: a \",\" is missing before %s", option->name,
			    token_show(&token, shown));
		if ((result = check_value(r, option, &token)) < 0)
			return result;
		wants_comma = 1;
	}
}

/* After the "=" or "+=". */
static int
scan_value(struct token_reader *r, const cfg_opt_t *option, int line)
{
	int is_list = (option->flags & CFGF_LIST) != 0;
	struct token token;
	int result;

	if ((result = token_next(r, &token)) < 0)
		return result;
	if (token.kind == TOKEN_OPEN && is_list)
		return scan_list(r, option, line);
	if (token.kind == TOKEN_OPEN)
		return token_fault(r, token.line,
		    "%s takes one value, not a list in { }", option->name);
	if ((token.kind != TOKEN_WORD && token.kind != TOKEN_QUOTED) ||
	    (token.kind == TOKEN_WORD && token.line > line &&
		token_is_set_next(r)))
		return token_fault(
		    r, line, "%s: the value is missing", option->name);
	return check_value(r, option, &token);
}

static int
scan_setting(struct token_reader *r, const struct place *place,
    const cfg_opt_t *option, const struct token *name)
{
	int *line = &place->lines[option - place->options];
	int is_list = (option->flags & CFGF_LIST) != 0;
	char shown[TOKEN_TEXT_MAX];
	struct token token;
	int result;

	if ((result = token_next(r, &token)) < 0)
		return result;
	if (token.kind != TOKEN_SET && token.kind != TOKEN_ADD)
		return token_fault(r, name->line,
		    "%s: a \"=\" is missing before %s", option->name,
		    token_show(&token, shown));
	if (token.kind == TOKEN_ADD && !is_list)
		return token_fault(r, token.line,
		    "%s is not a list, so += can't add to it", option->name);
	/* libconfuse would silently forget what was there */
	if (token.kind == TOKEN_SET && *line != 0)
		return token_fault(r, name->line,
		    "%s is given twice: it was set at line %d already%s",
		    option->name, *line,
		    is_list ? "; use += to add to it" : "");
	if (*line == 0)
		*line = name->line;
	return scan_value(r, option, token.line);
}

/* ---- sections ---- */

static int scan_place(struct token_reader *r, struct place *place);

/* libconfuse would tell of a second one, and not where the first is. */
static int
remember_section(const struct token_reader *r, const struct place *place)
{
	const char *name = place->section->name;
	int first = conf_seen_section(
	    name, place->title.text, place->title.len, place->line);

	if (first == 0)
		return 0;
	return token_fault(r, place->line,
	    "%s %s is given twice: the first begins at line %d", name,
	    place->shown, first);
}

static int
scan_section(
    struct token_reader *r, const cfg_opt_t *option, const struct token *name)
{
	int lines[CONF_SEEN_OPTIONS_MAX] = {0}, result;
	struct place place = {
	    option->subopts, option, {0}, name->line, lines, ""};
	char shown[TOKEN_TEXT_MAX];
	struct token token;

	if ((result = token_next(r, &place.title)) < 0)
		return result;
	if (place.title.kind != TOKEN_WORD && place.title.kind != TOKEN_QUOTED)
		return token_fault(r, name->line,
		    "%s is a section with a title: %s", option->name,
		    conf_explain_section(option->name));
	token_show(&place.title, place.shown);
	if (place.title.unseen != 0)
		return token_fault(r, place.title.line,
		    "%s: the title has %s, which shows as nothing, or as a "
		    "space",
		    option->name, token_show_unseen(place.title.unseen, shown));
	if ((result = token_next(r, &token)) < 0)
		return result;
	if (token.kind != TOKEN_OPEN)
		return token_fault(r, name->line,
		    "%s %s: a \"{\" is missing before %s", option->name,
		    place.shown, token_show(&token, shown));
	if ((result = remember_section(r, &place)) < 0)
		return result;
	return scan_place(r, &place);
}

static int
scan_statement(
    struct token_reader *r, const struct place *place, const struct token *name)
{
	const cfg_opt_t *option;
	char shown[TOKEN_TEXT_MAX];

	token_show(name, shown);
	if (name->kind == TOKEN_QUOTED && token_is_set_next(r))
		return token_fault(r, name->line,
		    "%s: the name of a setting has no quotes", shown);
	if (name->kind != TOKEN_WORD)
		return token_fault(r, name->line,
		    "%s is where the name of a setting should be", shown);
	option = find_option(place->options, name->text, name->len);
	if (option == NULL)
		return wrong_name(r, place, name);
	if (option->type == CFGT_SEC)
		return scan_section(r, option, name);
	return scan_setting(r, place, option, name);
}

/* Up to the end of the file, or past the "}" of the section. */
static int
scan_place(struct token_reader *r, struct place *place)
{
	struct token token;
	int result;

	for (;;) {
		if ((result = token_next(r, &token)) < 0)
			return result;
		if (token.kind == TOKEN_END && place->section == NULL)
			return 0;
		if (token.kind == TOKEN_END)
			return token_fault(r, place->line,
			    "the section %s %s begins here, and has no \"}\" "
			    "at its end",
			    place->section->name, place->shown);
		if (token.kind == TOKEN_CLOSE && place->section != NULL)
			return 0;
		if (token.kind == TOKEN_CLOSE)
			return token_fault(r, token.line,
			    "this \"}\" ends no section or list");
		if ((result = scan_statement(r, place, &token)) < 0)
			return result;
	}
}

int
conf_scan(
    char *text, const char *file, cfg_t *parser, char error[CONF_ERROR_MAX])
{
	struct token_reader reader = {text, 1, file, error};
	struct place place = {
	    parser->opts, NULL, {0}, 1, conf_seen_begin(parser->opts), ""};

	grammar = parser->opts;
	return scan_place(&reader, &place);
}
