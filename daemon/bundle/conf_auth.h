/* SPDX-License-Identifier: ISC */
/* The auth sections: how people prove who they are. */
#ifndef VB_CONF_AUTH_H
#define VB_CONF_AUTH_H

#include <confuse.h>

#include "daemon/bundle/conf.h"

/* What is wrong with a section, "has ..." or "is ...", or NULL; not in why. */
const char *conf_auth_fault(cfg_t *section, char why[CONF_ERROR_MAX]);

/*
 * Takes the sections, which were validated. Returns 0, VB_ENOMEM, or VB_ERANGE
 * with error set.
 */
VB_MUST_CHECK int
conf_take_auth(cfg_t *cfg, struct conf *conf, char error[CONF_ERROR_MAX]);

#endif
