/* SPDX-License-Identifier: ISC */
#ifndef VB_CONF_TEXT_H
#define VB_CONF_TEXT_H

#include "common/errors.h"
#include "daemon/master/conf.h"

/*
 * Reads a configuration file for libconfuse, from text_fd unless that is -1,
 * when file is only its name in messages. Comments are blanked, since
 * it counts lines wrongly with them; a text or comment without an end, and a
 * setting that is given twice, are errors; CONF_END_MARK behind the last
 * line finds sections that are not closed. **Gives** *text. *last_line is
 * the file's. Returns 0, VB_ENOTFOUND (no such file), or another negative
 * error; error is set then.
 */
VB_MUST_CHECK int conf_text_load(const char *file, int text_fd, char **text,
    int *last_line, char error[CONF_ERROR_MAX]);

#endif
