/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "daemon/auth/oidc/jwks.h"

struct jwks {
	size_t count;
	struct jwk keys[JWKS_MAX];
};

static int
refuse(const char **fault, const char *why)
{
	*fault = why;
	return VB_ESYNTAX;
}

/* Leaves out what can't be used; VB_ENOMEM is all that ends it. */
static int
read_keys(const json_t *array, struct jwks *jwks)
{
	size_t i;
	const json_t *item;
	int result;

	json_array_foreach(array, i, item)
	{
		result = jwk_read(item, &jwks->keys[jwks->count]);
		if (result == VB_ENOMEM)
			return VB_ENOMEM;
		if (result == 0)
			jwks->count++;
	}
	return 0;
}

static int
read_set(const json_t *o, struct jwks *jwks, const char **fault)
{
	const json_t *array = object_member(o, "keys");
	int result;

	if (!json_is_array(array))
		return refuse(fault, "the key set has no \"keys\"");
	if (json_array_size(array) > JWKS_MAX)
		return refuse(fault, "the key set has more than 64 keys");
	if ((result = read_keys(array, jwks)) < 0)
		return result;
	if (jwks->count == 0)
		return refuse(fault,
		    "the key set has no key for RS256, PS256, ES256 or EdDSA");
	return 0;
}

int
jwks_parse(const char *text, size_t len, struct jwks **out, const char **fault)
{
	json_t *o;
	int result = object_parse(text, len, &o);

	*out = NULL;
	*fault = NULL;
	if (result < 0 && result != VB_ENOMEM)
		return refuse(fault, "the key set is not an object of JSON");
	if (result == 0 && (*out = calloc(1, sizeof(**out))) == NULL)
		result = VB_ENOMEM;
	if (result == 0)
		result = read_set(o, *out, fault);
	json_decref(o);
	if (result == VB_ENOMEM)
		*fault = OBJECT_NO_MEMORY;
	if (result < 0) {
		jwks_free(*out);
		*out = NULL;
	}
	return result;
}

void
jwks_free(struct jwks *jwks)
{
	size_t i;

	if (jwks == NULL)
		return;
	for (i = 0; i < jwks->count; i++)
		jwk_clear(&jwks->keys[i]);
	free(jwks);
}

size_t
jwks_count(const struct jwks *jwks)
{
	return jwks->count;
}

const struct jwk *
jwks_at(const struct jwks *jwks, size_t i)
{
	return &jwks->keys[i];
}
