/* SPDX-License-Identifier: ISC */
/*
 * What a worker wants signed. The verdict must be that of a check written
 * otherwise: what is recognised is built again from the parts that are free
 * in it, and must come out the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keeper/recognise.h"

#define RANDOMS	   64
#define BUILT_MAX  256
#define CONTEXT	   "TLS 1.3, server CertificateVerify"
#define HASH_SHORT 32
#define HASH_LONG  48

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

/* The TLS 1.3 form around the last bytes of the input. */
static int
is_1_3(const uint8_t *data, size_t size, size_t hash_bytes)
{
	uint8_t built[BUILT_MAX];
	size_t len = 64;

	memset(built, ' ', len);
	memcpy(built + len, CONTEXT, sizeof(CONTEXT));
	len += sizeof(CONTEXT);
	if (size != len + hash_bytes)
		return 0;
	memcpy(built + len, data + size - hash_bytes, hash_bytes);
	return memcmp(built, data, size) == 0;
}

/* The TLS 1.2 form around its randoms and its point. */
static int
is_1_2(const uint8_t *data, size_t size, const char *head, size_t point_bytes)
{
	uint8_t built[BUILT_MAX];
	size_t fixed = strlen(head + 3) + 3; /* the curve has a NUL in it */

	if (size != RANDOMS + 4 + point_bytes)
		return 0;
	memcpy(built, data, size);
	memcpy(built + RANDOMS, head, fixed);
	return memcmp(built, data, size) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;
	enum recognised what;
	int want_1_3, want_1_2;

	if (size > BUILT_MAX)
		return 0;
	/* of exactly its size, so that a byte more is seen */
	if ((copy = malloc(size)) == NULL && size > 0)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	what = recognise(copy, size);
	free(copy);
	want_1_3 =
	    is_1_3(data, size, HASH_SHORT) || is_1_3(data, size, HASH_LONG);
	/* type, curve, length of the point and, where it has one, its form */
	want_1_2 = is_1_2(data, size, "\x03\x00\x17\x41\x04", 65) ||
	    is_1_2(data, size, "\x03\x00\x18\x61\x04", 97) ||
	    is_1_2(data, size, "\x03\x00\x19\x85\x04", 133) ||
	    is_1_2(data, size, "\x03\x00\x1d\x20", 32) ||
	    is_1_2(data, size, "\x03\x00\x1e\x38", 56);
	must((what == RECOGNISED_TLS_1_3) == want_1_3);
	must((what == RECOGNISED_TLS_1_2) == want_1_2);
	must(!want_1_3 || !want_1_2);
	return 0;
}
