/* SPDX-License-Identifier: ISC */
/* The users' file, for auth. */
#ifndef VB_PEOPLE_H
#define VB_PEOPLE_H

#include <stdint.h>

#include "common/errors.h"
#include "daemon/bundle/conf.h"
#include "daemon/bundle/source.h"

/*
 * A sealed copy of the file that the configuration names. **Gives** *fd: -1 if
 * it names none, or a check has no right to it. Warns of one that too many can
 * read. Returns 0, or a negative error with error set.
 */
VB_MUST_CHECK int
people_open(const struct conf *conf, const struct source *source, int *fd,
    uint64_t *bytes, char error[CONF_ERROR_MAX]);

/* Says what is wrong with a line of it (0: with all of it). */
void people_describe(const struct conf *conf, uint32_t line, const char *why,
    char error[CONF_ERROR_MAX]);

#endif
