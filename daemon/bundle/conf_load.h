/* SPDX-License-Identifier: ISC */
/* The configuration file, vncbridge.conf(5), read with libconfuse. */
#ifndef VB_CONF_LOAD_H
#define VB_CONF_LOAD_H

#include "common/errors.h"
#include "daemon/bundle/conf.h"

/*
 * Reads and validates. **Gives** *out, to be freed with conf_free. On
 * failure error says what is wrong, as FILE:LINE: text where it can.
 * Returns 0 or a negative error.
 */
VB_MUST_CHECK int conf_load(const struct conf_options *options,
    struct conf **out, char error[CONF_ERROR_MAX]);

#endif
