/* SPDX-License-Identifier: ISC */
/*
 * The table of pages: one sealed memory file, built by the master, mapped
 * read-only by every worker. It begins with struct pages_head, then count
 * entries, then the bytes they point at.
 */
#ifndef VB_PAGES_H
#define VB_PAGES_H

#include <stdint.h>

#include "common/errors.h"

#define PAGES_MAGIC    0x56425047u /* "VBPG" */
#define PAGES_MAX      256
#define PAGES_SIZE_MAX (64u * 1024 * 1024) /* bytes of the whole file */
#define PAGE_PATH_MAX  128
#define PAGE_TYPE_MAX  48
#define PAGE_ETAG_MAX  40

#define PAGE_START     "index.html"  /* at / */
#define PAGE_VIEWER    "viewer.html" /* at /TARGET */
#define PAGE_LOGIN     "login.html"  /* at /login */
#define PAGE_CODE      "code.html"   /* there, for the second factor */

struct pages_head {
	uint32_t magic;
	uint32_t count;
};

struct pages_entry {
	char path[PAGE_PATH_MAX]; /* "index.html", "assets/viewer.js" */
	char type[PAGE_TYPE_MAX]; /* Content-Type */
	char etag[PAGE_ETAG_MAX]; /* with its quotes */
	uint32_t offset;	  /* bytes, from the file's beginning */
	uint32_t len;
	uint32_t gzip_offset;
	uint32_t gzip_len; /* 0: no compressed form */
};

/*
 * Maps a table, if fd is a sealed memory file of that size and each entry is
 * within it. **Borrows** fd, **gives** *map: munmap. Returns 0, VB_EBADMSG or
 * VB_ESYS.
 */
VB_MUST_CHECK int pages_table_map(int fd, uint64_t size_bytes, void **map);

#endif
