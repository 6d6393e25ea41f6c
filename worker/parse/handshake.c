/* SPDX-License-Identifier: ISC */
/*
 * The WebSocket opening handshake, RFC 6455 section 4.2.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "worker/parse/fault.h"
#include "worker/parse/handshake.h"
#include "worker/parse/http.h"

#define BAD_REQUEST	 400
#define FORBIDDEN	 403
#define UPGRADE_REQUIRED 426

#define SUBPROTOCOL	 "binary"
#define PAGE		 "vncbridge.v1"
#define INTENT		 "vncbridge.intent."

/* RFC 6455, 1.3 */
#define GUID	  "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define SHA1_SIZE 20

/* The base64 of 16 bytes: 22 digits, and "==" */
#define KEY_DIGITS (HANDSHAKE_KEY_LEN - 2)

#define PORT_HTTP  80
#define PORT_HTTPS 443

/* Bits that pad the last digit are not looked at (RFC 4648, 3.5: MAY). */
static int
is_key(const struct http_span *key)
{
	size_t i;

	if (key->len != HANDSHAKE_KEY_LEN ||
	    memcmp(key->p + KEY_DIGITS, "==", 2) != 0)
		return 0;
	for (i = 0; i < KEY_DIGITS; i++)
		if (!isalnum((unsigned char)key->p[i]) && key->p[i] != '+' &&
		    key->p[i] != '/')
			return 0;
	return 1;
}

/* Browsers compare the answer byte for byte with what they offered. */
static int
offers_subprotocol(const struct http_head *head, const char *protocol)
{
	struct http_span list, item, params;
	size_t i;

	for (i = 0; i < head->field_count; i++) {
		if (!http_span_is(
			&head->fields[i].name, "Sec-WebSocket-Protocol"))
			continue;
		list = head->fields[i].value;
		while (http_next_item(&list, &item, &params))
			if (params.len == 0 && item.len == strlen(protocol) &&
			    memcmp(item.p, protocol, item.len) == 0)
				return 1;
	}
	return 0;
}

/* Lower-case digits. Returns their value, or -1. */
static int
hex_pair(const char *p)
{
	static const char digits[] = "0123456789abcdef";
	const char *high = memchr(digits, p[0], sizeof(digits) - 1);
	const char *low = memchr(digits, p[1], sizeof(digits) - 1);

	return high == NULL || low == NULL
	    ? -1
	    : (int)((high - digits) << 4 | (low - digits));
}

int
handshake_read_intent(
    const struct http_span *hex, uint8_t out[HANDSHAKE_INTENT_BYTES])
{
	int value = 0;
	size_t i;

	if (hex->len != 2 * (size_t)HANDSHAKE_INTENT_BYTES)
		return 0;
	for (i = 0; i < HANDSHAKE_INTENT_BYTES; i++) {
		if ((value = hex_pair(hex->p + 2 * i)) < 0)
			return 0;
		out[i] = (uint8_t)value;
	}
	return 1;
}

/* "vncbridge.intent.HEX": a browser has no other field to say it in. */
static int
take_intent(const struct http_span *item, struct handshake *out)
{
	size_t n = sizeof(INTENT) - 1;
	struct http_span hex = {item->p + n, item->len - n};

	return item->len > n && memcmp(item->p, INTENT, n) == 0 &&
	    handshake_read_intent(&hex, out->intent);
}

/* The first one of it counts. */
static void
find_intent(const struct http_head *head, struct handshake *out)
{
	struct http_span list, item, params;
	size_t i;

	for (i = 0; i < head->field_count; i++) {
		if (!http_span_is(
			&head->fields[i].name, "Sec-WebSocket-Protocol"))
			continue;
		list = head->fields[i].value;
		while (
		    !out->has_intent && http_next_item(&list, &item, &params))
			out->has_intent =
			    params.len == 0 && take_intent(&item, out);
	}
}

/* protocol-name ["/" protocol-version], RFC 9110, 7.8 */
static int
is_protocol(const struct http_span *item)
{
	struct http_span name = *item;
	struct http_span version = http_span_cut(&name, '/');

	return http_is_token(&name) &&
	    (name.len == item->len || http_is_token(&version));
}

/* RFC 6455, 9.1: what the quotes hold, unescaped, is a token again. */
static int
is_quoted_token(const struct http_span *value)
{
	struct http_span c = {NULL, 1};
	const char *end;

	if (value->len < 3 || value->p[0] != '"')
		return 0;
	end = value->p + value->len - 1;
	for (c.p = value->p + 1; c.p < end; c.p++) {
		if (*c.p == '\\')
			c.p++;
		if (!http_is_token(&c)) /* nor is the last quote one */
			return 0;
	}
	return *end == '"';
}

/* extension-param, RFC 6455, 9.1 */
static int
is_extension_param(const struct http_span *param)
{
	struct http_span name = *param;
	struct http_span value = http_span_cut(&name, '=');
	int has_value = name.len < param->len;

	http_span_trim(&name);
	http_span_trim(&value);
	return http_is_token(&name) &&
	    (!has_value || http_is_token(&value) || is_quoted_token(&value));
}

/*
 * extension-token *( ";" extension-param ), RFC 6455, 9.1. A quoted ',' or
 * ';' isn't a token, so that quotes can be ignored when cutting.
 */
static int
is_extension(const struct http_span *item)
{
	struct http_span part, rest = *item;
	int is_first = 1, is_last;

	do {
		part = rest;
		rest = http_span_cut(&part, ';');
		is_last = part.p + part.len == item->p + item->len;
		http_span_trim(&part);
		if (is_first ? !http_is_token(&part)
			     : !is_extension_param(&part))
			return 0;
		is_first = 0;
	} while (!is_last);
	return 1;
}

/*
 * Every item of all fields of that name; empty ones do not count (RFC 9110,
 * 5.6.1.2), so that a field that a proxy has emptied is none.
 */
static int
is_list(const struct http_head *head, const char *name,
    int (*is_item)(const struct http_span *item))
{
	struct http_span rest, item;
	size_t i;

	for (i = 0; i < head->field_count; i++) {
		if (!http_span_is(&head->fields[i].name, name))
			continue;
		for (rest = head->fields[i].value; rest.len > 0;) {
			item = rest;
			rest = http_span_cut(&item, ',');
			http_span_trim(&item);
			if (item.len > 0 && !is_item(&item))
				return 0;
		}
	}
	return 1;
}

/* RFC 6455, 4.2.1: "any violations of the ABNF grammar", 4.3 and 9.1 */
static int
check_lists(const struct http_head *head, char fault[FAULT_MAX])
{
	static const struct {
		const char *name;
		int (*is_item)(const struct http_span *item);
	} lists[] = {
	    {"Upgrade", is_protocol},
	    {"Connection", http_is_token},
	    {"Sec-WebSocket-Protocol", http_is_token},
	    {"Sec-WebSocket-Extensions", is_extension},
	};
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!is_list(head, lists[i].name, lists[i].is_item))
			return fault_note(fault, BAD_REQUEST, "%s is malformed",
			    lists[i].name);
	return 0;
}

static int
is_same_host(const struct http_span *a, const struct http_span *b)
{
	return a->len == b->len && strncasecmp(a->p, b->p, a->len) == 0;
}

int
handshake_origin_is_allowed(const struct http_span *origin,
    const struct http_span *own_host, const struct origin_rules *rules)
{
	static const struct {
		const char *prefix;
		int port;
	} schemes[] = {{"http://", PORT_HTTP}, {"https://", PORT_HTTPS}};
	struct http_span rest, host, own;
	size_t i, n;
	int port, own_port;

	if (http_split_host(own_host, &own, &own_port) < 0)
		return 0;
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		n = strlen(schemes[i].prefix);
		if (origin->len < n ||
		    strncasecmp(origin->p, schemes[i].prefix, n) != 0)
			continue;
		rest.p = origin->p + n;
		rest.len = origin->len - n;
		if (http_split_host(&rest, &host, &port) < 0)
			return 0;
		port = port < 0 ? schemes[i].port : port;
		own_port = own_port < 0 ? schemes[i].port : own_port;
		if (port == own_port && is_same_host(&host, &own) &&
		    (!rules->is_tls || schemes[i].port == PORT_HTTPS))
			return 1;
		break;
	}
	return rules->is_listed != NULL && rules->is_listed(origin, rules->arg);
}

/* RFC 6455, 4.2.1 and 10.2. A program that isn't a browser sends no Origin. */
static int
check_origin(const struct http_head *head, const struct origin_rules *rules,
    char fault[FAULT_MAX])
{
	const struct http_span *origin = http_find_field(head, "Origin");
	char text[FAULT_FIELD_MAX], host[FAULT_FIELD_MAX];

	if (origin == NULL)
		return rules->is_required ? fault_note(fault, FORBIDDEN,
						"no Origin, and "
						"require-origin is set")
					  : 0;
	if (http_count_fields(head, "Origin") > 1)
		return fault_note(fault, FORBIDDEN, "two Origin fields");
	if (http_span_is(origin, "null"))
		return fault_note(fault, FORBIDDEN,
		    "origin \"null\" is a page without a site of its own");
	if (!handshake_origin_is_allowed(origin, &head->host, rules))
		return fault_note(fault, FORBIDDEN,
		    "origin \"%s\" is not this host \"%s\"; add it to origins",
		    fault_field(origin, text), fault_field(&head->host, host));
	return 0;
}

int
handshake_check_form(const struct http_head *head,
    const struct origin_rules *rules, char fault[FAULT_MAX])
{
	static const char name[] = "Sec-Fetch-Site";
	const struct http_span *site = http_find_field(head, name);
	struct origin_rules own = *rules;

	own.is_listed = NULL; /* pages of others may look, and log nobody in */
	own.is_required = 0;
	if (site == NULL)
		return check_origin(head, &own, fault);
	if (http_count_fields(head, name) == 1 &&
	    (http_span_is(site, "same-origin") || http_span_is(site, "none")))
		return 0;
	return fault_note(
	    fault, FORBIDDEN, "the form is from a page of another site");
}

int
handshake_check(const struct http_head *head, const struct origin_rules *rules,
    struct handshake *out, char fault[FAULT_MAX])
{
	const struct http_span *key, *version;
	char text[FAULT_FIELD_MAX];
	int status;

	if (!http_has_token(head, "Upgrade", "websocket"))
		return fault_note(fault, UPGRADE_REQUIRED,
		    "no \"Upgrade: websocket\": a proxy in front must pass it "
		    "on");
	if (!http_has_token(head, "Connection", "upgrade"))
		return fault_note(fault, BAD_REQUEST,
		    "no \"Connection: upgrade\": a proxy in front must pass it "
		    "on");

	/* 11.3.1 and 11.3.5: neither may appear twice */
	if (http_count_fields(head, "Sec-WebSocket-Version") != 1 ||
	    http_count_fields(head, "Sec-WebSocket-Key") != 1)
		return fault_note(fault, BAD_REQUEST,
		    "not one each of Sec-WebSocket-Version and -Key");
	version = http_find_field(head, "Sec-WebSocket-Version");
	if (!http_span_is(version, "13"))
		return fault_note(fault, UPGRADE_REQUIRED,
		    "Sec-WebSocket-Version \"%s\" is not 13",
		    fault_field(version, text));
	key = http_find_field(head, "Sec-WebSocket-Key");
	if (!is_key(key))
		return fault_note(
		    fault, BAD_REQUEST, "Sec-WebSocket-Key is not a key");
	if ((status = check_lists(head, fault)) != 0)
		return status;
	memcpy(out->key, key->p, HANDSHAKE_KEY_LEN);
	out->key[HANDSHAKE_KEY_LEN] = '\0';
	out->offers_binary = offers_subprotocol(head, SUBPROTOCOL);
	out->offers_page = offers_subprotocol(head, PAGE);
	out->has_intent = 0;
	if (out->offers_page)
		find_intent(head, out);
	return check_origin(head, rules, fault);
}

static int
sha1(const void *data, size_t len, unsigned char out[SHA1_SIZE])
{
	return EVP_Digest(data, len, out, NULL, EVP_sha1(), NULL) == 1;
}

int
handshake_prepare(void)
{
	unsigned char digest[SHA1_SIZE];

	return sha1("", 0, digest) ? 0 : VB_ESYS;
}

void
handshake_accept_key(const char *key, char out[HANDSHAKE_ACCEPT_MAX])
{
	char text[HANDSHAKE_KEY_LEN + sizeof(GUID)];
	unsigned char digest[SHA1_SIZE];
	int len;

	len = snprintf(
	    text, sizeof(text), "%.*s%s", HANDSHAKE_KEY_LEN, key, GUID);
	if (!sha1(text, (size_t)len, digest))
		memset(digest, 0, sizeof(digest)); /* the client will refuse */
	(void)EVP_EncodeBlock((unsigned char *)out, digest, SHA1_SIZE);
}

int
handshake_format_answer(const struct handshake *hs, char *out, size_t size)
{
	char accept[HANDSHAKE_ACCEPT_MAX];
	int len;

	handshake_accept_key(hs->key, accept);
	len = snprintf(out, size,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Upgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: %s\r\n"
	    "%s"
	    "\r\n",
	    accept,
	    hs->offers_page	    ? "Sec-WebSocket-Protocol: " PAGE "\r\n"
		: hs->offers_binary ? "Sec-WebSocket-Protocol: " SUBPROTOCOL
				      "\r\n"
				    : "");
	return len < 0 || (size_t)len >= size ? VB_ERANGE : len;
}
