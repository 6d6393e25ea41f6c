/* SPDX-License-Identifier: ISC */
/* Hosts and ports: of allow and deny, listeners, targets, name servers. */
#include <stdio.h>
#include <string.h>

#include "common/target.h"
#include "daemon/bundle/conf_explain.h"
#include "daemon/bundle/conf_parts.h"

#define DNS_PORT 53

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
	char host[CONF_HOST_MAX];

	snprintf(host, sizeof(host), "%.*s", (int)len, text);
	return strchr(host, '-') != NULL && conf_parts_is_numbers(host, "-");
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
	struct conf_parts parts;
	const char *reason = conf_parts_split(text, &parts);

	if (port >= RULE_PORT_FIRST && port <= RULE_PORT_LAST)
		return explain_port_like(text, why);
	if (reason == NULL && parts.is_v6 && parts.has_bits &&
	    strchr(parts.bits, ':') != NULL)
		reason = conf_parts_explain_v6(&parts, why);
	else if (reason == NULL && strchr(parts.host, '*') == NULL &&
	    parts.has_bits)
		reason = conf_parts_explain_prefix(&parts, why);
	else if (reason == NULL && strcmp(parts.host, "*") != 0 &&
	    (strncmp(parts.host, "*.", 2) != 0 ||
		strchr(parts.host + 2, '*') != NULL ||
		conf_parts_is_numbers(parts.host, "*")))
		reason = conf_parts_explain_host(&parts, why);
	if (reason == NULL && parts.ports != NULL)
		reason = conf_parts_explain_ports(parts.ports, why);
	if (reason == NULL)
		reason = "a name has letters, digits, \"-\", \"_\" and dots";
	return say(text, "HOST[:PORTS]", reason, why);
}

const char *
conf_explain_target(const char *text, char why[CONF_WHY_MAX])
{
	struct conf_parts parts;
	const char *reason = conf_parts_split(text, &parts);

	if (reason == NULL && parts.has_bits)
		reason = "a target is one host, not a prefix";
	else if (reason == NULL && strchr(parts.host, '*') != NULL)
		reason = "a target is one host: \"*\" is for allow and deny";
	else if (reason == NULL && parts.is_v6 && !parts.is_bracketed)
		reason = "an IPv6 address is in brackets: [2001:db8::1], "
			 "[2001:db8::1]:5901";
	else if (reason == NULL)
		reason = conf_parts_explain_host(&parts, why);
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
	struct conf_parts parts;
	const char *reason = conf_parts_split(text, &parts);
	struct addr addr;

	if (reason != NULL)
		return say(text, "ADDRESS:PORT", reason, why);
	if (parts.ports == NULL && conf_parts_is_numbers(text, ""))
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
	else if (parts.is_v6 || conf_parts_is_numbers(parts.host, "*-"))
		reason = conf_parts_explain_host(&parts, why);
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
	struct conf_parts parts;
	const char *reason = conf_parts_split(text, &parts);

	if (port_like(text) == DNS_PORT)
		return explain_port_like(text, why);
	if (reason == NULL && parts.is_v6)
		reason = conf_parts_explain_host(&parts, why);
	else if (reason == NULL && parts.has_bits)
		reason = "it is one address, not a prefix";
	else if (reason == NULL && conf_parts_is_numbers(parts.host, "*-"))
		reason = conf_parts_explain_host(&parts, why);
	else if (reason == NULL)
		reason = "it must be an address, not a name";
	return say(text, "an address",
	    reason != NULL ? reason : "a port is from 1 to 65535", why);
}

const char *
conf_explain_network(const char *text, char why[CONF_WHY_MAX])
{
	struct conf_parts parts;
	const char *reason = conf_parts_split(text, &parts);

	if (strcmp(text, "unix") == 0 || text[0] == '/' ||
	    strncmp(text, "unix:", 5) == 0)
		reason = "the bridge listens at no Unix socket: list the "
			 "address that the proxy connects from";
	else if (reason == NULL && (parts.is_bracketed || parts.ports != NULL))
		reason = "it has no port and no brackets: a proxy may connect "
			 "from any port";
	else if (reason == NULL && parts.has_bits)
		reason = conf_parts_explain_prefix(&parts, why);
	else if (reason == NULL && strcmp(text, "*") == 0)
		reason = "anybody could say who they are: list the proxies";
	else if (reason == NULL &&
	    (parts.is_v6 || conf_parts_is_numbers(parts.host, "*-")))
		reason = conf_parts_explain_host(&parts, why);
	else if (reason == NULL)
		reason = "it must be an address, not a name";
	return say(text, "ADDRESS[/BITS]",
	    reason != NULL ? reason : "it is not an address", why);
}
