/* SPDX-License-Identifier: ISC */
/*
 * hosts and resolv.conf: the first line of the input is the name that is
 * looked up. What comes out is in bounds, in lower case, and nothing but an
 * address; a line put before it that says nothing changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/names/names.h"

#define NOISE "# 192.0.2.1 \n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static void
check_answer(const struct name_answer *a)
{
	const char *c;
	size_t i;

	must(a->count <= NAMES_ADDRS_MAX);
	must(a->alias_count <= NAMES_ALIASES_MAX);
	for (i = 0; i < a->count; i++)
		must(a->addrs[i].family != ADDR_NONE && a->addrs[i].port == 0);
	for (i = 0; i < a->alias_count; i++) {
		must(memchr(a->aliases[i], '\0', TARGET_NAME_MAX) != NULL);
		for (c = a->aliases[i]; *c != '\0'; c++)
			must(!(*c >= 'A' && *c <= 'Z'));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct name_answer plain, noisy;
	struct name_servers servers;
	char name[TARGET_NAME_MAX], *text;
	const uint8_t *end = memchr(data, '\n', size);
	size_t len, name_len = end != NULL ? (size_t)(end - data) : 0;

	if (end == NULL ||
	    target_parse_name((const char *)data, name_len, name) < 0)
		return 0;
	len = size - name_len - 1;
	if ((text = malloc(sizeof(NOISE) + len)) == NULL)
		return 0;
	memcpy(text, NOISE, sizeof(NOISE) - 1);
	memcpy(text + sizeof(NOISE) - 1, end + 1, len);
	names_find_host(text + sizeof(NOISE) - 1, len, name, &plain);
	check_answer(&plain);
	names_find_host(text, sizeof(NOISE) - 1 + len, name, &noisy);
	must(memcmp(&plain, &noisy, sizeof(plain)) == 0);
	names_parse_servers(text, sizeof(NOISE) - 1 + len, &servers);
	must(servers.count > 0 && servers.count <= PROTO_NAMESERVERS_MAX);
	while (servers.count-- > 0)
		must(servers.addrs[servers.count].family != ADDR_NONE &&
		    servers.addrs[servers.count].port != 0);
	free(text);
	return 0;
}
