/* SPDX-License-Identifier: ISC */
/* A configuration from memory, by way of a file. */
#ifndef VB_TEST_CONF_RIG_H
#define VB_TEST_CONF_RIG_H

#include <stddef.h>

#include "daemon/bundle/conf_load.h"

extern char path[64]; /* of the last, which is gone */
extern char error[CONF_ERROR_MAX];
extern struct conf *conf; /* what it became, or NULL */

/* As conf_load(). */
int load_bytes(const void *bytes, size_t len);
int load(const char *text);

#endif
