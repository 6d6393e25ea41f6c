/* SPDX-License-Identifier: ISC */
/*
 * The worker's view of the table of pages (common/pages.h).
 */
#ifndef VB_WORKER_PAGES_H
#define VB_WORKER_PAGES_H

#include <stdint.h>

#include "common/errors.h"
#include "common/pages.h"

struct pages;

/*
 * Maps and checks a table; every seal must be set, so that it can neither
 * shrink nor change. **Takes** fd. **Gives** *out with one reference.
 * Returns 0, VB_ESYS, VB_ENOMEM or VB_EBADMSG.
 */
VB_MUST_CHECK int pages_map(int fd, uint64_t size_bytes, struct pages **out);

/* One more user, one less: the last unmaps. NULL is allowed. */
struct pages *pages_hold(struct pages *pages);
void pages_release(struct pages *pages);

/* The entry of that path, or NULL. **Borrows** pages. */
const struct pages_entry *
pages_find(const struct pages *pages, const char *path);

/* The bytes at an entry's offset. */
const uint8_t *pages_bytes(const struct pages *pages, uint32_t offset);

#endif
