/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "worker/parse/http_value.h"

#define PORT_MAX 65535

static int
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct http_span
http_span_cut(struct http_span *span, char c)
{
	const char *at = memchr(span->p, c, span->len);
	struct http_span rest = {span->p + span->len, 0};

	if (at != NULL) {
		rest.p = at + 1;
		rest.len = span->len - (size_t)(at + 1 - span->p);
		span->len = (size_t)(at - span->p);
	}
	return rest;
}

void
http_span_trim(struct http_span *span)
{
	while (span->len > 0 && is_blank(span->p[0])) {
		span->p++;
		span->len--;
	}
	while (span->len > 0 && is_blank(span->p[span->len - 1]))
		span->len--;
}

int
http_span_is(const struct http_span *span, const char *text)
{
	return span->len == strlen(text) &&
	    strncasecmp(span->p, text, span->len) == 0;
}

const struct http_span *
http_find_field(const struct http_head *head, const char *name)
{
	size_t i;

	for (i = 0; i < head->field_count; i++)
		if (http_span_is(&head->fields[i].name, name))
			return &head->fields[i].value;
	return NULL;
}

size_t
http_count_fields(const struct http_head *head, const char *name)
{
	size_t i, n = 0;

	for (i = 0; i < head->field_count; i++)
		n += http_span_is(&head->fields[i].name, name) ? 1 : 0;
	return n;
}

int
http_next_item(
    struct http_span *list, struct http_span *item, struct http_span *params)
{
	while (list->len > 0) {
		*item = *list;
		*list = http_span_cut(item, ',');
		*params = http_span_cut(item, ';');
		http_span_trim(item);
		http_span_trim(params);
		if (item->len > 0)
			return 1;
	}
	return 0;
}

int
http_has_token(
    const struct http_head *head, const char *name, const char *token)
{
	struct http_span list, item, params;
	size_t i;

	for (i = 0; i < head->field_count; i++) {
		if (!http_span_is(&head->fields[i].name, name))
			continue;
		list = head->fields[i].value;
		while (http_next_item(&list, &item, &params))
			if (http_span_is(&item, token))
				return 1;
	}
	return 0;
}

/* "[" IPv6address "]"; a zone id means nothing to anyone but the sender. */
static int
is_bracketed_v6(const struct http_span *host)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr ip;
	size_t n = host->len - 2;

	if (n >= sizeof(text))
		return 0;
	memcpy(text, host->p + 1, n);
	text[n] = '\0';
	return inet_pton(AF_INET6, text, &ip) == 1;
}

/* A byte of reg-name (RFC 3986, 3.2.2), escapes aside. */
static int
is_reg_char(char c)
{
	return isalnum((unsigned char)c) ||
	    (c != '\0' && strchr("-._~!$&'()*+,;=", c) != NULL);
}

static int
is_reg_name(const struct http_span *host)
{
	size_t i;

	for (i = 0; i < host->len; i++) {
		if (is_reg_char(host->p[i]))
			continue;
		if (host->p[i] != '%' || host->len - i < 3 ||
		    !isxdigit((unsigned char)host->p[i + 1]) ||
		    !isxdigit((unsigned char)host->p[i + 2]))
			return 0;
		i += 2;
	}
	return host->len > 0;
}

static int
parse_port(const struct http_span *text, int *port)
{
	size_t i;
	int n = 0;

	for (i = 0; i < text->len; i++) {
		if (!isdigit((unsigned char)text->p[i]))
			return VB_ESYNTAX;
		n = n * 10 + (text->p[i] - '0');
		if (n > PORT_MAX)
			return VB_ESYNTAX;
	}
	*port = text->len > 0 ? n : -1;
	return 0;
}

int
http_split_host(
    const struct http_span *authority, struct http_span *host, int *port)
{
	struct http_span rest = *authority;
	const char *close;

	*host = *authority;
	if (authority->len == 0 || authority->p[0] != '[') {
		rest = http_span_cut(host, ':');
		return is_reg_name(host) ? parse_port(&rest, port) : VB_ESYNTAX;
	}
	close = memchr(authority->p, ']', authority->len);
	if (close == NULL)
		return VB_ESYNTAX;
	host->len = (size_t)(close + 1 - authority->p);
	rest.p = close + 1;
	rest.len = authority->len - host->len;
	if (rest.len > 0 && *rest.p++ != ':')
		return VB_ESYNTAX;
	rest.len -= rest.len > 0 ? 1 : 0;
	return is_bracketed_v6(host) ? parse_port(&rest, port) : VB_ESYNTAX;
}

static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at;

	at = memchr(digits, tolower((unsigned char)c), sizeof(digits) - 1);
	return at != NULL ? (int)(at - digits) : -1;
}

int
http_percent_decode(const struct http_span *span, char *out, size_t out_size)
{
	size_t i, n = 0;
	int high, low;
	unsigned char c;

	for (i = 0; i < span->len; i++) {
		c = (unsigned char)span->p[i];
		if (c == '%') {
			if (span->len - i < 3)
				return VB_ESYNTAX;
			high = hex_value(span->p[i + 1]);
			low = hex_value(span->p[i + 2]);
			if (high < 0 || low < 0)
				return VB_ESYNTAX;
			c = (unsigned char)(high * 16 + low);
			i += 2;
		}
		if (iscntrl(c))
			return VB_ESYNTAX;
		if (n + 1 >= out_size)
			return VB_ERANGE;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return (int)n;
}
