/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "worker/parse/proxy_header.h"

#define TEXT_START     "PROXY "
#define TEXT_MAX       107 /* 2.1: with CR LF */
#define WORDS	       4   /* source, destination, and their ports */

#define SIGNATURE      "\r\n\r\n\0\r\nQUIT\n"
#define SIGNATURE_LEN  12
#define FIXED_LEN      16 /* 2.2: signature, version, family, length */
#define VERSION_TWO    0x20
#define COMMAND_LOCAL  0
#define COMMAND_PROXY  1
#define FAMILY_V4      1
#define FAMILY_V6      2
#define FAMILY_UNIX    3
#define STREAM	       1
#define DATAGRAM       2
#define V4_LEN	       12
#define V6_LEN	       36
#define UNIX_LEN       216

#define TLV_HEAD       3
#define TLV_CRC32C     0x03
#define CRC_LEN	       4
#define CRC_POLYNOMIAL 0x82f63b78U /* RFC 9260, appendix A, reflected */

static int
refuse(struct proxy_header *out, int error, const char *fault)
{
	out->fault = fault;
	return error;
}

/* ---- version 1: a line ---- */

/* The words behind the family, each behind one blank; none is empty. */
static int
split_words(char *text, char *words[WORDS])
{
	int i;

	for (i = 0; i < WORDS; i++) {
		words[i] = text;
		text = strchr(text, ' ');
		if ((text == NULL) != (i == WORDS - 1) || words[i][0] == '\0')
			return VB_ESYNTAX;
		if (text != NULL)
			*text++ = '\0';
	}
	return 0;
}

/* "TCP4 " or "TCP6 " was read. */
static int
read_addresses(char *text, int is_v6, struct addr *client)
{
	struct addr listener;
	char *words[WORDS];
	uint16_t port;

	if (split_words(text, words) < 0 ||
	    (strchr(words[0], ':') != NULL) != is_v6 ||
	    (strchr(words[1], ':') != NULL) != is_v6 ||
	    addr_parse_ip(words[0], client) < 0 ||
	    addr_parse_ip(words[1], &listener) < 0 ||
	    addr_parse_port(words[2], &client->port) < 0 ||
	    addr_parse_port(words[3], &port) < 0)
		return VB_ESYNTAX;
	return 0;
}

static int
parse_line(char *line, struct proxy_header *out)
{
	if (strcmp(line, "UNKNOWN") == 0 || strncmp(line, "UNKNOWN ", 8) == 0)
		return 0; /* the rest must not be looked at */
	if ((strncmp(line, "TCP4 ", 5) == 0 ||
		strncmp(line, "TCP6 ", 5) == 0) &&
	    read_addresses(line + 5, line[3] == '6', &out->client) == 0)
		return 0;
	memset(&out->client, 0, sizeof(out->client));
	return refuse(out, VB_ESYNTAX, "the PROXY line is malformed");
}

static int
parse_text(const uint8_t *data, size_t len, struct proxy_header *out)
{
	char line[TEXT_MAX];
	size_t n, start = strlen(TEXT_START);

	for (n = 0; n < len && n + 2 <= TEXT_MAX && data[n] != '\r'; n++)
		if (data[n] == '\n' || data[n] == '\0')
			return refuse(
			    out, VB_ESYNTAX, "the PROXY line is malformed");
	if (n + 2 > TEXT_MAX)
		return refuse(out, VB_ERANGE, "the PROXY line is too long");
	if (n + 1 >= len)
		return 0;
	if (data[n + 1] != '\n')
		return refuse(out, VB_ESYNTAX, "the PROXY line is malformed");
	memcpy(line, data + start, n - start);
	line[n - start] = '\0';
	return parse_line(line, out) < 0 ? VB_ESYNTAX : (int)n + 2;
}

/* ---- version 2: binary ---- */

static size_t
read_16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* CRC-32C of the header, as if the four bytes at skip were zero. */
static uint32_t
checksum(const uint8_t *data, size_t len, size_t skip)
{
	uint32_t crc = UINT32_MAX;
	size_t i;
	int bit;

	for (i = 0; i < len; i++) {
		if (i < skip || i >= skip + CRC_LEN)
			crc ^= data[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
	}
	return ~crc;
}

static int
has_right_checksum(const uint8_t *data, size_t len, size_t at)
{
	uint32_t said = (uint32_t)data[at] << 24 |
	    (uint32_t)data[at + 1] << 16 | (uint32_t)data[at + 2] << 8 |
	    data[at + 3];

	return said == checksum(data, len, at);
}

/* What is appended, from at on, to the header's end at len. */
static int
check_appended(
    const uint8_t *data, size_t at, size_t len, struct proxy_header *out)
{
	size_t value_len, found = 0;

	while (at < len) {
		if (len - at < TLV_HEAD)
			return refuse(out, VB_ESYNTAX, "a TLV is cut");
		value_len = read_16(data + at + 1);
		if (value_len > len - at - TLV_HEAD)
			return refuse(out, VB_ESYNTAX, "a TLV is cut");
		if (data[at] == TLV_CRC32C) {
			if (found > 0 || value_len != CRC_LEN)
				return refuse(out, VB_ESYNTAX,
				    "not one checksum of 4 bytes");
			found = at + TLV_HEAD;
		}
		at += TLV_HEAD + value_len;
	}
	if (found > 0 && !has_right_checksum(data, len, found))
		return refuse(out, VB_ESYNTAX, "the checksum is wrong");
	return 0;
}

static void
take_v4(const uint8_t *p, struct addr *client)
{
	struct sockaddr_in sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	memcpy(&sin.sin_addr, p, sizeof(sin.sin_addr));
	memcpy(&sin.sin_port, p + 8, sizeof(sin.sin_port));
	addr_from_sockaddr((struct sockaddr *)&sin, client);
}

static void
take_v6(const uint8_t *p, struct addr *client)
{
	struct sockaddr_in6 sin6;

	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	memcpy(&sin6.sin6_addr, p, sizeof(sin6.sin6_addr));
	memcpy(&sin6.sin6_port, p + 32, sizeof(sin6.sin6_port));
	addr_from_sockaddr((struct sockaddr *)&sin6, client);
}

/* The whole header is there. Returns 0 or VB_ESYNTAX. */
static int
read_binary(const uint8_t *data, size_t len, struct proxy_header *out)
{
	static const size_t lengths[] = {[FAMILY_V4] = V4_LEN,
	    [FAMILY_V6] = V6_LEN,
	    [FAMILY_UNIX] = UNIX_LEN};
	unsigned family = data[13] >> 4, transport = data[13] & 0xf;

	if ((data[12] & 0xf) == COMMAND_LOCAL || family == 0)
		return 0; /* 2.2: the rest is to be skipped */
	if (len - FIXED_LEN < lengths[family])
		return refuse(out, VB_ESYNTAX, "an address is cut");
	if (check_appended(data, FIXED_LEN + lengths[family], len, out) < 0)
		return VB_ESYNTAX;
	if (transport == STREAM && family == FAMILY_V4)
		take_v4(data + FIXED_LEN, &out->client);
	else if (transport == STREAM && family == FAMILY_V6)
		take_v6(data + FIXED_LEN, &out->client);
	return 0;
}

static int
parse_binary(const uint8_t *data, size_t len, struct proxy_header *out)
{
	size_t total;

	if (len > 12 && (data[12] & 0xf0) != VERSION_TWO)
		return refuse(out, VB_ESYNTAX, "the version is not 2");
	if (len > 12 && (data[12] & 0xf) > COMMAND_PROXY)
		return refuse(out, VB_ESYNTAX, "the command is unknown");
	if (len > 13 &&
	    (data[13] >> 4 > FAMILY_UNIX || (data[13] & 0xf) > DATAGRAM))
		return refuse(out, VB_ESYNTAX, "the family is unknown");
	if (len < FIXED_LEN)
		return 0;
	total = FIXED_LEN + read_16(data + 14);
	if (total > PROXY_HEADER_MAX)
		return refuse(out, VB_ERANGE, "the header is too long");
	if (len < total)
		return 0;
	return read_binary(data, total, out) < 0 ? VB_ESYNTAX : (int)total;
}

/* Whether all that has come is how it begins, as far as it goes. */
static int
begins_as(const uint8_t *data, size_t len, const char *start, size_t start_len)
{
	return memcmp(data, start, len < start_len ? len : start_len) == 0;
}

int
proxy_header_parse(const uint8_t *data, size_t len, struct proxy_header *out)
{
	memset(out, 0, sizeof(*out));
	if (len == 0)
		return 0;
	if (begins_as(data, len, SIGNATURE, SIGNATURE_LEN))
		return len < SIGNATURE_LEN ? 0 : parse_binary(data, len, out);
	if (!begins_as(data, len, TEXT_START, strlen(TEXT_START)))
		return refuse(out, VB_ESYNTAX, "there is no PROXY header");
	return len < strlen(TEXT_START) ? 0 : parse_text(data, len, out);
}

/* ---- what we send ---- */

static void
put_v6(const struct addr *addr, uint8_t *out)
{
	memset(out, 0, 16);
	if (addr->family == ADDR_V4) { /* RFC 4291, 2.5.5.2 */
		out[10] = out[11] = 0xff;
		memcpy(out + 12, addr->ip, 4);
	} else if (addr->family == ADDR_V6)
		memcpy(out, addr->ip, 16);
}

static void
put_16(size_t value, uint8_t *out)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

size_t
proxy_header_format(const struct addr *client, const struct addr *listener,
    uint8_t out[PROXY_HEADER_SENT_MAX])
{
	int is_v4 = client->family == ADDR_V4 && listener->family != ADDR_V6;
	size_t len = is_v4 ? V4_LEN : V6_LEN, ip_len = is_v4 ? 4 : 16;
	uint8_t *p = out + FIXED_LEN;

	memcpy(out, SIGNATURE, SIGNATURE_LEN);
	out[12] = VERSION_TWO | COMMAND_PROXY;
	if (client->family == ADDR_NONE) {
		out[13] = 0;
		put_16(0, out + 14);
		return FIXED_LEN;
	}
	out[13] = (uint8_t)((is_v4 ? FAMILY_V4 : FAMILY_V6) << 4 | STREAM);
	put_16(len, out + 14);
	if (is_v4) {
		memcpy(p, client->ip, ip_len);
		memcpy(p + ip_len, listener->ip, ip_len);
	} else {
		put_v6(client, p);
		put_v6(listener, p + ip_len);
	}
	put_16(client->port, p + 2 * ip_len);
	put_16(listener->port, p + 2 * ip_len + 2);
	return FIXED_LEN + len;
}
