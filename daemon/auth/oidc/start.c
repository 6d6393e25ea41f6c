/* SPDX-License-Identifier: ISC */
#include <jansson.h>
#include <malloc.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/jwt.h"
#include "daemon/auth/oidc/known.h"
#include "daemon/auth/oidc/object.h"
#include "daemon/auth/oidc/start.h"

/* Tokens are parsed in it: jansson frees all that it copies on the way. */
static void
wipe_and_free(void *memory)
{
	if (memory != NULL)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

/* Not 0, which would be none: members of an object can't be made to collide. */
static int
seed(void)
{
	size_t number = 0;

	while (number == 0)
		if (RAND_bytes((unsigned char *)&number, (int)sizeof(number)) !=
		    1)
			return VB_EWEAK;
	json_object_seed(number);
	return 0;
}

/*
 * What jansson calls, the dynamic linker looks up at the first call, and saves
 * the registers on the stack meanwhile; in these may be a part of what was
 * copied last. So all that parsing needs is called once without secrets, for
 * each kind of value and fault.
 */
static int
warm_up(void)
{
	static const char good[] =
	    "{\"text\":\"\\u00e4\\ud83d\\ude00\\n\",\"whole\":1700000000,"
	    "\"real\":-1.5e3,\"list\":[true,false,null,{}]}";
	static const char *const bad[] = {"{\"twice\":1,\"twice\":2}",
	    "{\"\xff\":1}", "{\"far\":1e999}",
	    "{\"large\":99999999999999999999}", "{\"open\":\"", "nothing", ""};
	json_t *o;
	size_t i;

	if (object_parse(good, strlen(good), &o) < 0)
		return VB_EWEAK;
	json_decref(o);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (object_parse(bad[i], strlen(bad[i]), &o) == 0) {
			json_decref(o);
			return VB_EWEAK;
		}
	return 0;
}

static int
verify(const char *token, size_t len, const struct jwks *keys)
{
	struct jwt jwt;
	const char *fault;
	int result = jwt_verify(token, len, keys, &jwt, &fault);

	jwt_clear(&jwt);
	return result;
}

/* Each is taken, and refused if what it says is changed by one character. */
static int
verify_all(const struct jwks *keys)
{
	char changed[KNOWN_TOKEN_MAX];
	char *claims;
	size_t i, len;

	for (i = 0; i < KNOWN_TOKENS; i++) {
		len = strlen(known_tokens[i]);
		memcpy(changed, known_tokens[i], len + 1);
		claims = strchr(changed, '.') + 1;
		claims[0] ^= 1;
		if (verify(known_tokens[i], len, keys) != 0 ||
		    verify(changed, len, keys) != VB_EWEAK)
			return VB_EWEAK;
	}
	return 0;
}

int
oidc_start(void)
{
	struct jwks *keys;
	const char *fault;
	int result;

	json_set_alloc_funcs(malloc, wipe_and_free);
	if ((result = seed()) < 0 || (result = warm_up()) < 0)
		return result;
	if (jwks_parse(known_keys, strlen(known_keys), &keys, &fault) < 0)
		return VB_EWEAK;
	result = verify_all(keys);
	jwks_free(keys);
	return result;
}
