/* SPDX-License-Identifier: ISC */
/* The names that a certificate is for. */
#ifndef VB_TLS_NAMES_H
#define VB_TLS_NAMES_H

#include <openssl/types.h>

#include "common/errors.h"
#include "worker/parse/names.h"

/*
 * Adds the certificate's DNS names or, if it has none at all, its common
 * name: the last certificates without others are of one's own making.
 * **Borrows** cert. Returns 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int tls_names_add(const X509 *cert, struct names *names);

#endif
