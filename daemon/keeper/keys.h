/* SPDX-License-Identifier: ISC */
/* The keys of a configuration, all of them or none. */
#ifndef VB_KEEPER_KEYS_H
#define VB_KEEPER_KEYS_H

#include <openssl/types.h>
#include <stdint.h>
#include <time.h>

#include "common/errors.h"
#include "common/proto.h"
#include "common/memory.h"

struct key_set {
	uint32_t count;
	struct {
		uint32_t cert_id;
		EVP_PKEY *key;
		struct memory_hold copy; /* the master's */
		uint64_t ends_sec;	 /* the certificate, since 1970 */
	} keys[PROTO_CERTS_MAX];
	X509 *certificate; /* waits for its key */
	uint32_t waiting_id;
	uint32_t refused_id; /* the first that is refused, 0: none */
	char text[KEPT_TEXT_MAX];
};

/*
 * Collect; each certificate is followed by its key. What is wrong with a file
 * is remembered in the set. Return 0, or VB_EBADMSG where the order is broken
 * or there are too many. **Borrow** fd.
 */
VB_MUST_CHECK int
keys_add_certificate(struct key_set *set, uint32_t cert_id, int fd);
VB_MUST_CHECK int keys_add_key(
    struct key_set *set, uint32_t cert_id, uint32_t flags, int fd, time_t now);

/* No certificate is without its key. */
int keys_are_whole(const struct key_set *set);

/* **Borrows** the key out of the set; NULL: there is none. */
EVP_PKEY *keys_find(const struct key_set *set, uint32_t cert_id);

/* Frees and wipes what is in it. */
void keys_clear(struct key_set *set);

#endif
