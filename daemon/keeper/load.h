/* SPDX-License-Identifier: ISC */
/* Certificates and keys out of descriptors. No path ever gets here. */
#ifndef VB_KEEPER_LOAD_H
#define VB_KEEPER_LOAD_H

#include <openssl/types.h>
#include <stdint.h>
#include <time.h>

#include "common/errors.h"
#include "common/proto.h"

/*
 * The first certificate of a chain in PEM. **Borrows** fd, **gives** *out.
 * Returns 0, or VB_ESYNTAX with text saying why not.
 */
VB_MUST_CHECK int
load_certificate(int fd, X509 **out, char text[KEPT_TEXT_MAX]);

/* Whether now is in its dates. Returns 0, or VB_ERANGE with text. */
VB_MUST_CHECK int
load_check_dates(X509 *certificate, time_t now, char text[KEPT_TEXT_MAX]);

/* When it ends, in seconds since 1970; 0 if that can't be said. */
uint64_t load_end_sec(const X509 *certificate);

/*
 * The private key in PEM that belongs to certificate: of a kind and size that
 * the bridge uses, and one that works. Nothing of it stays but *out.
 * **Borrows** fd, **gives** *out. Returns 0, or VB_ESYNTAX or VB_ERANGE with
 * text.
 */
VB_MUST_CHECK int
load_key(int fd, X509 *certificate, EVP_PKEY **out, char text[KEPT_TEXT_MAX]);

#endif
