/* SPDX-License-Identifier: ISC */
/* An address or a prefix (CIDR), without ports: an entry of trusted-proxies. */
#ifndef VB_NETWORK_H
#define VB_NETWORK_H

#include "common/addr.h"

struct network {
	struct addr addr; /* host bits 0, no port */
	uint32_t bits;	  /* up to 32 for v4, 128 for v6 */
};

/*
 * Parses an address or ADDRESS/BITS, v4 or v6. Host bits that are set are an
 * error, as in rule.h. Returns 0, VB_ESYNTAX or VB_ERANGE.
 */
VB_MUST_CHECK int network_parse(const char *text, struct network *out);

/* True if it has a family, and no more bits than that can have. */
int network_is_sound(const struct network *network);

/* True if an address is in one of them; ADDR_NONE is in none. */
int networks_have(
    const struct network *networks, size_t count, const struct addr *addr);

#endif
