/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/auth/oidc/userinfo.h"

int
userinfo_parse(const char *text, size_t len, const char *sub, json_t **out,
    const char **fault)
{
	const char *who;
	int result = object_parse(text, len, out);

	*fault = OBJECT_NO_MEMORY;
	if (result == VB_ENOMEM)
		return result;
	*fault = NULL;
	who = json_string_value(object_member(*out, "sub"));
	if (*out == NULL)
		*fault = "the answer of userinfo is not an object of JSON";
	else if (who == NULL || strcmp(who, sub) != 0)
		*fault = "the answer of userinfo is about somebody else (sub)";
	if (*fault == NULL)
		return 0;
	json_decref(*out);
	*out = NULL;
	return VB_ESYNTAX;
}
