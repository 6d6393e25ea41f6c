/* SPDX-License-Identifier: ISC */
/*
 * The two buffers of tls.h as libssl sees them: for tls.c and tls_record.c.
 */
#ifndef VB_TLS_IO_H
#define VB_TLS_IO_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "common/errors.h"

extern struct tls_io {
	const uint8_t *input; /* what libssl has not read yet */
	size_t input_len;
	uint8_t *out;
	size_t out_len; /* what it has written */
} tls_io;

/* Once. **Keeps** out, of TLS_OUT_BYTES. Returns 0 or VB_ESYS. */
VB_MUST_CHECK int tls_io_open(uint8_t *out);

/* What a session reads and writes with. NULL without memory. */
BIO *tls_io_bio(void);

#endif
