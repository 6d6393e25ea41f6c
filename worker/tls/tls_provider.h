/* SPDX-License-Identifier: ISC */
/*
 * An OpenSSL 3 provider for private keys that are elsewhere: its keys are
 * tls_key.h's, and its one operation, signing, is tls_sign.h's.
 */
#ifndef VB_TLS_PROVIDER_H
#define VB_TLS_PROVIDER_H

#include "common/errors.h"
#include "worker/tls/tls_sign.h"

/*
 * Loads libcrypto's own provider and this one after it, and has asker asked
 * for signatures; call it before the sandbox is entered. Returns 0 or
 * VB_ESYS.
 */
VB_MUST_CHECK int tls_provider_open(tls_sign_asker *asker);

#endif
