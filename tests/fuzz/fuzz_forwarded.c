/* SPDX-License-Identifier: ISC */
/*
 * What proxies say of a request. The input is the lines of a head; whatever
 * they are, what is believed is clean, and what a client puts to the left of
 * that changes no address: the same lines behind a lie say the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/forwarding.h"
#include "worker/parse/http.h"

#define LINES_MAX 4096
#define HEAD_MAX  16384

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static void
check_clean(const struct forwarding *said)
{
	struct http_span host = {said->host, strlen(said->host)}, name;
	const char *p;
	int port;

	must(said->client.family == ADDR_NONE ||
	    said->client.family == ADDR_V4 || said->client.family == ADDR_V6);
	must(said->scheme <= SCHEME_HTTPS);
	must(host.len == 0 || http_split_host(&host, &name, &port) == 0);
	must(said->prefix[0] == '\0' || said->prefix[0] == '/');
	for (p = said->prefix; *p != '\0'; p++)
		must(*p > ' ' && *p < 0x7f &&
		    (*p != '/' || (p[1] != '/' && p[1] != '\0')) &&
		    strncmp(p, "/../", 4) != 0 && strcmp(p, "/..") != 0);
}

/* Reads the lines, behind those of a client's, in memory of their length. */
static int
read_lines(const char *lie, const uint8_t *lines, size_t size,
    const struct network *trusted, size_t count, struct forwarding *said)
{
	static struct http_head head;
	size_t lie_len = strlen(lie), len = lie_len + size + 2;
	struct addr from;
	char *text = malloc(len);
	int used;

	must(text != NULL && addr_parse_ip("127.0.0.1", &from) == 0);
	memcpy(text, lie, lie_len);
	memcpy(text + lie_len, lines, size);
	memcpy(text + lie_len + size, "\r\n", 2);
	used = http_parse_head(text, len, HEAD_MAX, &head);
	if (used > 0)
		forwarding_read(&head, &from, trusted, count, said);
	free(text);
	return used > 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char start[] = "GET / HTTP/1.1\r\nHost: h\r\n";
	static const char lie[] =
	    "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 198.51.100.9\r\n"
	    "Forwarded: for=198.51.100.9;proto=https;host=evil;x=\"\r\n";
	struct network trusted[2];
	struct forwarding said, again, none;
	struct addr forged;

	if (size > LINES_MAX)
		return 0;
	must(network_parse("127.0.0.0/8", &trusted[0]) == 0 &&
	    network_parse("2001:db8::/32", &trusted[1]) == 0 &&
	    addr_parse_ip("198.51.100.9", &forged) == 0);
	if (!read_lines(start, data, size, trusted, 2, &said))
		return 0;
	check_clean(&said);
	must(read_lines(start, data, size, trusted + 1, 1, &none));
	must(none.client.family == ADDR_NONE && none.scheme == SCHEME_UNSAID &&
	    none.host[0] == '\0' && none.prefix[0] == '\0');
	/* an address that is told, and not trusted, is the end of the walk */
	if (!read_lines(lie, data, size, trusted, 2, &again))
		return 0;
	check_clean(&again);
	if (said.client.family != ADDR_NONE && !said.is_disputed &&
	    !again.is_disputed && !networks_have(trusted, 2, &said.client) &&
	    !addr_is_same_ip(&said.client, &forged))
		must(addr_is_same_ip(&again.client, &said.client));
	return 0;
}
