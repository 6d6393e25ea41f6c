/* SPDX-License-Identifier: ISC */
/* What the configuration says of a target: how it is known, and asked. */
#ifndef VB_CONF_TARGET_H
#define VB_CONF_TARGET_H

#include <confuse.h>

#include "common/errors.h"
#include "daemon/bundle/conf.h"

/* What is wrong with a target's settings of TLS together, or NULL. */
const char *conf_target_fault(cfg_t *section);

/*
 * Reads "sha256:" and 64 hexadecimal digits. Returns 0 or VB_ESYNTAX.
 */
VB_MUST_CHECK int
conf_target_parse_pin(const char *text, uint8_t pin[PROTO_PIN_BYTES]);

/*
 * Takes what a validated file says of targets into conf. Returns 0, VB_ENOMEM,
 * or VB_ESYNTAX or VB_EFULL with error set.
 */
VB_MUST_CHECK int
conf_take_targets(cfg_t *cfg, struct conf *conf, char error[CONF_ERROR_MAX]);

/* What may follow "ID:" at an UltraVNC repeater. */
int conf_target_is_repeater_id(const char *text);

#endif
