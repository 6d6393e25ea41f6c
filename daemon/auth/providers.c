/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/auth/providers.h"

int
providers_add(struct providers *providers, struct provider *provider)
{
	if (providers->count == OIDC_PROVIDERS_MAX) {
		provider_remove(provider);
		return VB_EFULL;
	}
	providers->all[providers->count++] = provider;
	return 0;
}

struct provider *
providers_at(const struct providers *providers, uint32_t i)
{
	return i < providers->count ? providers->all[i] : NULL;
}

struct provider *
providers_find(
    const struct providers *providers, const uint8_t proof[LOGIN_PROOF_BYTES])
{
	uint32_t i;

	for (i = 0; i < providers->count; i++)
		if (memcmp(providers->all[i]->proof, proof,
			LOGIN_PROOF_BYTES) == 0)
			return providers->all[i];
	return NULL;
}

void
providers_clear(struct providers *providers)
{
	uint32_t i, count = providers->count;

	providers->count = 0;
	for (i = 0; i < count; i++)
		provider_remove(providers->all[i]);
}

void
providers_replace(struct providers *providers, struct providers *next)
{
	struct providers old = *providers;
	uint32_t i, j;

	*providers = *next;
	next->count = 0;
	for (i = 0; i < providers->count; i++)
		for (j = 0; j < old.count; j++)
			provider_inherit(providers->all[i], old.all[j]);
	providers_clear(&old);
}
