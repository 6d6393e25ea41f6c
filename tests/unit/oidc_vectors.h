/* SPDX-License-Identifier: ISC */
/* Tokens that others have signed, good and bad ones: oidc_vectors*.c. */
#ifndef VB_TEST_OIDC_VECTORS_H
#define VB_TEST_OIDC_VECTORS_H

#include <stddef.h>

#define VECTORS_RFC 3

struct vectors_rfc {
	const char *name;
	const char *keys;
	const char *token;
	int result; /* of jwt_verify() */
};

struct vectors_good {
	const char *name;
	const char *token;
};

struct vectors_bad {
	const char *name;
	int result;	   /* of jwt_verify() */
	const char *fault; /* a part of its text */
	const char *token;
};

extern const char vectors_keys[];
extern const char vectors_unnamed[];
extern const char vectors_rfc7517[];
extern const struct vectors_rfc vectors_rfc[VECTORS_RFC];
extern const struct vectors_good vectors_good[];
extern const size_t vectors_good_count;
extern const struct vectors_bad vectors_algorithms[];
extern const size_t vectors_algorithms_count;
extern const struct vectors_bad vectors_signatures[];
extern const size_t vectors_signatures_count;
extern const struct vectors_bad vectors_bad_keys[];
extern const size_t vectors_bad_keys_count;
extern const struct vectors_bad vectors_texts[];
extern const size_t vectors_texts_count;

#endif
