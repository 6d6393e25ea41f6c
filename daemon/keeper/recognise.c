/* SPDX-License-Identifier: ISC */
/*
 * STANDARDS  RFC 8446 4.4.3 (CertificateVerify), RFC 5246 7.4.3 and RFC 8422
 * 5.4 (ServerKeyExchange), RFC 8422 5.1.1 (curves), RFC 7748 (X25519, X448).
 *
 * The two forms differ in every length that they can have, so that what is
 * recognised as one can never be taken for the other.
 */
#include <string.h>

#include "daemon/keeper/recognise.h"

#define PAD_BYTE	0x20
#define PAD_BYTES	64
#define SHA256_BYTES	32
#define SHA384_BYTES	48
#define RANDOMS_BYTES	64 /* the client's and the server's */
#define NAMED_CURVE	3  /* ECCurveType */
#define PARAMS_HEAD	4  /* type, curve, length of the point */
#define POINT_UNPACKED	4  /* X9.62: both coordinates follow */
#define TLS_1_3_CONTEXT "TLS 1.3, server CertificateVerify"

static int
is_certificate_verify(const uint8_t *content, size_t length)
{
	/* with its NUL, which is between context and hash */
	static const char context[] = TLS_1_3_CONTEXT;
	size_t fixed = PAD_BYTES + sizeof(context), i;

	if (length != fixed + SHA256_BYTES && length != fixed + SHA384_BYTES)
		return 0;
	for (i = 0; i < PAD_BYTES; i++)
		if (content[i] != PAD_BYTE)
			return 0;
	return memcmp(content + PAD_BYTES, context, sizeof(context)) == 0;
}

static const struct {
	uint16_t curve; /* NamedCurve */
	uint8_t point_bytes;
	uint8_t is_packed; /* X25519, X448: the bare coordinate */
} curves[] = {
    {23, 65, 0},  /* secp256r1 */
    {24, 97, 0},  /* secp384r1 */
    {25, 133, 0}, /* secp521r1 */
    {29, 32, 1},  /* x25519 */
    {30, 56, 1},  /* x448 */
};

static int
is_key_exchange(const uint8_t *content, size_t length)
{
	const uint8_t *params = content + RANDOMS_BYTES;
	size_t i;

	if (length < RANDOMS_BYTES + PARAMS_HEAD + 1 ||
	    params[0] != NAMED_CURVE)
		return 0;
	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (curves[i].curve == (params[1] << 8 | params[2]))
			break;
	if (i == sizeof(curves) / sizeof(curves[0]) ||
	    params[3] != curves[i].point_bytes ||
	    length != (size_t)RANDOMS_BYTES + PARAMS_HEAD + params[3])
		return 0;
	return curves[i].is_packed || params[PARAMS_HEAD] == POINT_UNPACKED;
}

enum recognised
recognise(const uint8_t *content, size_t length)
{
	if (is_certificate_verify(content, length))
		return RECOGNISED_TLS_1_3;
	if (is_key_exchange(content, length))
		return RECOGNISED_TLS_1_2;
	return RECOGNISED_NOTHING;
}

const uint8_t *
recognise_hash(const uint8_t *content, size_t length, size_t *hash_len)
{
	size_t fixed = PAD_BYTES + sizeof(TLS_1_3_CONTEXT);

	if (!is_certificate_verify(content, length))
		return NULL;
	*hash_len = length - fixed;
	return content + fixed;
}
