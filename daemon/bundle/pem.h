/* SPDX-License-Identifier: ISC */
/*
 * Copies of the operator's files, which no longer change when these do. A
 * certificate's file may hold the key as well, which neither the master's
 * memory nor a worker may ever see.
 */
#ifndef VB_PEM_H
#define VB_PEM_H

#include "common/errors.h"
#include "daemon/bundle/pem_text.h"

/* What is copied. */
enum pem_use {
	PEM_CHAIN,     /* a server's certificate and its issuers' */
	PEM_CLIENT_CA, /* the authorities of clients */
	PEM_TARGET_CA, /* the authorities of targets */
	PEM_CRLS,
	PEM_KEY /* one private key, of which only the keeper sees a byte */
};

/*
 * Copies the PEM blocks of that kind from fd, a regular file, into a sealed
 * memory file, as OpenSSL writes them. The file is read by a process that
 * does nothing else and ends, so that a key in it does not come into this
 * one's memory. ciphers is for PEM_CHAIN alone. **Borrows** fd, **gives**
 * *out. Returns 0, with why if there is a block that will not be used; or, with
 * why if more can be said, VB_ENOTFOUND (no such block), VB_ERANGE (larger
 * than a megabyte), VB_ESYNTAX (a block that is damaged, or none), VB_EWEAK (a
 * chain that OpenSSL would not show, by the security level that goes with
 * ciphers: a worker would end because of it) or VB_ESYS: with ETIMEDOUT, if it
 * can't be read in some seconds.
 */
VB_MUST_CHECK int pem_copy(int fd, enum pem_use use, const char *ciphers,
    int *out, char why[PEM_WHY_MAX]);

#endif
