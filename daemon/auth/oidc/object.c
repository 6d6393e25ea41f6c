/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/auth/oidc/object.h"

/*
 * How deep the text goes, outside of strings; what is no JSON may count as
 * anything. jansson's own bound is 2048 calls of its parser.
 */
static size_t
depth_of(const char *text, size_t len)
{
	size_t i, depth = 0, most = 0;
	int is_string = 0;

	for (i = 0; i < len; i++) {
		if (is_string && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			is_string = !is_string;
		else if (!is_string && (text[i] == '[' || text[i] == '{'))
			depth++;
		else if (!is_string && (text[i] == ']' || text[i] == '}'))
			depth -= depth > 0;
		if (depth > most)
			most = depth;
	}
	return most;
}

int
object_parse(const char *text, size_t len, json_t **out)
{
	json_error_t error;

	*out = NULL;
	if (len > OBJECT_TEXT_MAX || depth_of(text, len) > OBJECT_DEPTH_MAX)
		return VB_ERANGE;
	*out = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (*out == NULL)
		return json_error_code(&error) == json_error_out_of_memory
		    ? VB_ENOMEM
		    : VB_ESYNTAX;
	if (json_is_object(*out))
		return 0;
	json_decref(*out);
	*out = NULL;
	return VB_ESYNTAX;
}

json_t *
object_member(const json_t *o, const char *name)
{
	json_t *member = json_object_get(o, name);

	return json_is_null(member) ? NULL : member;
}

static int
has_control(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return 1;
	return 0;
}

int
object_text(const json_t *o, const char *name, size_t max, const char **out)
{
	const json_t *member = object_member(o, name);
	size_t len;

	*out = NULL;
	if (member == NULL)
		return VB_ENOTFOUND;
	if (!json_is_string(member))
		return VB_ESYNTAX;
	len = json_string_length(member);
	if (len == 0 || len > max)
		return VB_ERANGE;
	if (has_control(json_string_value(member), len))
		return VB_ESYNTAX;
	*out = json_string_value(member);
	return 0;
}

int
object_time(const json_t *o, const char *name, double *out)
{
	const json_t *member = object_member(o, name);

	*out = 0;
	if (member == NULL)
		return VB_ENOTFOUND;
	if (!json_is_number(member))
		return VB_ESYNTAX;
	*out = json_number_value(member);
	return *out >= 0 && *out <= OBJECT_TIME_MAX ? 0 : VB_ERANGE;
}

int
object_flag(const json_t *o, const char *name)
{
	const json_t *member = object_member(o, name);

	if (member == NULL)
		return VB_ENOTFOUND;
	return json_is_boolean(member) ? json_is_true(member) : VB_ESYNTAX;
}

int
object_list_has(const json_t *array, const char *text)
{
	size_t i, len = strlen(text);
	const json_t *item;

	json_array_foreach(array, i, item) if (json_is_string(item) &&
	    json_string_length(item) == len &&
	    memcmp(json_string_value(item), text, len) == 0) return 1;
	return 0;
}

int
object_is_list(const json_t *array)
{
	size_t i;
	const json_t *item;

	if (!json_is_array(array))
		return 0;
	json_array_foreach(array, i, item) if (!json_is_string(item)) return 0;
	return 1;
}
