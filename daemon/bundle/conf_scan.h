/* SPDX-License-Identifier: ISC */
/* The settings and sections of a file, by the grammar, before libconfuse. */
#ifndef VB_CONF_SCAN_H
#define VB_CONF_SCAN_H

#include <confuse.h>

#include "common/errors.h"
#include "daemon/bundle/conf.h"

/*
 * Reads the text before libconfuse does, by the grammar that parser has: what
 * libconfuse passes over, takes back (a list that is set after it was added
 * to) or tells of another line is an error here. Comments are blanked.
 * Returns 0, or VB_ESYNTAX with error set.
 */
VB_MUST_CHECK int conf_scan(
    char *text, const char *file, cfg_t *parser, char error[CONF_ERROR_MAX]);

#endif
