/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/pages.h"
#include "common/sealed.h"

#define TABLE_MAX (1u << 20) /* bytes of head and entries, more than any */

static int
is_within(uint64_t size, uint32_t offset, uint32_t len)
{
	return offset <= size && len <= size - offset;
}

static int
is_text(const char *array, size_t size)
{
	return memchr(array, '\0', size) != NULL;
}

static int
check_table(const unsigned char *map, uint64_t size)
{
	const struct pages_entry *e;
	struct pages_head head;
	uint32_t i;

	if (size < sizeof(head))
		return VB_EBADMSG;
	memcpy(&head, map, sizeof(head));
	if (head.magic != PAGES_MAGIC || head.count > PAGES_MAX ||
	    head.count * sizeof(*e) > size - sizeof(head))
		return VB_EBADMSG;
	e = (const void *)(map + sizeof(head));
	for (i = 0; i < head.count; i++, e++)
		if (!is_text(e->path, sizeof(e->path)) ||
		    !is_text(e->type, sizeof(e->type)) ||
		    !is_text(e->etag, sizeof(e->etag)) ||
		    !is_within(size, e->offset, e->len) ||
		    !is_within(size, e->gzip_offset, e->gzip_len))
			return VB_EBADMSG;
	return 0;
}

int
pages_table_map(int fd, uint64_t size_bytes, void **map)
{
	int result;

	*map = NULL;
	if (size_bytes == 0 || size_bytes > PAGES_SIZE_MAX + TABLE_MAX ||
	    !sealed_is(fd) || lseek(fd, 0, SEEK_END) != (off_t)size_bytes)
		return VB_EBADMSG;
	*map = mmap(NULL, size_bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (*map == MAP_FAILED) {
		*map = NULL;
		return VB_ESYS;
	}
	if ((result = check_table(*map, size_bytes)) == 0)
		return 0;
	munmap(*map, size_bytes);
	*map = NULL;
	return result;
}
