/* SPDX-License-Identifier: ISC */
/*
 * Checks of single values, for the grammar: each says what is wrong, with its
 * line, and returns -1; or 0.
 */
#ifndef VB_CONF_VALUES_H
#define VB_CONF_VALUES_H

#include <confuse.h>

/* The value that was just added to a list. **Borrows** opt. */
const char *conf_last_value(cfg_opt_t *opt);

int conf_check_rule(cfg_t *cfg, cfg_opt_t *opt);
int conf_check_nameserver(cfg_t *cfg, cfg_opt_t *opt);
int conf_check_proxy(cfg_t *cfg, cfg_opt_t *opt);
int conf_check_origin(cfg_t *cfg, cfg_opt_t *opt);
int conf_check_host(cfg_t *cfg, cfg_opt_t *opt);
int conf_check_base_path(cfg_t *cfg, cfg_opt_t *opt);
int conf_check_path(cfg_t *cfg, cfg_opt_t *opt);
int conf_check_user(cfg_t *cfg, cfg_opt_t *opt);
int conf_check_group(cfg_t *cfg, cfg_opt_t *opt);

#endif
