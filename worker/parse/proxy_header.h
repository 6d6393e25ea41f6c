/* SPDX-License-Identifier: ISC */
/*
 * The header of the PROXY protocol, versions 1 and 2: before its first byte, a
 * proxy says whose connection it passes on. Pure, as http.h.
 *
 * STANDARDS  HAProxy's doc/proxy-protocol.txt of 2020-03-05
 */
#ifndef VB_PROXY_HEADER_H
#define VB_PROXY_HEADER_H

#include <stddef.h>

#include "common/addr.h"

#define PROXY_HEADER_MAX 4096 /* with all that is appended to it */

/* What we send: version 2 with two addresses of v6, and nothing after. */
#define PROXY_HEADER_SENT_MAX 52

struct proxy_header {
	struct addr client; /* ADDR_NONE: the proxy itself, or not told */
	const char *fault;  /* what is wrong, for the log; a constant */
};

/*
 * Parses what has come so far. Returns the bytes used, 0 when more is needed,
 * of which the header has at least one, VB_ESYNTAX or VB_ERANGE (longer than
 * PROXY_HEADER_MAX). Errors are found as early as the bytes allow. What is
 * appended in version 2 is skipped, except for a checksum, which must be
 * right. LOCAL, UNKNOWN and families without an address are ADDR_NONE.
 */
VB_MUST_CHECK int
proxy_header_parse(const uint8_t *data, size_t len, struct proxy_header *out);

/*
 * Writes one of version 2, for a client that came to a listener. Of two
 * families, v4 becomes v4-mapped v6. ADDR_NONE: the header tells no address.
 * Returns its length.
 */
size_t proxy_header_format(const struct addr *client,
    const struct addr *listener, uint8_t out[PROXY_HEADER_SENT_MAX]);

#endif
