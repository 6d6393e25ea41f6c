/* SPDX-License-Identifier: ISC */
/*
 * A token of each algorithm, and the keys that they are of, for start.c. The
 * private keys were forgotten when they had signed.
 */
#ifndef VB_OIDC_KNOWN_H
#define VB_OIDC_KNOWN_H

#define KNOWN_TOKENS	4
#define KNOWN_TOKEN_MAX 512 /* characters, with the NUL */

extern const char known_keys[];
extern const char *const known_tokens[KNOWN_TOKENS];

#endif
