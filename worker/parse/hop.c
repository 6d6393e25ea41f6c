/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "worker/parse/hop.h"
#include "worker/parse/http.h"

#define TEXT_MAX HOP_HOST_MAX /* of a value; longer ones are malformed */

/* Copies a span as text. Returns 0 or VB_ERANGE. */
static int
copy(const struct http_span *span, char out[TEXT_MAX])
{
	if (span->len >= TEXT_MAX)
		return VB_ERANGE;
	memcpy(out, span->p, span->len);
	out[span->len] = '\0';
	return 0;
}

/* RFC 7239, 6.3: "_" 1*( ALPHA / DIGIT / "." / "_" / "-") */
static int
is_obfuscated(const char *text)
{
	const char *p;

	if (text[0] != '_' || text[1] == '\0')
		return 0;
	for (p = text + 1; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
			return 0;
	return 1;
}

/* RFC 7239, 6.1: a port, or a word for one. Returns 0 or VB_ESYNTAX. */
static int
read_port(const char *text, uint16_t *port)
{
	if (is_obfuscated(text)) {
		*port = 0;
		return 0;
	}
	return addr_parse_port(text, port) == 0 ? 0 : VB_ESYNTAX;
}

/*
 * node = nodename [ ":" node-port ], RFC 7239, 6; text is written to. Returns
 * 0 or VB_ESYNTAX. An address that is not told is ADDR_NONE.
 */
static int
read_node(char *text, struct addr *out)
{
	char *name = text, *end, *port = NULL;
	int is_v6 = text[0] == '[';

	end = is_v6 ? strchr(text, ']') : strchr(text, ':');
	if (is_v6) {
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return VB_ESYNTAX;
		name++;
		port = end[1] == ':' ? end + 2 : NULL;
	} else if (end != NULL)
		port = end + 1;
	if (end != NULL)
		*end = '\0';
	memset(out, 0, sizeof(*out));
	if (is_v6 != (strchr(name, ':') != NULL))
		return VB_ESYNTAX;
	if ((is_v6 ||
		(strcasecmp(name, "unknown") != 0 && !is_obfuscated(name))) &&
	    addr_parse_ip(name, out) < 0)
		return VB_ESYNTAX;
	return port == NULL ? 0 : read_port(port, &out->port);
}

/* Cuts the first element off, minding quotes. Returns 0 if they don't end. */
static int
cut_element(struct http_span *list, struct http_span *element)
{
	int is_quoted = 0;
	size_t i;

	for (i = 0; i < list->len; i++) {
		if (is_quoted && list->p[i] == '\\')
			i++;
		else if (list->p[i] == '"')
			is_quoted = !is_quoted;
		else if (list->p[i] == ',' && !is_quoted)
			break;
	}
	if (i > list->len)
		i = list->len; /* a backslash at the very end */
	element->p = list->p;
	element->len = i;
	list->p += i;
	list->len -= i;
	if (list->len > 0) { /* the comma */
		list->p++;
		list->len--;
	}
	http_span_trim(element);
	return !is_quoted;
}

/*
 * Takes a quoted string off the rest, without its quotes and backslashes (RFC
 * 9110, 5.6.4). Returns 0 or VB_ESYNTAX.
 */
static int
take_quoted(struct http_span *rest, char out[TEXT_MAX])
{
	size_t i, n = 0;

	for (i = 1; i < rest->len && rest->p[i] != '"'; i++) {
		if (rest->p[i] == '\\' && ++i == rest->len)
			break;
		if (n + 1 == TEXT_MAX)
			return VB_ESYNTAX;
		out[n++] = rest->p[i];
	}
	if (i >= rest->len)
		return VB_ESYNTAX;
	out[n] = '\0';
	rest->p += i + 1;
	rest->len -= i + 1;
	return 0;
}

/* Takes "name=value" off the rest, up to the next ';'. */
static int
take_pair(struct http_span *rest, struct http_span *name, char value[TEXT_MAX])
{
	struct http_span word;
	const char *equals = memchr(rest->p, '=', rest->len);

	if (equals == NULL)
		return VB_ESYNTAX;
	name->p = rest->p;
	name->len = (size_t)(equals - rest->p);
	rest->len -= name->len + 1;
	rest->p = equals + 1;
	if (!http_is_token(name) ||
	    (rest->len > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t')))
		return VB_ESYNTAX;
	if (rest->len > 0 && rest->p[0] == '"') {
		if (take_quoted(rest, value) < 0)
			return VB_ESYNTAX;
		word = *rest;
		*rest = http_span_cut(&word, ';');
		http_span_trim(&word);
		return word.len == 0 ? 0 : VB_ESYNTAX;
	}
	word = *rest;
	*rest = http_span_cut(&word, ';');
	http_span_trim(&word);
	return http_is_token(&word) && copy(&word, value) == 0 ? 0 : VB_ESYNTAX;
}

/* What has been said already: RFC 7239, 4: not twice in an element. */
struct said {
	int addr, by, host, scheme;
};

static int
use_host(const char *value, struct hop *hop)
{
	struct http_span span = {value, strlen(value)}, host;
	int port;

	if (http_split_host(&span, &host, &port) < 0)
		return VB_ESYNTAX;
	strlcpy(hop->host, value, sizeof(hop->host));
	return 0;
}

/* Takes what is of use to us. Returns 0 or VB_ESYNTAX. */
static int
use_pair(const struct http_span *name, char *value, struct said *said,
    struct hop *hop)
{
	struct http_span span = {value, strlen(value)};
	struct addr by;

	if (http_span_is(name, "for"))
		return said->addr++ ? VB_ESYNTAX : read_node(value, &hop->addr);
	if (http_span_is(name, "by"))
		return said->by++ ? VB_ESYNTAX : read_node(value, &by);
	if (http_span_is(name, "host"))
		return said->host++ ? VB_ESYNTAX : use_host(value, hop);
	if (!http_span_is(name, "proto"))
		return 0; /* an extension, 5.5 */
	hop->scheme = hop_scheme(&span);
	return said->scheme++ ? VB_ESYNTAX : 0;
}

/* forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] ) */
static int
read_element(struct http_span element, struct hop *hop)
{
	struct said said = {0, 0, 0, 0};
	struct http_span name;
	char value[TEXT_MAX];

	for (;;) {
		while (element.len > 0 && element.p[0] == ';') {
			element.p++;
			element.len--;
			http_span_trim(&element);
		}
		http_span_trim(&element);
		if (element.len == 0)
			return 0;
		if (take_pair(&element, &name, value) < 0 ||
		    use_pair(&name, value, &said, hop) < 0)
			return VB_ESYNTAX;
		http_span_trim(&element);
	}
}

int
hop_next(struct http_span *list, struct hop *out)
{
	struct http_span element;
	int has_ended = 1;

	do {
		if (list->len == 0)
			return 0;
		has_ended = cut_element(list, &element);
	} while (element.len == 0);
	memset(out, 0, sizeof(*out));
	if (has_ended && read_element(element, out) == 0)
		out->is_sound = 1;
	else
		memset(out, 0, sizeof(*out));
	return 1;
}

void
hop_read_address(const struct http_span *item, struct hop *out)
{
	char text[TEXT_MAX];

	memset(out, 0, sizeof(*out));
	if (copy(item, text) == 0 &&
	    (addr_parse_ip(text, &out->addr) == 0 ||
		read_node(text, &out->addr) == 0))
		out->is_sound = 1;
	else
		memset(&out->addr, 0, sizeof(out->addr));
}

enum scheme
hop_scheme(const struct http_span *text)
{
	if (http_span_is(text, "https") || http_span_is(text, "wss"))
		return SCHEME_HTTPS;
	if (http_span_is(text, "http") || http_span_is(text, "ws"))
		return SCHEME_HTTP;
	return SCHEME_UNSAID;
}
