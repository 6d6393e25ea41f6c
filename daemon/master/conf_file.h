/* SPDX-License-Identifier: ISC */
/*
 * The text of a configuration file, made ready for libconfuse: that counts
 * three lines for a comment, takes a comment without an end for the rest of
 * the file, and ends the process when it can't read.
 */
#ifndef VB_CONF_FILE_H
#define VB_CONF_FILE_H

#include <confuse.h>
#include <stddef.h>

#include "common/errors.h"

#define CONF_FILE_MAX (4 * 1024 * 1024) /* bytes */

/*
 * Reads and parses a file; cfg's own errors go to its error function. What
 * else is wrong is told in error. Returns 0, VB_ESYS with errno, VB_ENOMEM,
 * VB_EFULL (too big), or VB_ESYNTAX.
 */
VB_MUST_CHECK int
conf_file_parse(cfg_t *cfg, const char *path, char *error, size_t error_size);

#endif
