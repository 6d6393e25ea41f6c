/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/pages.h"

#define PAGES_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct pages {
	unsigned references;
	size_t size;
	const uint8_t *map;
	uint32_t count;
	const struct pages_entry *entries;
};

static int
is_within(const struct pages *pages, uint32_t offset, uint32_t len)
{
	return offset <= pages->size && len <= pages->size - offset;
}

static int
is_text(const char *array, size_t size)
{
	return memchr(array, '\0', size) != NULL;
}

/* The master is trusted; this finds a truncated file, not an attack. */
static int
check_table(struct pages *pages)
{
	struct pages_head head;
	const struct pages_entry *e;
	uint32_t i;

	if (pages->size < sizeof(head))
		return VB_EBADMSG;
	memcpy(&head, pages->map, sizeof(head));
	if (head.magic != PAGES_MAGIC || head.count > PAGES_MAX ||
	    head.count * sizeof(*e) > pages->size - sizeof(head))
		return VB_EBADMSG;
	pages->count = head.count;
	pages->entries = (const void *)(pages->map + sizeof(head));
	for (i = 0; i < pages->count; i++) {
		e = &pages->entries[i];
		if (!is_text(e->path, sizeof(e->path)) ||
		    !is_text(e->type, sizeof(e->type)) ||
		    !is_text(e->etag, sizeof(e->etag)) ||
		    !is_within(pages, e->offset, e->len) ||
		    !is_within(pages, e->gzip_offset, e->gzip_len))
			return VB_EBADMSG;
	}
	return 0;
}

int
pages_map(int fd, uint64_t size_bytes, struct pages **out)
{
	struct pages *pages = NULL;
	void *map = MAP_FAILED;
	int result = VB_EBADMSG;

	*out = NULL;
	if (size_bytes == 0 || size_bytes > PAGES_SIZE_MAX + (1u << 20) ||
	    fcntl(fd, F_GET_SEALS) != PAGES_SEALS ||
	    lseek(fd, 0, SEEK_END) != (off_t)size_bytes)
		goto fail;
	result = VB_ENOMEM;
	if ((pages = calloc(1, sizeof(*pages))) == NULL)
		goto fail;
	result = VB_ESYS;
	map = mmap(NULL, size_bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		goto fail;
	pages->references = 1;
	pages->size = size_bytes;
	pages->map = map;
	if ((result = check_table(pages)) < 0)
		goto fail;
	close(fd);
	*out = pages;
	return 0;
fail:
	if (map != MAP_FAILED)
		munmap(map, size_bytes);
	free(pages);
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
