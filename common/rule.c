/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "common/rule.h"

#define PORT_MAX	65535
#define HOST_TEXT_MAX	(TARGET_NAME_MAX + 4)
#define PORTS_TEXT_MAX	12 /* "65535-65535" and the NUL */
#define MAPPED_BITS	96 /* RFC 4291, 2.5.5.2: before the v4 part */
#define V4_BITS		32
#define V6_BITS		128
#define PREFIX_TEXT_MAX (ADDR_TEXT_MAX + 4)

static int
parse_port_range(char *text, struct rule *out)
{
	char *dash = strchr(text, '-');
	int error;

	if (dash != NULL)
		*dash++ = '\0';
	error = addr_parse_port(text, &out->port_first);
	if (error < 0)
		return error;
	out->port_last = out->port_first;
	if (dash != NULL) {
		error = addr_parse_port(dash, &out->port_last);
		if (error < 0)
			return error;
	}
	if (out->port_first == 0 || out->port_first > out->port_last)
		return VB_ERANGE;
	return 0;
}

static int
parse_ports(const char *text, struct rule *out)
{
	char copy[PORTS_TEXT_MAX];

	if (text == NULL) {
		out->port_first = RULE_PORT_FIRST;
		out->port_last = RULE_PORT_LAST;
		return 0;
	}
	out->has_ports = 1;
	if (strcmp(text, "*") == 0) {
		out->port_first = 1;
		out->port_last = PORT_MAX;
		return 0;
	}
	if (strlen(text) >= sizeof(copy))
		return VB_ESYNTAX;
	memcpy(copy, text, strlen(text) + 1);
	return parse_port_range(copy, out);
}

/*
 * Reads the length of a prefix; text is NULL for a single address. is_v6
 * tells how the address was written: a mapped one counts from bit 96 on.
 */
static int
parse_bits(const char *text, int is_v6, struct rule *out)
{
	unsigned most = is_v6 ? V6_BITS : V4_BITS;
	uint16_t bits = (uint16_t)most;
	int error;

	if (text != NULL) {
		error = addr_parse_port(text, &bits); /* the same numbers */
		if (error < 0)
			return error;
	}
	if (bits > most)
		return VB_ERANGE;
	if (is_v6 && out->addr.family == ADDR_V4) {
		if (bits < MAPPED_BITS)
			return VB_ERANGE;
		bits -= MAPPED_BITS;
		most = V4_BITS;
	}
	out->bits = (uint8_t)bits;
	out->is_exact = bits == most;
	return 0;
}

static int
has_host_bits(const struct rule *r)
{
	size_t i;
	unsigned keep;

	for (i = 0; i < sizeof(r->addr.ip); i++) {
		keep = r->bits > i * 8 ? r->bits - (unsigned)(i * 8) : 0;
		if (keep < 8 && (r->addr.ip[i] & (0xffU >> keep)) != 0)
			return 1;
	}
	return 0;
}

static int
parse_prefix(const char *host, struct rule *out)
{
	char copy[PREFIX_TEXT_MAX];
	char *slash;
	int error;

	if (strlen(host) >= sizeof(copy))
		return VB_ESYNTAX;
	memcpy(copy, host, strlen(host) + 1);
	slash = strchr(copy, '/');
	if (slash != NULL)
		*slash++ = '\0';
	error = addr_parse_ip(copy, &out->addr);
	if (error < 0)
		return error;
	error = parse_bits(slash, strchr(copy, ':') != NULL, out);
	if (error < 0)
		return error;
	if (has_host_bits(out))
		return VB_ESYNTAX;
	out->kind = RULE_PREFIX;
	return 0;
}

static int
parse_name(const char *host, struct rule *out)
{
	if (strncmp(host, "*.", 2) != 0) {
		out->kind = RULE_NAME;
		return target_parse_name(host, strlen(host), out->name);
	}
	out->kind = RULE_SUFFIX;
	out->name[0] = '.';
	return target_parse_name(host + 2, strlen(host + 2), out->name + 1);
}

/* host is without brackets; is_v6 tells that it had them, or has colons. */
static int
parse_host(const char *host, int is_v6, struct rule *out)
{
	int error;

	if (strcmp(host, "*") == 0) {
		out->kind = RULE_ANY;
		return 0;
	}
	error = parse_prefix(host, out);
	if (error == 0 || is_v6 || strchr(host, '/') != NULL)
		return error;
	memset(&out->addr, 0, sizeof(out->addr));
	return parse_name(host, out);
}

/*
 * Splits text into host and ports; *ports is NULL if there are none.
 * Returns 1 if the host is v6, 0 if not, or VB_ESYNTAX.
 */
static int
split(const char *text, char host[HOST_TEXT_MAX], const char **ports)
{
	const char *end, *begin = text;
	int is_bracketed = text[0] == '[';
	int has_colon;

	*ports = NULL;
	if (is_bracketed) {
		begin++;
		end = strchr(begin, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return VB_ESYNTAX;
		if (end[1] == ':')
			*ports = end + 2;
	} else {
		end = strchr(text, ':');
		/* Two colons without brackets: all of it is a v6 address. */
		if (end != NULL && strchr(end + 1, ':') == NULL)
			*ports = end + 1;
		else
			end = text + strlen(text);
	}
	if (end - begin >= HOST_TEXT_MAX)
		return VB_ESYNTAX;
	memcpy(host, begin, (size_t)(end - begin));
	host[end - begin] = '\0';
	has_colon = strchr(host, ':') != NULL;
	return is_bracketed && !has_colon ? VB_ESYNTAX : has_colon;
}

int
rule_parse(const char *text, struct rule *out)
{
	char host[HOST_TEXT_MAX];
	const char *ports;
	int is_v6, error;

	memset(out, 0, sizeof(*out));
	is_v6 = split(text, host, &ports);
	error = is_v6 < 0 ? is_v6 : parse_host(host, is_v6, out);
	if (error == 0)
		error = parse_ports(ports, out);
	if (error < 0)
		memset(out, 0, sizeof(*out));
	return error;
}

static void
format_host(const struct rule *r, char out[RULE_TEXT_MAX])
{
	char addr[ADDR_TEXT_MAX], bits[8] = "";
	int is_bracketed = r->addr.family == ADDR_V6 && r->has_ports;

	if (r->kind == RULE_ANY) {
		strlcpy(out, "*", RULE_TEXT_MAX);
		return;
	}
	if (r->kind != RULE_PREFIX) {
		snprintf(out, RULE_TEXT_MAX, "%s%s",
		    r->kind == RULE_SUFFIX ? "*" : "", r->name);
		return;
	}
	if (!r->is_exact)
		snprintf(bits, sizeof(bits), "/%u", r->bits);
	snprintf(out, RULE_TEXT_MAX, "%s%s%s%s", is_bracketed ? "[" : "",
	    addr_format_ip(&r->addr, addr), bits, is_bracketed ? "]" : "");
}

const char *
rule_format(const struct rule *r, char out[RULE_TEXT_MAX])
{
	size_t len;

	format_host(r, out);
	len = strlen(out);
	if (!r->has_ports)
		return out;
	if (r->port_first == r->port_last)
		snprintf(out + len, RULE_TEXT_MAX - len, ":%u", r->port_first);
	else
		snprintf(out + len, RULE_TEXT_MAX - len, ":%u-%u",
		    r->port_first, r->port_last);
	return out;
}

int
rule_matches_port(const struct rule *r, uint16_t port)
{
	if (r->is_deny && !r->has_ports)
		return 1;
	return port >= r->port_first && port <= r->port_last;
}

int
rule_matches_name(const struct rule *r, const char *name, uint16_t port)
{
	size_t len = strlen(name), suffix_len;

	if (!rule_matches_port(r, port))
		return 0;
	switch (r->kind) {
	case RULE_ANY:
		return 1;
	case RULE_NAME:
		return strcmp(r->name, name) == 0;
	case RULE_SUFFIX:
		suffix_len = strlen(r->name);
		return len > suffix_len &&
		    strcmp(name + len - suffix_len, r->name) == 0;
	default:
		return 0;
	}
}

int
rule_matches_addr(const struct rule *r, const struct addr *a, uint16_t port)
{
	if (!rule_matches_port(r, port))
		return 0;
	switch (r->kind) {
	case RULE_ANY:
		return 1;
	case RULE_PREFIX:
		return addr_is_in_prefix(a, &r->addr, r->bits);
	default:
		return 0;
	}
}
