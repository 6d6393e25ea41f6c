/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/auth/oidc/logout_token.h"

#define EVENT "http://schemas.openid.net/event/backchannel-logout"

/* The specification's own (2.4), or none: providers that are older. */
static int
is_type(const char *type)
{
	return type[0] == '\0' || strcmp(type, "jwt") == 0 ||
	    strcmp(type, "logout+jwt") == 0;
}

/* NULL is nothing; false for what is there and no text. */
static int
read_text(const json_t *claims, const char *name, const char **out)
{
	int result = object_text(claims, name, VALIDITY_TEXT_MAX, out);

	return result == 0 || result == VB_ENOTFOUND;
}

static const char *
judge(const json_t *claims, struct logout_token *out)
{
	const json_t *events = object_member(claims, "events");

	if (!json_is_object(object_member(events, EVENT)))
		return "the token is not about a logout (events)";
	/* even null: an ID token must never do for one */
	if (json_object_get(claims, "nonce") != NULL)
		return "the token is of a login, not of a logout (nonce)";
	if (object_text(claims, "jti", VALIDITY_TEXT_MAX, &out->jti) < 0)
		return "the token has no name (jti)";
	if (!read_text(claims, "sub", &out->sub) ||
	    !read_text(claims, "sid", &out->sid))
		return "the token's user or session is no text (sub, sid)";
	if (out->sub == NULL && out->sid == NULL)
		return "the token does not say who it is about (sub, sid)";
	if (object_time(claims, "exp", &out->exp) < 0)
		return "the token does not say when it ends (exp)";
	return NULL;
}

int
logout_token_judge(const struct jwt *jwt, const struct validity_rules *rules,
    struct logout_token *out, const char **fault)
{
	memset(out, 0, sizeof(*out));
	*fault = NULL;
	if (!is_type(jwt->type))
		*fault = "the token is of another kind (typ)";
	else if (validity_judge(jwt->claims, rules, fault) == 0)
		*fault = judge(jwt->claims, out);
	if (*fault == NULL)
		return 0;
	memset(out, 0, sizeof(*out));
	return VB_ESYNTAX;
}
