/* SPDX-License-Identifier: ISC */
/*
 * Addresses as the project passes them around: a plain struct that fits in
 * a message, with v4-mapped v6 already turned into v4.
 */
#ifndef VB_ADDR_H
#define VB_ADDR_H

#include <sys/socket.h>
#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

enum addr_family {
	ADDR_NONE = 0, /* unknown, or a Unix socket */
	ADDR_V4 = 4,
	ADDR_V6 = 6
};

struct addr {
	uint8_t family; /* enum addr_family */
	uint8_t zero[1];
	uint16_t port;	/* host byte order, 0: none */
	uint32_t scope; /* v6 scope id of an accepted peer, else 0 */
	uint8_t ip[16]; /* network byte order; v4 in the first 4, rest 0 */
};

/* "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%4294967295]:65535" */
#define ADDR_TEXT_MAX 80

/*
 * Parses a numeric address, with no port, no brackets, no zone id. v4 only
 * as four decimal numbers without leading zeros (RFC 6943, 3.1.1: the other
 * forms of inet_aton are how filters are fooled). v4-mapped v6 comes out as
 * v4. Returns 0 or VB_ESYNTAX.
 */
VB_MUST_CHECK int addr_parse_ip(const char *text, struct addr *out);

/*
 * Parses ADDR:PORT or [V6]:PORT, port 1 to 65535 (0 allowed where
 * allow_port_zero). Returns 0, VB_ESYNTAX or VB_ERANGE.
 */
VB_MUST_CHECK int
addr_parse_endpoint(const char *text, int allow_port_zero, struct addr *out);

/*
 * Parses a decimal port, 0 to 65535, without sign or leading zeros, that
 * is the whole text. Returns 0, VB_ESYNTAX or VB_ERANGE.
 */
VB_MUST_CHECK int addr_parse_port(const char *text, uint16_t *out);

/* From a socket address; v4-mapped v6 becomes v4; AF_UNIX is ADDR_NONE. */
void addr_from_sockaddr(const struct sockaddr *sa, struct addr *out);

/* To a socket address; returns its length, 0 for ADDR_NONE. */
socklen_t addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ss);

/*
 * Writes "10.0.0.1", or "::1", without port; ADDR_NONE is "local".
 * Returns out.
 */
const char *addr_format_ip(const struct addr *a, char out[ADDR_TEXT_MAX]);

/* Writes "10.0.0.1:5901" or "[::1]:5901"; ADDR_NONE is "local". */
const char *addr_format(const struct addr *a, char out[ADDR_TEXT_MAX]);

/*
 * Who is behind an address, as far as limits go: the address itself; of v6 its
 * /64, which one host has as a whole. Without port and scope.
 */
void addr_source(const struct addr *a, struct addr *out);

/* True if family and bytes are the same; ports are not looked at. */
int addr_is_same_ip(const struct addr *a, const struct addr *b);

/* The port, too. */
int addr_is_same_endpoint(const struct addr *a, const struct addr *b);

/* True if a is within base/bits; bits is up to 32 for v4, 128 for v6. */
int
addr_is_in_prefix(const struct addr *a, const struct addr *base, unsigned bits);

int addr_is_loopback(const struct addr *a); /* 127/8, ::1 */

int addr_is_unspecified(const struct addr *a); /* 0.0.0.0, :: */

/*
 * The v4 address that a v6 address carries, and that something on the way
 * may turn it into: v4-compatible, v4-translated (RFC 2765), NAT64
 * (64:ff9b::/96), 6to4, Teredo (the client's). Returns 1 with *v4 filled
 * (port included), or 0. What is denied for the v4 address is denied for
 * these too; what is allowed for it is not allowed for them.
 */
int addr_embedded_v4(const struct addr *a, struct addr *v4);

/*
 * Why an address must not be dialled unless the operator named exactly it:
 * "unspecified", "link-local", "multicast", "broadcast", "cloud metadata"
 * and the like; NULL if it is nothing special. An embedded v4 address that is
 * special, or loopback, makes the v6 address special.
 */
const char *addr_special_kind(const struct addr *a);

#endif
