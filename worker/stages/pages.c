/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/stages/pages.h"

struct pages {
	unsigned references;
	size_t size;
	const uint8_t *map;
	uint32_t count;
	const struct pages_entry *entries;
};

int
pages_map(int fd, uint64_t size_bytes, struct pages **out)
{
	struct pages *pages = NULL;
	struct pages_head head;
	void *map = NULL;
	int result;

	*out = NULL;
	if ((result = pages_table_map(fd, size_bytes, &map)) < 0)
		goto fail;
	result = VB_ENOMEM;
	if ((pages = calloc(1, sizeof(*pages))) == NULL)
		goto fail;
	pages->references = 1;
	pages->size = size_bytes;
	pages->map = map;
	memcpy(&head, map, sizeof(head));
	pages->count = head.count;
	pages->entries = (const void *)(pages->map + sizeof(head));
	close(fd);
	*out = pages;
	return 0;
fail:
	if (map != NULL)
		munmap(map, size_bytes);
	close(fd);
	return result;
}

struct pages *
pages_hold(struct pages *pages)
{
	pages->references++;
	return pages;
}

void
pages_release(struct pages *pages)
{
	if (pages == NULL || --pages->references > 0)
		return;
	munmap((void *)(uintptr_t)pages->map, pages->size);
	free(pages);
}

const struct pages_entry *
pages_find(const struct pages *pages, const char *path)
{
	uint32_t i;

	for (i = 0; i < pages->count; i++)
		if (strcmp(pages->entries[i].path, path) == 0)
			return &pages->entries[i];
	return NULL;
}

const uint8_t *
pages_bytes(const struct pages *pages, uint32_t offset)
{
	return pages->map + offset;
}
