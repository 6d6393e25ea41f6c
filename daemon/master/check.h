/* SPDX-License-Identifier: ISC */
/* What vncbridged -n looks at. */
#ifndef VB_CHECK_H
#define VB_CHECK_H

#include "common/errors.h"
#include "daemon/master/conf.h"

/*
 * Reads and validates the configuration and, where it names certificates,
 * has a keeper load their keys as at a start. Changes nothing. Returns 0, or
 * a negative error with error set.
 */
VB_MUST_CHECK int check_configuration(
    const struct conf_options *options, char error[CONF_ERROR_MAX]);

#endif
