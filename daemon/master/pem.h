/* SPDX-License-Identifier: ISC */
/*
 * Copies of the operator's files, which no longer change when these do. A
 * certificate's file may hold the key as well, which neither the master's
 * memory nor a worker may ever see.
 */
#ifndef VB_PEM_H
#define VB_PEM_H

#include "common/errors.h"

#define PEM_CERTIFICATE "CERTIFICATE" /* RFC 7468, 5.1 */
#define PEM_CRL		"X509 CRL"    /* RFC 7468, 6 */

/*
 * Copies the PEM blocks of that label from fd, a regular
 * file, into a sealed memory file. The file is read by a process that does
 * nothing else and ends, so that a key in it does not come into this one's
 * memory. **Borrows** fd, **gives** *out. Returns 0, VB_ENOTFOUND (no such
 * block), VB_ERANGE (larger than a megabyte), VB_ESYNTAX (a block without
 * its end, or that is none) or VB_ESYS: with ETIMEDOUT, if it can't be read
 * in some seconds.
 */
VB_MUST_CHECK int pem_copy(int fd, const char *label, int *out);

/*
 * The same of a server's certificate and its chain. VB_EWEAK, if OpenSSL
 * would not show it, by the security level that goes with ciphers: a worker
 * would end of it.
 */
VB_MUST_CHECK int pem_copy_chain(int fd, const char *ciphers, int *out);

/*
 * The same of a whole file, whatever is in it: a key's, of which the master
 * has the descriptor, as it had the file's, and nobody but the keeper a byte.
 */
VB_MUST_CHECK int pem_copy_all(int fd, int *out);

#endif
