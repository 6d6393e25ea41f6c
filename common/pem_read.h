/* SPDX-License-Identifier: ISC */
/* Certificates and revocation lists in PEM, out of a descriptor. */
#ifndef VB_PEM_READ_H
#define VB_PEM_READ_H

#include <openssl/types.h>

/*
 * All of a file, in its order; read with pread, since others share its offset.
 * **Borrow** fd, **give** a stack of at least one. NULL: there is none.
 */
STACK_OF(X509) * pem_read_certs(int fd);
STACK_OF(X509_CRL) * pem_read_crls(int fd);

#endif
