/* SPDX-License-Identifier: ISC */
/* Numbers, switches and sections. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/settings.h"
#include "daemon/bundle/conf_explain.h"

#define NUMBER_TEXT_MAX 64

static const struct {
	const char *name;
	long least, most;
	const char *unit;
} numbers[] = {
#define X(name, field, def, min, max, unit) {name, min, max, unit},
    SETTINGS_NUMBERS(X)
#undef X
};

int
conf_explain_number(
    const char *name, const char *text, size_t len, char why[CONF_WHY_MAX])
{
	char copy[NUMBER_TEXT_MAX], *end;
	long value;
	size_t i;
	const char *known =
	    strcmp(name, SETTINGS_OLD_MAX_SESSION) == 0 ? "max-session" : name;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]) - 1; i++)
		if (strcmp(numbers[i].name, known) == 0)
			break;
	snprintf(copy, sizeof(copy), "%.*s", (int)len, text);
	errno = 0;
	value = strtol(copy, &end, 0);
	if (len == 0 || len >= sizeof(copy) || *end != '\0' ||
	    isspace((unsigned char)copy[0])) {
		snprintf(why, CONF_WHY_MAX,
		    "%s: \"%s\" is not a whole number (%s)", name, copy,
		    numbers[i].unit);
		return VB_ESYNTAX;
	}
	if (errno != ERANGE && value >= numbers[i].least &&
	    value <= numbers[i].most)
		return 0;
	snprintf(why, CONF_WHY_MAX, "%s must be from %ld to %ld %s", name,
	    numbers[i].least, numbers[i].most, numbers[i].unit);
	return VB_ESYNTAX;
}

int
conf_explain_switch(
    const char *name, const char *text, size_t len, char why[CONF_WHY_MAX])
{
	static const char *const words[] = {
	    "yes", "no", "on", "off", "true", "false"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len &&
		    strncasecmp(words[i], text, len) == 0)
			return 0;
	snprintf(why, CONF_WHY_MAX, "%s: \"%.*s\" is neither yes nor no", name,
	    len > NUMBER_TEXT_MAX ? NUMBER_TEXT_MAX : (int)len, text);
	return VB_ESYNTAX;
}

const char *
conf_explain_section(const char *name)
{
	if (strcmp(name, "listen") == 0)
		return "listen \"ADDRESS:PORT\" { }";
	if (strcmp(name, "auth") == 0)
		return "auth \"KIND\" { }";
	return strcmp(name, "target") == 0 ? "target \"NAME\" { }"
					   : "access \"NAME\" { }";
}
