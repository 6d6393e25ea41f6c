/* SPDX-License-Identifier: ISC */
/* The access sections: who may reach what, from where and when. */
#ifndef VB_CONF_ACCESS_H
#define VB_CONF_ACCESS_H

#include <confuse.h>

#include "daemon/bundle/conf.h"

/*
 * What is wrong with a section by itself, "has ..." in why, or NULL. What its
 * targets are is known when the file has been read.
 */
const char *conf_access_fault(cfg_t *section, char why[CONF_ERROR_MAX]);

/*
 * Takes the sections, which were validated, once conf has its targets. Returns
 * 0 or, with what is wrong in error, VB_ESYNTAX, VB_EFULL or VB_ENOMEM.
 */
VB_MUST_CHECK int
conf_take_access(cfg_t *cfg, struct conf *conf, char error[CONF_ERROR_MAX]);

#endif
