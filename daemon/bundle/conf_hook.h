/* SPDX-License-Identifier: ISC */
/* The commands of the configuration: of targets, and on-event. */
#ifndef VB_CONF_HOOK_H
#define VB_CONF_HOOK_H

#include <confuse.h>

#include "common/errors.h"
#include "daemon/bundle/conf.h"

/* What is wrong with a target's hooks together, or NULL. */
const char *conf_hook_fault(cfg_t *section);

/* The checks of single values, for the grammar. */
void conf_hook_set_validators(cfg_t *cfg);

/* Reads "aa:bb:cc:dd:ee:ff", or with "-". Returns 0 or VB_ESYNTAX. */
VB_MUST_CHECK int
conf_hook_parse_mac(const char *text, uint8_t mac[HOOK_MAC_BYTES]);

/*
 * Takes all hooks, which were validated; the targets are there already. Returns
 * 0, or VB_ENOMEM.
 */
VB_MUST_CHECK int conf_take_hooks(cfg_t *cfg, struct conf *conf);

#endif
