/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <string.h>

#include "daemon/auth/oidc/algorithm.h"

static const struct {
	const char *name;
	enum key_type key;
} algorithms[ALGORITHM_COUNT] = {
    [ALGORITHM_RS256] = {"RS256", KEY_RSA},
    [ALGORITHM_PS256] = {"PS256", KEY_RSA},
    [ALGORITHM_ES256] = {"ES256", KEY_P256},
    [ALGORITHM_EDDSA] = {"EdDSA", KEY_ED25519},
};

enum algorithm
algorithm_find(const char *name)
{
	size_t i;

	for (i = ALGORITHM_NONE + 1; i < ALGORITHM_COUNT; i++)
		if (strcmp(algorithms[i].name, name) == 0)
			return (enum algorithm)i;
	return ALGORITHM_NONE;
}

const char *
algorithm_name(enum algorithm algorithm)
{
	return algorithms[algorithm].name;
}

enum key_type
algorithm_key(enum algorithm algorithm)
{
	return algorithms[algorithm].key;
}
