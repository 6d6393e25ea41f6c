/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>

#include <stdlib.h>

#include "worker/leg/buffer.h"

#define HUGE_PAGE_BYTES (2UL * 1024 * 1024)

uint8_t *
buffer_new(void)
{
	void *buf;

	/* a whole one: the kernel gives none to a part of a mapping */
	if (posix_memalign(&buf, HUGE_PAGE_BYTES, HUGE_PAGE_BYTES) != 0)
		return NULL;
#ifdef MADV_HUGEPAGE
	/* without huge pages it is slower, and works */
	(void)madvise(buf, HUGE_PAGE_BYTES, MADV_HUGEPAGE);
#endif
	return buf;
}
