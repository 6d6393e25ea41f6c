/* SPDX-License-Identifier: ISC */
/* Whom a certificate names, for people: in the log, and in lists. */
#ifndef VB_SUBJECT_H
#define VB_SUBJECT_H

#include <openssl/types.h>

#include "common/proto.h"

/* Returns 0 without memory. **Borrows** cert. */
int subject_fill(X509 *cert, struct subject *out);

/* The texts end, and are printable ASCII: for what a worker says in HELD. */
int subject_is_clean(const struct subject *subject);

#endif
