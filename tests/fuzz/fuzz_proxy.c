/* SPDX-License-Identifier: ISC */
/*
 * The PROXY protocol's header: what it says must not depend on how the bytes
 * came, what follows must not matter, and what is sent for the address that was
 * read is read as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/proxy_header.h"

#define DRIP_MAX 300 /* a prefix of each length would take long */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

/* Parses in memory of exactly len bytes. */
static int
parse(const uint8_t *data, size_t len, struct proxy_header *header)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	int result;

	must(copy != NULL);
	memcpy(copy, data, len);
	result = proxy_header_parse(copy, len, header);
	free(copy);
	must(result <= (int)len && result <= PROXY_HEADER_MAX);
	must(result >= 0 || result == VB_ESYNTAX || result == VB_ERANGE);
	must((result < 0) == (header->fault != NULL));
	must(result != 0 || len < PROXY_HEADER_MAX);
	must(result > 0 || header->client.family == ADDR_NONE);
	return result;
}

static void
send_again(const struct proxy_header *header)
{
	uint8_t out[PROXY_HEADER_SENT_MAX];
	struct proxy_header again;
	struct addr listener;
	size_t len;

	must(addr_parse_endpoint("[::1]:6080", 0, &listener) == 0);
	len = proxy_header_format(&header->client, &listener, out);
	must(len <= sizeof(out) && parse(out, len, &again) == (int)len);
	must(memcmp(&again.client, &header->client, sizeof(again.client)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy_header header, other;
	int whole = parse(data, size, &header), result = 0;
	size_t n;

	for (n = 0; n < size && n < DRIP_MAX && result == 0; n++)
		result = parse(data, n, &other);
	must(result == 0 || result == whole);
	if (whole <= 0)
		return 0;
	must(parse(data, (size_t)whole, &other) == whole);
	must(memcmp(&other, &header, sizeof(other)) == 0);
	send_again(&header);
	return 0;
}
