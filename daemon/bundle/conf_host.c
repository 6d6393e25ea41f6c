/* SPDX-License-Identifier: ISC */
/* Hosts and ports: of allow and deny, listeners, targets, name servers. */
#include <arpa/inet.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/target.h"
#include "daemon/bundle/conf_explain.h"

#define PORT_TEXT_MAX 64
#define HOST_MAX      (TARGET_TEXT_MAX + 8)
#define V4_BITS	      32
#define V6_BITS	      128
#define V4_NUMBERS    4
#define MAPPED_BITS   96
#define DNS_PORT      53

/* What a text with a host in it seems to be made of. */
struct parts {
	char host[HOST_MAX]; /* without brackets */
	char bits[HOST_MAX]; /* after "/" */
	int has_bits;
	const char *ports; /* after ":"; NULL: there is none */
	int is_bracketed;
	int is_v6; /* by its colons */
};

/* Returns what is wrong already, or NULL. */
static const char *
split(const char *text, struct parts *out)
{
	const char *end, *colon = strchr(text, ':');
	char *slash;

	memset(out, 0, sizeof(*out));
	if (text[0] == '\0')
		return "it is empty";
	if (strlen(text) >= HOST_MAX)
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

/* Only digits, dots, and those of extra. */
static int
is_numbers(const char *text, const char *extra)
{
	const char *p = text;

	while (isdigit((unsigned char)*p) || *p == '.' ||
	    (*p != '\0' && strchr(extra, *p) != NULL))
		p++;
	return *p == '\0' && p != text;
}

/* An IPv6 address with a port or a prefix, and no brackets around it. */
static const char *
explain_v6(const struct parts *parts, char why[CONF_WHY_MAX])
{
	const char *whole = parts->has_bits ? parts->bits : parts->host;
	const char *colon = strrchr(whole, ':');
	char host[HOST_MAX];
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

static const char *
explain_prefix(const struct parts *parts, char why[CONF_WHY_MAX])
{
	unsigned most = parts->is_v6 ? V6_BITS : V4_BITS;
	char network[ADDR_TEXT_MAX];
	struct addr addr;
	uint16_t bits;
	int mask;

	if (addr_parse_ip(parts->host, &addr) < 0)
		return is_numbers(parts->host, "")
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

	if (!is_numbers(host, "*"))
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

/* Returns NULL where nothing is wrong with the host. */
static const char *
explain_host(const struct parts *parts, char why[CONF_WHY_MAX])
{
	const char *host = parts->host, *p;
	char name[TARGET_NAME_MAX];
	struct addr addr;

	if (host[0] == '\0')
		return "the host is missing";
	if (parts->is_v6)
		return addr_parse_ip(host, &addr) == 0 && !parts->has_bits
		    ? NULL
		    : explain_v6(parts, why);
	if (parts->is_bracketed)
		return "only IPv6 addresses have brackets";
	if (strchr(host, '*') != NULL)
		return explain_star(host, why);
	if (strchr(host, '-') != NULL && is_numbers(host, "-"))
		return "a range of addresses is written as prefixes, "
		       "as 10.0.0.0/24";
	if (addr_parse_ip(host, &addr) == 0 ||
	    target_parse_name(host, strlen(host), name) == 0)
		return NULL;
	if (is_numbers(host, ""))
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

static const char *
explain_ports(const char *ports, char why[CONF_WHY_MAX])
{
	const char *dash = strchr(ports, '-');
	char first[PORT_TEXT_MAX];

	if (dash == NULL || dash - ports >= PORT_TEXT_MAX)
		return is_numbers(ports, "")
		    ? "a port is from 1 to 65535"
		    : "its ports are not N, N-M or \"*\"";
	snprintf(first, sizeof(first), "%.*s", (int)(dash - ports), ports);
	if (is_port(first) && is_port(dash + 1)) {
		snprintf(why, CONF_WHY_MAX,
		    "the range of ports is backwards: write %s-%s", dash + 1,
		    first);
		return why;
	}
	return is_numbers(ports, "-") ? "a port is from 1 to 65535"
				      : "its ports are not N, N-M or \"*\"";
}

/* `"text" is not form: reason` */
static const char *
say(const char *text, const char *form, const char *reason,
    char why[CONF_WHY_MAX])
{
	char copy[CONF_WHY_MAX];

	snprintf(copy, sizeof(copy), "%s", reason);
	snprintf(why, CONF_WHY_MAX, "\"%.100s%s\" is not %s: %.300s", text,
	    strlen(text) > 100 ? "..." : "", form, copy);
	return why;
}

/* The last part of an IPv6 address without brackets, as a port; 0: none. */
static unsigned
port_like(const char *text)
{
	const char *colon = strrchr(text, ':');
	struct addr addr;
	uint16_t port;

	if (text[0] == '[' || colon == NULL || strchr(text, ':') == colon ||
	    addr_parse_ip(text, &addr) < 0 ||
	    addr_parse_port(colon + 1, &port) < 0)
		return 0;
	return port;
}

static const char *
explain_port_like(const char *text, char why[CONF_WHY_MAX])
{
	const char *colon = strrchr(text, ':');
	size_t len = (size_t)(colon - text);

	if (len > 0 && text[len - 1] == ':')
		len++; /* of "::5901" */
	snprintf(why, CONF_WHY_MAX,
	    "\"%.100s\" can be read in two ways: write [%.*s]%s for the port, "
	    "or [%.100s] for the address alone",
	    text, (int)len, text, colon, text);
	return why;
}

/* "10.0.0.1-9" would be the name of a host. */
static int
is_range_like(const char *text)
{
	size_t len = strcspn(text, ":");
	char host[HOST_MAX];

	snprintf(host, sizeof(host), "%.*s", (int)len, text);
	return strchr(host, '-') != NULL && is_numbers(host, "-");
}

int
conf_parse_rule(const char *text, struct rule *out)
{
	unsigned port = port_like(text);

	if (is_range_like(text) ||
	    (port >= RULE_PORT_FIRST && port <= RULE_PORT_LAST))
		return VB_ESYNTAX;
	return rule_parse(text, out);
}

int
conf_parse_nameserver(const char *text, struct addr *out)
{
	int result;

	if (port_like(text) == DNS_PORT)
		return VB_ESYNTAX;
	if ((result = addr_parse_ip(text, out)) < 0)
		result = addr_parse_endpoint(text, 0, out);
	return result;
}

const char *
conf_explain_rule(const char *text, char why[CONF_WHY_MAX])
{
	unsigned port = port_like(text);
	struct parts parts;
	const char *reason = split(text, &parts);

	if (port >= RULE_PORT_FIRST && port <= RULE_PORT_LAST)
		return explain_port_like(text, why);
	if (reason == NULL && parts.is_v6 && parts.has_bits &&
	    strchr(parts.bits, ':') != NULL)
		reason = explain_v6(&parts, why);
	else if (reason == NULL && strchr(parts.host, '*') == NULL &&
	    parts.has_bits)
		reason = explain_prefix(&parts, why);
	else if (reason == NULL && strcmp(parts.host, "*") != 0 &&
	    (strncmp(parts.host, "*.", 2) != 0 ||
		strchr(parts.host + 2, '*') != NULL ||
		is_numbers(parts.host, "*")))
		reason = explain_host(&parts, why);
	if (reason == NULL && parts.ports != NULL)
		reason = explain_ports(parts.ports, why);
	if (reason == NULL)
		reason = "a name has letters, digits, \"-\", \"_\" and dots";
	return say(text, "HOST[:PORTS]", reason, why);
}

const char *
conf_explain_target(const char *text, char why[CONF_WHY_MAX])
{
	struct parts parts;
	const char *reason = split(text, &parts);

	if (reason == NULL && parts.has_bits)
		reason = "a target is one host, not a prefix";
	else if (reason == NULL && strchr(parts.host, '*') != NULL)
		reason = "a target is one host: \"*\" is for allow and deny";
	else if (reason == NULL && parts.is_v6 && !parts.is_bracketed)
		reason = "an IPv6 address is in brackets: [2001:db8::1], "
			 "[2001:db8::1]:5901";
	else if (reason == NULL)
		reason = explain_host(&parts, why);
	if (reason == NULL && parts.ports != NULL)
		reason = strpbrk(parts.ports, "-*") != NULL
		    ? "a target has one port"
		    : "a port is from 1 to 65535, and one below 100 a display";
	return say(text, "HOST[:PORT]",
	    reason != NULL ? reason : "it is not a host", why);
}

const char *
conf_explain_listen(const char *text, char why[CONF_WHY_MAX])
{
	struct parts parts;
	const char *reason = split(text, &parts);
	struct addr addr;

	if (reason != NULL)
		return say(text, "ADDRESS:PORT", reason, why);
	if (parts.ports == NULL && is_numbers(text, ""))
		reason = strchr(text, '.') == NULL
		    ? "the address is missing: 127.0.0.1 for this host alone, "
		      "0.0.0.0 or [::] for all"
		    : "the port is missing, as in 127.0.0.1:6080";
	else if (parts.host[0] == '\0' || strcmp(parts.host, "*") == 0)
		reason = "for all addresses write 0.0.0.0, or [::] for IPv6";
	else if (parts.has_bits)
		reason = "it is one address, not a prefix";
	else if (parts.is_v6 && !parts.is_bracketed)
		reason = "an IPv6 address is in brackets: [::1]:6080";
	else if (parts.is_v6 || is_numbers(parts.host, "*-"))
		reason = explain_host(&parts, why);
	else if (addr_parse_ip(parts.host, &addr) < 0)
		reason = "it must be an address, not a name: 127.0.0.1 for "
			 "this host alone, 0.0.0.0 or [::] for all";
	if (reason == NULL)
		reason = parts.ports == NULL
		    ? "the port is missing, as in 127.0.0.1:6080"
		    : "a port is from 1 to 65535";
	return say(text, "ADDRESS:PORT", reason, why);
}

const char *
conf_explain_nameserver(const char *text, char why[CONF_WHY_MAX])
{
	struct parts parts;
	const char *reason = split(text, &parts);

	if (port_like(text) == DNS_PORT)
		return explain_port_like(text, why);
	if (reason == NULL && parts.is_v6)
		reason = explain_host(&parts, why);
	else if (reason == NULL && parts.has_bits)
		reason = "it is one address, not a prefix";
	else if (reason == NULL && is_numbers(parts.host, "*-"))
		reason = explain_host(&parts, why);
	else if (reason == NULL)
		reason = "it must be an address, not a name";
	return say(text, "an address",
	    reason != NULL ? reason : "a port is from 1 to 65535", why);
}

const char *
conf_explain_network(const char *text, char why[CONF_WHY_MAX])
{
	struct parts parts;
	const char *reason = split(text, &parts);

	if (strcmp(text, "unix") == 0 || text[0] == '/' ||
	    strncmp(text, "unix:", 5) == 0)
		reason = "the bridge listens at no Unix socket: list the "
			 "address that the proxy connects from";
	else if (reason == NULL && (parts.is_bracketed || parts.ports != NULL))
		reason = "it has no port and no brackets: a proxy may connect "
			 "from any port";
	else if (reason == NULL && parts.has_bits)
		reason = explain_prefix(&parts, why);
	else if (reason == NULL && strcmp(text, "*") == 0)
		reason = "anybody could say who they are: list the proxies";
	else if (reason == NULL &&
	    (parts.is_v6 || is_numbers(parts.host, "*-")))
		reason = explain_host(&parts, why);
	else if (reason == NULL)
		reason = "it must be an address, not a name";
	return say(text, "ADDRESS[/BITS]",
	    reason != NULL ? reason : "it is not an address", why);
}
