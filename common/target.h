/* SPDX-License-Identifier: ISC */
/*
 * The text a client asks for: HOST, HOST:PORT, [V6], [V6]:PORT, or a name.
 */
#ifndef VB_TARGET_H
#define VB_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"

#define TARGET_NAME_MAX	  254 /* RFC 1035, 2.3.4: 253 and the NUL */
#define TARGET_TEXT_MAX	  272 /* name, brackets, colon, port, NUL */
#define DISPLAY_PORT_BASE 5900
#define DISPLAY_MAX	  99 /* a port up to this is a display number */

struct target {
	char name[TARGET_NAME_MAX]; /* lower case; "" when addr is set */
	struct addr addr;	    /* ADDR_NONE for a name; port unused */
	uint16_t port;		    /* the port to dial, never 0 */
	uint8_t has_port;	    /* the text had one */
};

/*
 * Parses a target. Names are ASCII letters, digits, hyphens (inside) and
 * underscores in labels (RFC 1123, 2.1), lower-cased, one trailing dot
 * removed. A name
 * whose last label is numeric ("127.1", "0x7f.1", "0") is not a name and, not
 * being four decimal numbers, not an address either: it is refused. A port from
 * 0 to 99 is a display number: host:2 is port 5902. Zone ids are refused.
 * Returns 0, VB_ESYNTAX or VB_ERANGE (port).
 */
VB_MUST_CHECK int
target_parse(const char *text, uint16_t default_port, struct target *out);

/*
 * Parses what target_format wrote: there is a port, and it is that port,
 * whatever it is. Returns 0, VB_ESYNTAX or VB_ERANGE.
 */
VB_MUST_CHECK int target_parse_canonical(const char *text, struct target *out);

/*
 * The name part of target_parse: checks len bytes of text and writes the
 * lower-cased name, without a trailing dot. Returns 0 or VB_ESYNTAX.
 */
VB_MUST_CHECK int
target_parse_name(const char *text, size_t len, char out[TARGET_NAME_MAX]);

/*
 * Writes "host:port" or "[v6]:port", as logged and as shown. Returns out.
 */
const char *target_format(const struct target *t, char out[TARGET_TEXT_MAX]);

#endif
