/* SPDX-License-Identifier: ISC */
/* Whose a configured target is: how it is shared, and who may take it over. */
#ifndef VB_CONF_LEASE_H
#define VB_CONF_LEASE_H

#include <confuse.h>

#include "daemon/bundle/conf.h"
#include "daemon/bundle/conf_explain.h"

/* What is wrong with a target section's lease, or NULL. why is its buffer. */
const char *conf_lease_fault(cfg_t *section, char why[CONF_WHY_MAX]);

/* Takes it from a section without such a fault. */
void conf_lease_take(cfg_t *section, struct msg_conf_target *target);

/*
 * Takes who may take targets over, of all target sections. Returns 0,
 * VB_ENOMEM, or, with error, VB_EFULL or VB_ESYNTAX.
 */
VB_MUST_CHECK int
conf_lease_take_all(cfg_t *cfg, struct conf *conf, char error[CONF_ERROR_MAX]);

#endif
