/* SPDX-License-Identifier: ISC */
#include <openssl/core_dispatch.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include "worker/tls/tls_key.h"
#include "worker/tls/tls_provider.h"

static const OSSL_ALGORITHM *
provider_query(void *provider, int operation, int *no_cache)
{
	(void)provider;
	*no_cache = 0;
	if (operation == OSSL_OP_KEYMGMT)
		return tls_key_algorithms;
	return operation == OSSL_OP_SIGNATURE ? tls_sign_algorithms : NULL;
}

static int
provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **context)
{
	static const OSSL_DISPATCH functions[] = {
	    TLS_KEY_FUNCTION(
		OSSL_FUNC_PROVIDER_QUERY_OPERATION, provider_query),
	    {0, NULL},
	};

	(void)in;
	*out = functions;
	*context = (void *)(uintptr_t)handle;
	return 1;
}

int
tls_provider_open(tls_sign_asker *asker)
{
	/* they stay loaded as long as the process lives */
	static OSSL_PROVIDER *own, *ours;

	tls_sign_use(asker);
	if (ours != NULL)
		return 0;
	/* its own first, and preferred: for all that is not such a key */
	if ((own = OSSL_PROVIDER_load(NULL, "default")) == NULL ||
	    OSSL_PROVIDER_add_builtin(NULL, TLS_KEY_PROVIDER, provider_init) !=
		1 ||
	    EVP_set_default_properties(NULL, "?provider=default") != 1)
		return VB_ESYS;
	ours = OSSL_PROVIDER_load(NULL, TLS_KEY_PROVIDER);
	return ours == NULL ? VB_ESYS : 0;
}
