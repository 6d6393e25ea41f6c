/* SPDX-License-Identifier: ISC */
/*
 * What one proxy says of the hop before it: an element of Forwarded (RFC 7239,
 * 4) or of X-Forwarded-For. Pure, as http.h; whether the proxy is to be
 * believed is forwarding.h's question.
 */
#ifndef VB_HOP_H
#define VB_HOP_H

#include "common/addr.h"
#include "worker/parse/http_value.h"

#define HOP_HOST_MAX 288 /* with the NUL; a name has 253, a port 6 */

enum scheme {
	SCHEME_UNSAID,
	SCHEME_HTTP,
	SCHEME_HTTPS
};

struct hop {
	int is_sound;	  /* 0: malformed, and all else here is empty */
	struct addr addr; /* ADDR_NONE: unsaid, "unknown" or obfuscated */
	enum scheme scheme;
	char host[HOP_HOST_MAX]; /* uri-host [":" port]; "": unsaid */
};

/*
 * Takes the next element off a Forwarded field's value, empty ones passed over.
 * A quoted string that does not end makes an element of all the rest, which is
 * malformed. Blanks around ';' are let through (so is one that some write).
 * Returns 0 when there is no more.
 */
int hop_next(struct http_span *list, struct hop *out);

/*
 * Reads an item of X-Forwarded-For: an address, v6 with or without brackets,
 * with or without a port (v6 in brackets, then); "unknown" or "_hidden".
 */
void hop_read_address(const struct http_span *item, struct hop *out);

/*
 * "http" or "https", and what they are called for WebSockets; the case of
 * letters does not matter. SCHEME_UNSAID: neither.
 */
enum scheme hop_scheme(const struct http_span *text);

#endif
