/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/target.h"
#include "daemon/bundle/conf_parts.h"

#define PORT_TEXT_MAX 64
#define V4_BITS	      32
#define V6_BITS	      128
#define V4_NUMBERS    4
#define MAPPED_BITS   96

const char *
conf_parts_split(const char *text, struct conf_parts *out)
{
	const char *end, *colon = strchr(text, ':');
	char *slash;

	memset(out, 0, sizeof(*out));
	if (text[0] == '\0')
		return "it is empty";
	if (strlen(text) >= CONF_HOST_MAX)
		return "it is too long";
	if (strpbrk(text, " \t") != NULL)
		return "it contains a blank";
	if (strstr(text, "://") != NULL)
		return "it is a URL: write its host and port alone";
	if (text[0] == '/' || strncmp(text, "unix:", 5) == 0)
		return "it is the path of a Unix socket";
	out->is_bracketed = text[0] == '[';
	if (out->is_bracketed) {
		if ((end = strchr(text, ']')) == NULL)
			return "the \"]\" is missing";
		if (end[1] != '\0' && end[1] != ':')
			return end[1] == '/' ? "the prefix is within the "
					       "brackets: [2001:db8::/32]"
					     : "after \"]\" there is a :PORT, "
					       "or nothing";
		out->ports = end[1] == ':' ? end + 2 : NULL;
		text++;
	} else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
		end = colon;
		out->ports = colon + 1;
	} else
		end = text + strlen(text);
	snprintf(out->host, sizeof(out->host), "%.*s", (int)(end - text), text);
	out->is_v6 = strchr(out->host, ':') != NULL;
	if ((slash = strchr(out->host, '/')) != NULL) {
		*slash = '\0';
		out->has_bits = 1;
		strcpy(out->bits, slash + 1);
	}
	return NULL;
}

int
conf_parts_is_numbers(const char *text, const char *extra)
{
	const char *p = text;

	while (isdigit((unsigned char)*p) || *p == '.' ||
	    (*p != '\0' && strchr(extra, *p) != NULL))
		p++;
	return *p == '\0' && p != text;
}

const char *
conf_parts_explain_v6(const struct conf_parts *parts, char why[CONF_WHY_MAX])
{
	const char *whole = parts->has_bits ? parts->bits : parts->host;
	const char *colon = strrchr(whole, ':');
	char host[CONF_HOST_MAX];
	struct addr addr;
	uint16_t port;

	if (strchr(parts->host, '%') != NULL)
		return "an address can't have a zone (%)";
	if (parts->is_bracketed || colon == NULL)
		return "it is not an IPv6 address";
	snprintf(host, sizeof(host), "%.*s", (int)(colon - whole), whole);
	if (addr_parse_ip(parts->has_bits ? parts->host : host, &addr) < 0 ||
	    !isdigit((unsigned char)colon[1]))
		return "it is not an IPv6 address";
	if (!parts->has_bits && addr_parse_port(colon + 1, &port) < 0 &&
	    strchr(colon, '-') == NULL)
		return "it is not an IPv6 address";
	snprintf(why, CONF_WHY_MAX,
	    "an IPv6 address with a port is in brackets: [%s%s%s]:%s",
	    parts->has_bits ? parts->host : host, parts->has_bits ? "/" : "",
	    parts->has_bits ? host : "", colon + 1);
	return why;
}

/* How many bits a netmask has, or -1: it is none. */
static int
netmask_bits(const char *text)
{
	struct in_addr mask;
	uint32_t inverse;
	int bits = V4_BITS;

	if (inet_pton(AF_INET, text, &mask) != 1)
		return -1;
	inverse = ~ntohl(mask.s_addr);
	if ((inverse & (inverse + 1)) != 0)
		return -1;
	for (; inverse != 0; inverse >>= 1)
		bits--;
	return bits;
}

/* The network that an address of that many bits is in. */
static const char *
show_network(struct addr addr, unsigned bits, char out[ADDR_TEXT_MAX])
{
	size_t i;
	unsigned keep;

	for (i = 0; i < sizeof(addr.ip); i++) {
		keep = bits > i * 8 ? bits - (unsigned)(i * 8) : 0;
		if (keep < 8)
			addr.ip[i] &= (uint8_t)(0xff00U >> keep);
	}
	return addr_format_ip(&addr, out);
}

const char *
conf_parts_explain_prefix(
    const struct conf_parts *parts, char why[CONF_WHY_MAX])
{
	unsigned most = parts->is_v6 ? V6_BITS : V4_BITS;
	char network[ADDR_TEXT_MAX];
	struct addr addr;
	uint16_t bits;
	int mask;

	if (addr_parse_ip(parts->host, &addr) < 0)
		return conf_parts_is_numbers(parts->host, "")
		    ? "an IPv4 address has four numbers from 0 to 255, without "
		      "leading zeros"
		    : "only an address can have a prefix";
	if ((mask = netmask_bits(parts->bits)) >= 0 && !parts->is_v6) {
		snprintf(why, CONF_WHY_MAX,
		    "a prefix is given in bits, and not as a netmask: write "
		    "%s/%d",
		    show_network(addr, (unsigned)mask, network), mask);
		return why;
	}
	if (addr_parse_port(parts->bits, &bits) < 0 || bits > most) {
		snprintf(why, CONF_WHY_MAX,
		    "the prefix of an IPv%d address has 0 to %u bits",
		    parts->is_v6 ? 6 : 4, most);
		return why;
	}
	if (parts->is_v6 && addr.family == ADDR_V4 && bits < MAPPED_BITS)
		return "the prefix of an IPv4 address within IPv6 has 96 to "
		       "128 "
		       "bits";
	if (parts->is_v6 && addr.family == ADDR_V4)
		bits -= MAPPED_BITS;
	snprintf(why, CONF_WHY_MAX,
	    "the address has bits beyond its prefix: write %s/%u, or leave "
	    "the prefix out",
	    show_network(addr, bits, network), bits);
	return why;
}

/* 10.0.*: what prefix that would be. */
static const char *
explain_star(const char *host, char why[CONF_WHY_MAX])
{
	unsigned n[V4_NUMBERS] = {0}, count = 0;
	const char *p = host;
	char *end;

	if (!conf_parts_is_numbers(host, "*"))
		return "a \"*\" is alone, or is \"*.\" before a name";
	while (count < V4_NUMBERS && isdigit((unsigned char)*p)) {
		n[count++] = (unsigned)strtoul(p, &end, 10);
		p = *end == '.' ? end + 1 : end;
	}
	if (count == 0 || *p != '*' || n[0] > 255 || n[1] > 255 || n[2] > 255)
		return "an address has no \"*\" in it: write a prefix, "
		       "as 10.0.0.0/8";
	snprintf(why, CONF_WHY_MAX,
	    "an address has no \"*\" in it: write the prefix %u.%u.%u.0/%u",
	    n[0], n[1], n[2], count * 8);
	return why;
}

const char *
conf_parts_explain_host(const struct conf_parts *parts, char why[CONF_WHY_MAX])
{
	const char *host = parts->host, *p;
	char name[TARGET_NAME_MAX];
	struct addr addr;

	if (host[0] == '\0')
		return "the host is missing";
	if (parts->is_v6)
		return addr_parse_ip(host, &addr) == 0 && !parts->has_bits
		    ? NULL
		    : conf_parts_explain_v6(parts, why);
	if (parts->is_bracketed)
		return "only IPv6 addresses have brackets";
	if (strchr(host, '*') != NULL)
		return explain_star(host, why);
	if (strchr(host, '-') != NULL && conf_parts_is_numbers(host, "-"))
		return "a range of addresses is written as prefixes, "
		       "as 10.0.0.0/24";
	if (addr_parse_ip(host, &addr) == 0 ||
	    target_parse_name(host, strlen(host), name) == 0)
		return NULL;
	if (conf_parts_is_numbers(host, ""))
		return "an IPv4 address has four numbers from 0 to 255, "
		       "without leading zeros";
	for (p = host; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			return "a name with letters beyond ASCII is "
			       "written in its xn-- form";
	for (p = host; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-_.", *p) == NULL)
			return "a name has letters, digits, \"-\", \"_\" and "
			       "dots";
	if (strstr(host, "..") != NULL || host[0] == '.')
		return "a part between the dots is empty";
	return "it is neither an address nor the name of a host";
}

static int
is_port(const char *text)
{
	uint16_t port;

	return addr_parse_port(text, &port) == 0 && port > 0;
}

const char *
conf_parts_explain_ports(const char *ports, char why[CONF_WHY_MAX])
{
	const char *dash = strchr(ports, '-');
	char first[PORT_TEXT_MAX];

	if (dash == NULL || dash - ports >= PORT_TEXT_MAX)
		return conf_parts_is_numbers(ports, "")
		    ? "a port is from 1 to 65535"
		    : "its ports are not N, N-M or \"*\"";
	snprintf(first, sizeof(first), "%.*s", (int)(dash - ports), ports);
	if (is_port(first) && is_port(dash + 1)) {
		snprintf(why, CONF_WHY_MAX,
		    "the range of ports is backwards: write %s-%s", dash + 1,
		    first);
		return why;
	}
	return conf_parts_is_numbers(ports, "-")
	    ? "a port is from 1 to 65535"
	    : "its ports are not N, N-M or \"*\"";
}
