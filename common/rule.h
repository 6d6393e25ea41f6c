/* SPDX-License-Identifier: ISC */
/*
 * One entry of allow or deny: HOST[:PORTS]. HOST is an address, a CIDR
 * prefix, a name, "*.name", or "*" (any name and any address). PORTS is N,
 * N-M or "*"; without it an allow entry is for 5900-5999, and a deny entry
 * for every port, as forbidding a host means the host. v6 with ports is
 * in brackets: [fe80::1]:5901, [2001:db8::/32]:5900-5910. A v4-mapped v6
 * address or prefix is the v4 one.
 */
#ifndef VB_RULE_H
#define VB_RULE_H

#include <stdint.h>

#include "common/addr.h"
#include "common/target.h"

enum rule_kind {
	RULE_PREFIX = 1, /* addr/bits */
	RULE_NAME,	 /* exactly name */
	RULE_SUFFIX,	 /* "*.lab.example": name is ".lab.example" */
	RULE_ANY	 /* "*" */
};

#define RULE_PORT_FIRST 5900 /* RFC 6335 registry: rfb, displays 0 to 99 */
#define RULE_PORT_LAST	5999

struct rule {
	uint8_t kind; /* enum rule_kind */
	uint8_t is_deny;
	uint8_t is_exact; /* a full-length prefix: names one address */
	uint8_t bits;
	uint8_t has_ports; /* the entry had PORTS */
	uint16_t port_first;
	uint16_t port_last;
	uint32_t line;			/* of the file; 0: unknown */
	struct addr addr;		/* RULE_PREFIX, host bits 0 */
	char name[TARGET_NAME_MAX + 2]; /* lower case */
};

/*
 * Parses one entry. A prefix with host bits set is an error, not a guess.
 * is_deny and line are left 0. Returns 0, VB_ESYNTAX or VB_ERANGE.
 */
VB_MUST_CHECK int rule_parse(const char *text, struct rule *out);

#define RULE_TEXT_MAX (TARGET_NAME_MAX + 40)

/* Writes it as an entry is written, which rule_parse() reads. Returns out. */
const char *rule_format(const struct rule *r, char out[RULE_TEXT_MAX]);

/*
 * Whether the rule's host part and ports cover a name, which is lower case
 * as target_parse leaves it. "*.lab.example" does not cover "lab.example".
 */
int rule_matches_name(const struct rule *r, const char *name, uint16_t port);

/* Whether the rule's ports cover a port. */
int rule_matches_port(const struct rule *r, uint16_t port);

/* Whether the rule's host part and ports cover an address. */
int
rule_matches_addr(const struct rule *r, const struct addr *a, uint16_t port);

#endif
