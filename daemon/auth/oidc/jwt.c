/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/auth/oidc/base64url.h"
#include "daemon/auth/oidc/jwt.h"
#include "daemon/auth/oidc/signature.h"

struct part {
	const char *text;
	size_t len;
};

struct header {
	enum algorithm algorithm;
	const char *id; /* kid; NULL: none. Lives as long as the object */
};

static int
refuse(const char **fault, const char *why)
{
	*fault = why;
	return VB_ESYNTAX;
}

/* Three parts, with two dots. */
static int
split(const char *text, size_t len, struct part parts[3])
{
	const char *end = text + len, *dot;
	size_t i;

	for (i = 0; i < 3; i++) {
		dot = memchr(text, '.', (size_t)(end - text));
		if ((dot == NULL) != (i == 2))
			return VB_ESYNTAX;
		parts[i].text = text;
		parts[i].len = (size_t)((dot != NULL ? dot : end) - text);
		text = dot != NULL ? dot + 1 : end;
	}
	return 0;
}

/* The object that a part is. Nothing of it stays in memory that is freed. */
static int
read_object(const struct part *part, json_t **out)
{
	size_t size = BASE64URL_BYTES(part->len);
	uint8_t *bytes = malloc(size);
	int len, result;

	*out = NULL;
	if (bytes == NULL)
		return VB_ENOMEM;
	len = base64url_decode(part->text, part->len, bytes, size);
	result =
	    len < 0 ? len : object_parse((const char *)bytes, (size_t)len, out);
	explicit_bzero(bytes, size);
	free(bytes);
	return result == 0 || result == VB_ENOMEM ? result : VB_ESYNTAX;
}

/* In lower case, since it is a media type (RFC 7519, 5.1). */
static int
read_type(const json_t *o, char out[JWT_TYPE_MAX])
{
	const char *type;
	int result = object_text(o, "typ", JWT_TYPE_MAX - 1, &type);
	size_t i;

	if (result == VB_ENOTFOUND)
		return 0;
	if (result < 0)
		return result;
	for (i = 0; type[i] != '\0'; i++)
		out[i] = (char)tolower((unsigned char)type[i]);
	return 0;
}

static int
read_algorithm(const json_t *o, struct header *header, const char **fault)
{
	const char *name = json_string_value(object_member(o, "alg"));

	if (name == NULL)
		return refuse(fault, "the token names no algorithm");
	header->algorithm = algorithm_find(name);
	if (header->algorithm != ALGORITHM_NONE)
		return 0;
	if (strcasecmp(name, "none") == 0)
		return refuse(fault, "the token is not signed");
	if (strncasecmp(name, "HS", 2) == 0)
		return refuse(fault,
		    "the token is signed with a shared secret, not with a key");
	return refuse(fault,
	    "the token's algorithm is none of RS256, PS256, ES256, EdDSA");
}

static int
read_header(
    const json_t *o, struct header *header, struct jwt *out, const char **fault)
{
	int result;

	if (json_object_get(o, "crit") != NULL)
		return refuse(fault, "the token has an extension (\"crit\")");
	if ((result = read_algorithm(o, header, fault)) < 0)
		return result;
	if (read_type(o, out->type) < 0)
		return refuse(fault, "the token's type is not text");
	result = object_text(o, "kid", JWK_ID_MAX, &header->id);
	if (result < 0 && result != VB_ENOTFOUND)
		return refuse(fault, "the token's key is named in a bad way");
	return 0;
}

static int
is_named(const struct jwk *jwk, const char *id)
{
	return id == NULL || (jwk->id != NULL && strcmp(jwk->id, id) == 0);
}

static int
does_fit(const struct jwk *jwk, enum algorithm algorithm)
{
	return jwk->type == algorithm_key(algorithm) &&
	    (jwk->algorithm == ALGORITHM_NONE || jwk->algorithm == algorithm);
}

static int
try_keys(const struct header *header, const struct signed_text *what,
    const struct jwks *keys, const char **fault)
{
	size_t i, named = 0, tried = 0;
	const struct jwk *jwk;

	for (i = 0; i < jwks_count(keys); i++) {
		jwk = jwks_at(keys, i);
		if (!is_named(jwk, header->id))
			continue;
		named++;
		if (!does_fit(jwk, header->algorithm))
			continue;
		tried++;
		if (signature_is_good(header->algorithm, jwk, what))
			return 0;
	}
	*fault = named == 0 ? "the token's key is not in the key set"
	    : tried == 0    ? "the token's algorithm does not fit its key"
			    : "the token's signature is wrong";
	return named > 0 && header->id != NULL ? VB_EWEAK : VB_ENOTFOUND;
}

/* What is signed are the first two parts, with the dot between them. */
static int
verify(const struct part parts[3], const struct header *header,
    const struct jwks *keys, const char **fault)
{
	uint8_t signature[SIGNATURE_MAX];
	int len = base64url_decode(
	    parts[2].text, parts[2].len, signature, sizeof(signature));
	struct signed_text what = {
	    .text = parts[0].text,
	    .len = parts[0].len + 1 + parts[1].len,
	    .signature = signature,
	};

	if (len < 0)
		return refuse(fault, "the token's signature is not base64url");
	what.signature_len = (size_t)len;
	return try_keys(header, &what, keys, fault);
}

static int
judge(const struct part parts[3], const struct jwks *keys, struct jwt *out,
    const char **fault)
{
	struct header header = {.id = NULL};
	json_t *o;
	int result = read_object(&parts[0], &o);

	if (result == 0)
		result = read_header(o, &header, out, fault);
	else if (result == VB_ESYNTAX)
		*fault = "the token's header is not an object of JSON";
	if (result == 0)
		result = verify(parts, &header, keys, fault);
	json_decref(o);
	out->algorithm = header.algorithm;
	return result;
}

int
jwt_verify(const char *text, size_t len, const struct jwks *keys,
    struct jwt *out, const char **fault)
{
	struct part parts[3];
	int result;

	memset(out, 0, sizeof(*out));
	*fault = NULL;
	if (len > JWT_TEXT_MAX)
		return refuse(fault, "the token is too long");
	if (split(text, len, parts) < 0)
		return refuse(fault, "the token does not have three parts");
	if ((result = judge(parts, keys, out, fault)) == 0) {
		/* only now: nobody else's claims are parsed */
		result = read_object(&parts[1], &out->claims);
		if (result == VB_ESYNTAX)
			*fault = "the token's claims are not an object of JSON";
	}
	if (result == VB_ENOMEM)
		*fault = OBJECT_NO_MEMORY;
	if (result < 0)
		jwt_clear(out);
	return result;
}

void
jwt_clear(struct jwt *jwt)
{
	json_decref(jwt->claims);
	memset(jwt, 0, sizeof(*jwt));
}
