/* SPDX-License-Identifier: ISC */
/* Which bytes are a handshake's, so that nothing else is signed. */
#ifndef VB_KEEPER_RECOGNISE_H
#define VB_KEEPER_RECOGNISE_H

#include <stddef.h>
#include <stdint.h>

enum recognised {
	RECOGNISED_NOTHING,
	RECOGNISED_TLS_1_2, /* randoms and ServerECDHParams */
	RECOGNISED_TLS_1_3  /* a server's CertificateVerify */
};

/*
 * What a server's handshake signs, byte for byte: RFC 8446, 4.4.3, with a
 * transcript hash of SHA-256 or SHA-384, or RFC 8422, 5.4, with a named curve
 * and a point of its size. Pure: looks at content and nothing else.
 */
enum recognised recognise(const uint8_t *content, size_t length);

/* Of a CertificateVerify, the transcript's hash; NULL: it is none. */
const uint8_t *
recognise_hash(const uint8_t *content, size_t length, size_t *hash_len);

#endif
