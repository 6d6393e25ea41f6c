/* SPDX-License-Identifier: ISC */
/* Sizes in TLS, in bytes. */
#ifndef VB_TLS_SIZE_H
#define VB_TLS_SIZE_H

/* RFC 8446, 5.1 and 5.2; RFC 5246, 6.2.3 */
#define TLS_PLAIN_MAX  16384
#define TLS_RECORD_MAX (5 + TLS_PLAIN_MAX + 2048)

#define TLS_FAULT_MAX  192 /* of what tls_fault() says, with its NUL */

/* The two buffers, in bytes: a large read, and what a large write becomes. */
#define TLS_IN_BYTES  (512 * 1024)
#define TLS_OUT_BYTES (640 * 1024)

#endif
