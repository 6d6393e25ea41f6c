/* SPDX-License-Identifier: ISC */
#include <openssl/crypto.h>
#include <string.h>

#include "daemon/auth/oidc/id_token.h"

/* One of another kind, as a logout token, says so (RFC 8725, 3.11). */
static int
is_type(const char *type)
{
	return type[0] == '\0' || strcmp(type, "jwt") == 0;
}

/* In a time that tells nothing of the nonce but its length. */
static int
has_nonce(const json_t *claims, const char *nonce)
{
	const json_t *member = object_member(claims, "nonce");
	size_t len = strlen(nonce);

	return len > 0 && json_is_string(member) &&
	    json_string_length(member) == len &&
	    CRYPTO_memcmp(json_string_value(member), nonce, len) == 0;
}

static const char *
judge(const json_t *claims, const char *nonce, struct id_token *out)
{
	int result;

	if (!has_nonce(claims, nonce))
		return "the token is of another login (nonce)";
	if (object_text(claims, "sub", VALIDITY_TEXT_MAX, &out->sub) < 0)
		return "the token does not say who it is about (sub)";
	result = object_text(claims, "sid", VALIDITY_TEXT_MAX, &out->sid);
	if (result < 0 && result != VB_ENOTFOUND)
		return "the token's session is no text (sid)";
	out->claims = claims;
	return NULL;
}

int
id_token_judge(const struct jwt *jwt, const struct validity_rules *rules,
    const char *nonce, struct id_token *out, const char **fault)
{
	memset(out, 0, sizeof(*out));
	*fault = NULL;
	if (!is_type(jwt->type))
		*fault = "the token is of another kind (typ)";
	else if (validity_judge(jwt->claims, rules, fault) == 0)
		*fault = judge(jwt->claims, nonce, out);
	if (*fault == NULL)
		return 0;
	memset(out, 0, sizeof(*out));
	return VB_ESYNTAX;
}
