/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "common/target.h"

#define LABEL_MAX    63 /* RFC 1035, 2.3.4 */
#define NAME_LEN_MAX 253

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Lower-cases an ASCII letter, whatever the locale says. */
static char
to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int
is_alnum(char c)
{
	c = to_lower(c);
	return (c >= 'a' && c <= 'z') || is_digit(c);
}

static int
is_valid_label(const char *label, size_t len)
{
	size_t i;

	if (len == 0 || len > LABEL_MAX)
		return 0;
	if (label[0] == '-' || label[len - 1] == '-')
		return 0;
	for (i = 0; i < len; i++) {
		if (!is_alnum(label[i]) && label[i] != '-' && label[i] != '_')
			return 0;
	}
	return 1;
}

/*
 * What some resolver would take for a number, and so for the end of an
 * inet_aton(3) address: only digits, or 0x with hex digits or none.
 */
static int
is_numeric_label(const char *label, size_t len)
{
	size_t i = 0;
	int is_hex = 0;
	char c;

	if (len >= 2 && label[0] == '0' && to_lower(label[1]) == 'x') {
		is_hex = 1;
		i = 2;
	}
	for (; i < len; i++) {
		c = to_lower(label[i]);
		if (!is_digit(c) && !(is_hex && c >= 'a' && c <= 'f'))
			return 0;
	}
	return 1;
}

int
target_parse_name(const char *text, size_t len, char out[TARGET_NAME_MAX])
{
	const char *label, *end;
	size_t i, label_len;

	if (len > 0 && text[len - 1] == '.')
		len--;
	if (len == 0 || len > NAME_LEN_MAX)
		return VB_ESYNTAX;
	for (label = text;; label = end + 1) {
		end = memchr(label, '.', len - (size_t)(label - text));
		label_len = end != NULL ? (size_t)(end - label)
					: len - (size_t)(label - text);
		if (!is_valid_label(label, label_len))
			return VB_ESYNTAX;
		if (end == NULL)
			break;
	}
	if (is_numeric_label(label, label_len))
		return VB_ESYNTAX;
	for (i = 0; i < len; i++)
		out[i] = to_lower(text[i]);
	out[len] = '\0';
	return 0;
}

static int
parse_port(const char *text, struct target *out)
{
	uint16_t port;
	int error = addr_parse_port(text, &port);

	if (error < 0)
		return error;
	out->port = port;
	out->has_port = 1;
	return 0;
}

static int
parse_host(const char *host, size_t len, struct target *out)
{
	char ip[ADDR_TEXT_MAX];
	int is_v6 = len >= 2 && host[0] == '[' && host[len - 1] == ']';

	if (is_v6) {
		host++;
		len -= 2;
	}
	/* No name may have a colon, and brackets mean v6. */
	if (is_v6 != (memchr(host, ':', len) != NULL))
		return VB_ESYNTAX;
	if (len < sizeof(ip)) {
		memcpy(ip, host, len);
		ip[len] = '\0';
		if (addr_parse_ip(ip, &out->addr) == 0)
			return 0;
	}
	return is_v6 ? VB_ESYNTAX : target_parse_name(host, len, out->name);
}

static int
parse(const char *text, uint16_t default_port, struct target *out)
{
	const char *colon, *host_end;
	int error;

	memset(out, 0, sizeof(*out));
	out->port = default_port;
	host_end = text[0] == '[' ? strchr(text, ']') : text;
	colon = host_end != NULL ? strchr(host_end, ':') : NULL;
	if (colon == NULL)
		error = parse_host(text, strlen(text), out);
	else
		error = parse_host(text, (size_t)(colon - text), out);
	if (error == 0 && colon != NULL)
		error = parse_port(colon + 1, out);
	return error;
}

/* Returns error, and nothing else then. */
static int
checked(int error, struct target *out)
{
	if (error == 0 && out->port == 0)
		error = VB_ERANGE;
	if (error < 0)
		memset(out, 0, sizeof(*out));
	return error;
}

int
target_parse(const char *text, uint16_t default_port, struct target *out)
{
	int error = parse(text, default_port, out);

	/* a display number, as in every VNC viewer */
	if (error == 0 && out->has_port && out->port <= DISPLAY_MAX)
		out->port += DISPLAY_PORT_BASE;
	return checked(error, out);
}

int
target_parse_canonical(const char *text, struct target *out)
{
	int error = parse(text, 0, out);

	if (error == 0 && !out->has_port)
		error = VB_ESYNTAX;
	return checked(error, out);
}

const char *
target_format(const struct target *t, char out[TARGET_TEXT_MAX])
{
	char ip[ADDR_TEXT_MAX];

	if (t->addr.family == ADDR_NONE)
		snprintf(out, TARGET_TEXT_MAX, "%.253s:%u", t->name, t->port);
	else if (t->addr.family == ADDR_V6)
		snprintf(out, TARGET_TEXT_MAX, "[%s]:%u",
		    addr_format_ip(&t->addr, ip), t->port);
	else
		snprintf(out, TARGET_TEXT_MAX, "%s:%u",
		    addr_format_ip(&t->addr, ip), t->port);
	return out;
}
