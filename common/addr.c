/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <stdio.h>
#include <string.h>

#include "common/addr.h"

#define V4_BITS		32
#define V6_BITS		128
#define V6_SOURCE_BYTES 8 /* a /64 */
#define PORT_MAX	65535
#define PORT_DIGITS	5
#define ENDPOINT_MAX	ADDR_TEXT_MAX
#define MAPPED_OFFSET	12 /* RFC 4291, 2.5.5.2: ::ffff:a.b.c.d */

static const uint8_t v4_mapped[MAPPED_OFFSET] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void
set_v4(struct addr *out, const void *four_bytes)
{
	out->family = ADDR_V4;
	memset(out->ip, 0, sizeof(out->ip));
	memcpy(out->ip, four_bytes, 4);
}

static void
set_v6(struct addr *out, const uint8_t *sixteen_bytes)
{
	if (memcmp(sixteen_bytes, v4_mapped, MAPPED_OFFSET) == 0) {
		set_v4(out, sixteen_bytes + MAPPED_OFFSET);
		return;
	}
	out->family = ADDR_V6;
	memcpy(out->ip, sixteen_bytes, sizeof(out->ip));
}

int
addr_parse_ip(const char *text, struct addr *out)
{
	uint8_t bytes[16];

	memset(out, 0, sizeof(*out));
	/*
	 * inet_pton(3), unlike inet_aton(3), takes four decimal numbers
	 * without leading zeros, and knows no zone ids.
	 */
	if (inet_pton(AF_INET, text, bytes) == 1) {
		set_v4(out, bytes);
		return 0;
	}
	if (inet_pton(AF_INET6, text, bytes) == 1) {
		set_v6(out, bytes);
		return 0;
	}
	return VB_ESYNTAX;
}

int
addr_parse_port(const char *text, uint16_t *out)
{
	uint32_t port = 0;
	size_t n = 0;

	for (; text[n] >= '0' && text[n] <= '9'; n++) {
		if (n == PORT_DIGITS)
			return VB_ERANGE;
		port = port * 10 + (uint32_t)(text[n] - '0');
	}
	if (n == 0 || text[n] != '\0' || (n > 1 && text[0] == '0'))
		return VB_ESYNTAX;
	if (port > PORT_MAX)
		return VB_ERANGE;
	*out = (uint16_t)port;
	return 0;
}

int
addr_parse_endpoint(const char *text, int allow_port_zero, struct addr *out)
{
	const char *host = text, *host_end, *port_text;
	char host_text[ENDPOINT_MAX];
	int is_bracketed = text[0] == '[';
	int error;

	memset(out, 0, sizeof(*out));
	if (is_bracketed) {
		host++;
		host_end = strchr(host, ']');
		if (host_end == NULL || host_end[1] != ':')
			return VB_ESYNTAX;
		port_text = host_end + 2;
	} else {
		host_end = strchr(host, ':');
		if (host_end == NULL)
			return VB_ESYNTAX;
		port_text = host_end + 1;
	}
	if ((size_t)(host_end - host) >= sizeof(host_text))
		return VB_ESYNTAX;
	memcpy(host_text, host, (size_t)(host_end - host));
	host_text[host_end - host] = '\0';
	/* Brackets are for v6, mapped v4 included, and only v6 has colons. */
	if (is_bracketed && strchr(host_text, ':') == NULL)
		return VB_ESYNTAX;
	error = addr_parse_ip(host_text, out);
	if (error == 0)
		error = addr_parse_port(port_text, &out->port);
	if (error == 0 && out->port == 0 && !allow_port_zero)
		error = VB_ERANGE;
	if (error < 0)
		memset(out, 0, sizeof(*out));
	return error;
}

void
addr_from_sockaddr(const struct sockaddr *sa, struct addr *out)
{
	memset(out, 0, sizeof(*out));
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in sin;

		memcpy(&sin, sa, sizeof(sin));
		set_v4(out, &sin.sin_addr);
		out->port = ntohs(sin.sin_port);
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 sin6;

		memcpy(&sin6, sa, sizeof(sin6));
		set_v6(out, sin6.sin6_addr.s6_addr);
		out->port = ntohs(sin6.sin6_port);
		if (out->family == ADDR_V6)
			out->scope = sin6.sin6_scope_id;
	}
}

socklen_t
addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	if (a->family == ADDR_V4) {
		struct sockaddr_in *sin = (struct sockaddr_in *)ss;

		sin->sin_family = AF_INET;
		sin->sin_port = htons(a->port);
		memcpy(&sin->sin_addr, a->ip, 4);
		return sizeof(*sin);
	}
	if (a->family == ADDR_V6) {
		struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;

		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(a->port);
		sin6->sin6_scope_id = a->scope;
		memcpy(&sin6->sin6_addr, a->ip, sizeof(a->ip));
		return sizeof(*sin6);
	}
	return 0;
}

const char *
addr_format_ip(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	size_t len;

	if (a->family == ADDR_V4) {
		inet_ntop(AF_INET, a->ip, out, ADDR_TEXT_MAX);
	} else if (a->family == ADDR_V6) {
		inet_ntop(AF_INET6, a->ip, out, ADDR_TEXT_MAX);
		len = strlen(out);
		if (a->scope != 0)
			snprintf(out + len, ADDR_TEXT_MAX - len, "%%%u",
			    (unsigned)a->scope);
	} else {
		snprintf(out, ADDR_TEXT_MAX, "local");
	}
	return out;
}

const char *
addr_format(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	char ip[ADDR_TEXT_MAX];

	addr_format_ip(a, ip);
	if (a->family == ADDR_V4)
		snprintf(out, ADDR_TEXT_MAX, "%.15s:%u", ip, a->port);
	else if (a->family == ADDR_V6)
		snprintf(out, ADDR_TEXT_MAX, "[%.64s]:%u", ip, a->port);
	else
		snprintf(out, ADDR_TEXT_MAX, "%s", ip);
	return out;
}

void
addr_source(const struct addr *a, struct addr *out)
{
	memset(out, 0, sizeof(*out));
	out->family = a->family;
	memcpy(out->ip, a->ip,
	    a->family == ADDR_V6 ? V6_SOURCE_BYTES : sizeof(out->ip));
}

int
addr_is_same_ip(const struct addr *a, const struct addr *b)
{
	return a->family == b->family &&
	    memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

int
addr_is_same_endpoint(const struct addr *a, const struct addr *b)
{
	return a->port == b->port && addr_is_same_ip(a, b);
}

/* True if the first bits of both are the same. */
static int
has_prefix(const uint8_t *ip, const uint8_t *base, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	uint8_t mask = (uint8_t)(0xff00U >> rest);

	if (memcmp(ip, base, whole) != 0)
		return 0;
	return rest == 0 || ((ip[whole] ^ base[whole]) & mask) == 0;
}

int
addr_is_in_prefix(const struct addr *a, const struct addr *base, unsigned bits)
{
	if (a->family != base->family)
		return 0;
	if (bits > (a->family == ADDR_V4 ? V4_BITS : V6_BITS))
		return 0;
	if (a->family == ADDR_NONE)
		return 0;
	return has_prefix(a->ip, base->ip, bits);
}

int
addr_is_loopback(const struct addr *a)
{
	static const uint8_t v6_loopback[16] = {[15] = 1};

	if (a->family == ADDR_V4)
		return a->ip[0] == 127;
	return a->family == ADDR_V6 &&
	    memcmp(a->ip, v6_loopback, sizeof(v6_loopback)) == 0;
}

int
addr_is_unspecified(const struct addr *a)
{
	static const uint8_t zero[16];

	return a->family != ADDR_NONE && memcmp(a->ip, zero, sizeof(zero)) == 0;
}

int
addr_embedded_v4(const struct addr *a, struct addr *v4)
{
	/* The v4 address is at offset, of 16, after the prefix. */
	static const struct {
		uint8_t prefix[MAPPED_OFFSET];
		uint8_t bits;
		uint8_t offset;
		uint8_t is_inverted;
	} forms[] = {
	    {{0}, 96, 12, 0},			/* RFC 4291, 2.5.5.1 */
	    {{[8] = 0xff, 0xff}, 96, 12, 0},	/* RFC 2765, 2.1 */
	    {{0, 0x64, 0xff, 0x9b}, 96, 12, 0}, /* RFC 6052, 2.1: NAT64 */
	    {{0x20, 0x02}, 16, 2, 0},		/* RFC 3056: 6to4 */
	    {{0x20, 0x01, 0, 0}, 32, 12, 1}	/* RFC 4380, 4: Teredo */
	};
	uint8_t ip[4];
	size_t i, j;

	memset(v4, 0, sizeof(*v4));
	if (a->family != ADDR_V6 || addr_is_loopback(a))
		return 0;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!has_prefix(a->ip, forms[i].prefix, forms[i].bits))
			continue;
		for (j = 0; j < sizeof(ip); j++)
			ip[j] = a->ip[forms[i].offset + j] ^
			    (forms[i].is_inverted ? 0xff : 0);
		set_v4(v4, ip);
		v4->port = a->port;
		return 1;
	}
	return 0;
}

struct special {
	uint8_t prefix[16];
	uint8_t bits;
	const char *kind;
};

static const char *
find_special(const struct addr *a, const struct special *table, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (has_prefix(a->ip, table[i].prefix, table[i].bits))
			return table[i].kind;
	}
	return NULL;
}

/* The metadata addresses are those of the cloud providers' manuals. */
static const char *
special_kind_v4(const struct addr *a)
{
	static const struct special v4[] = {
	    {{0}, 8, "unspecified"},		     /* RFC 1122, 3.2.1.3 */
	    {{169, 254}, 16, "link-local"},	     /* RFC 3927 */
	    {{224}, 4, "multicast"},		     /* RFC 5771 */
	    {{255, 255, 255, 255}, 32, "broadcast"}, /* RFC 919 */
	    {{240}, 4, "reserved"},		     /* RFC 1112, 4 */
	    {{100, 100, 100, 200}, 32, "cloud metadata"}, /* Alibaba */
	    {{168, 63, 129, 16}, 32, "cloud metadata"},	  /* Azure */
	    {{192, 0, 0, 192}, 32, "cloud metadata"}	  /* Oracle */
	};

	return find_special(a, v4, sizeof(v4) / sizeof(v4[0]));
}

static const char *
special_kind_v6(const struct addr *a)
{
	static const struct special v6[] = {
	    {{0}, 128, "unspecified"},	      /* RFC 4291, 2.5.2 */
	    {{0}, 96, "v4-compatible"},	      /* RFC 4291, 2.5.5.1 */
	    {{0xfe, 0x80}, 10, "link-local"}, /* RFC 4291, 2.5.6 */
	    {{0xff}, 8, "multicast"},	      /* RFC 4291, 2.7 */
	    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48, "local NAT64"}, /* RFC 8215 */
	    {{0xfd, 0, 0x0e, 0xc2, [14] = 0x02, 0x54}, 128,
		"cloud metadata"}, /* Amazon: fd00:ec2::254 */
	    {{0xfd, 0x20, 0, 0xce, [14] = 0x02, 0x54}, 128,
		"cloud metadata"}, /* Google: fd20:ce::254 */
	    {{0xfd, 0, 0, 0xc1, [12] = 0xa9, 0xfe, 0xa9, 0xfe}, 128,
		"cloud metadata"} /* Oracle: fd00:c1::a9fe:a9fe */
	};

	if (addr_is_loopback(a))
		return NULL;
	return find_special(a, v6, sizeof(v6) / sizeof(v6[0]));
}

const char *
addr_special_kind(const struct addr *a)
{
	struct addr v4;
	const char *kind;

	if (a->family == ADDR_V4)
		return special_kind_v4(a);
	if (a->family != ADDR_V6)
		return NULL;
	kind = special_kind_v6(a);
	if (kind != NULL || !addr_embedded_v4(a, &v4))
		return kind;
	/* No honest address is a v6 spelling of 127.0.0.1. */
	if (addr_is_loopback(&v4))
		return "embedded loopback";
	return special_kind_v4(&v4);
}
