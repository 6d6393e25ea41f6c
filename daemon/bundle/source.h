/* SPDX-License-Identifier: ISC */
/*
 * Where a bundle's text and open files come from: the file system, with the
 * caller's rights; or vncbridgectl, which has opened them already.
 */
#ifndef VB_SOURCE_H
#define VB_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/settings.h"

struct source {
	int text_fd; /* the configuration's text; -1: the file itself */
	/*
	 * Nothing is to be used: descriptors may be -1 where they were only
	 * looked at, or could not be.
	 */
	int is_check;
	/*
	 * Opens a regular file for reading. **Gives** *fd on every path: -1,
	 * or a descriptor, which the caller closes after a failure too.
	 * Returns 0, or an error with errno.
	 */
	int (*file)(void *arg, const char *path, int *fd);
	/* As listen_open and pages_build. */
	int (*listener)(void *arg, const struct addr *addr,
	    const struct settings *settings, int *fd, char *error,
	    size_t error_size);
	int (*pages)(void *arg, const char *directory, int *fd,
	    uint64_t *size_bytes, char *error, size_t error_size);
	/* As audit_file_open(). */
	int (*audit)(void *arg, const char *path, const char *user, int *fd);
	void *arg;
};

/* The file system. */
extern const struct source source_files;

#endif
