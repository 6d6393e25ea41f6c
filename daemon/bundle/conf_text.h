/* SPDX-License-Identifier: ISC */
/* The bytes of the configuration file, as other programs write them. */
#ifndef VB_CONF_TEXT_H
#define VB_CONF_TEXT_H

#include "common/errors.h"
#include "daemon/bundle/conf.h"

/*
 * Reads a configuration file, from text_fd unless that is -1, when file is
 * only its name in messages. A byte order mark goes, and the ends of lines
 * are made "\n". **Gives** *text, which is ASCII, UTF-8 or something else, but
 * has no NUL. Returns 0, VB_ENOTFOUND (no such file), or another negative
 * error; error is set then.
 */
VB_MUST_CHECK int conf_text_load(
    const char *file, int text_fd, char **text, char error[CONF_ERROR_MAX]);

#endif
