/* SPDX-License-Identifier: ISC */
#include <curl/curl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "daemon/fetch/wipe.h"

static void
give_back(void *memory)
{
	if (memory == NULL)
		return;
	explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

/* realloc(3) might leave a copy behind. */
static void *
take_again(void *memory, size_t size)
{
	size_t before = memory == NULL ? 0 : malloc_usable_size(memory);
	void *grown = malloc(size);

	if (grown == NULL)
		return NULL;
	if (memory != NULL)
		memcpy(grown, memory, before < size ? before : size);
	give_back(memory);
	return grown;
}

void
wipe_start_curl(void)
{
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, give_back,
		take_again, strdup, calloc) != CURLE_OK)
		log_fatal("libcurl cannot start");
}
