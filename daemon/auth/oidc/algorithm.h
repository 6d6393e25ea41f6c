/* SPDX-License-Identifier: ISC */
/*
 * The algorithms of a signature that are taken (RFC 7518, 3.1; RFC 8037, 3.1),
 * and no others: neither "none", nor one whose key is a shared secret. Each has
 * one type of key, so no key is ever used as another's. Pure.
 */
#ifndef VB_OIDC_ALGORITHM_H
#define VB_OIDC_ALGORITHM_H

enum key_type {
	KEY_RSA = 1,
	KEY_P256,
	KEY_ED25519
};

enum algorithm {
	ALGORITHM_NONE, /* of a key: it does not say */
	ALGORITHM_RS256,
	ALGORITHM_PS256,
	ALGORITHM_ES256,
	ALGORITHM_EDDSA,
	ALGORITHM_COUNT
};

/* By its name, whose case matters; ALGORITHM_NONE for all that is not taken. */
enum algorithm algorithm_find(const char *name);

/* "RS256"; not of ALGORITHM_NONE. */
const char *algorithm_name(enum algorithm algorithm);

/* The type of its keys; not of ALGORITHM_NONE. */
enum key_type algorithm_key(enum algorithm algorithm);

#endif
