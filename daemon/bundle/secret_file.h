/* SPDX-License-Identifier: ISC */
/*
 * A file that auth alone is to read: users, the secret of a provider. It is
 * copied from kernel to kernel: nobody else has what is in it.
 */
#ifndef VB_SECRET_FILE_H
#define VB_SECRET_FILE_H

#include <sys/types.h>

#include <stdint.h>

#include "common/errors.h"
#include "daemon/bundle/source.h"

struct secret_file {
	const char *path;
	const char *what; /* "users' file": for people */
	off_t max_bytes;
};

/*
 * A sealed copy of it. **Gives** *fd: -1 if a check has no right to it. Warns
 * of one that too many can read. Returns 0, or an error with errno.
 */
VB_MUST_CHECK int secret_file_copy(const struct secret_file *file,
    const struct source *source, int *fd, uint64_t *bytes);

#endif
