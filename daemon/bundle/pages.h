/* SPDX-License-Identifier: ISC */
/*
 * Builds the table of pages (common/pages.h) from a directory.
 */
#ifndef VB_MASTER_PAGES_H
#define VB_MASTER_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

/*
 * Reads directory and its assets/ into a sealed memory file. A file with a
 * sibling FILE.gz gets that as its compressed form. index.html, viewer.html,
 * login.html and code.html must exist. **Gives** *fd. On failure error says
 * what is missing or wrong.
 * Returns 0 or a negative error.
 */
VB_MUST_CHECK int pages_build(const char *directory, int *fd,
    uint64_t *size_bytes, char *error, size_t error_size);

#endif
