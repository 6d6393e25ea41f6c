/* SPDX-License-Identifier: ISC */
/* What is wrong with a value, and what to write instead. */
#ifndef VB_CONF_EXPLAIN_H
#define VB_CONF_EXPLAIN_H

#include <stddef.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/rule.h"

#define CONF_WHY_MAX 1024

/*
 * Checks what the file has for a number or a switch, len bytes of text.
 * Returns 0, or VB_ESYNTAX with why.
 */
VB_MUST_CHECK int conf_explain_number(
    const char *name, const char *text, size_t len, char why[CONF_WHY_MAX]);
VB_MUST_CHECK int conf_explain_switch(
    const char *name, const char *text, size_t len, char why[CONF_WHY_MAX]);

/*
 * As rule_parse, and addr_parse_ip or addr_parse_endpoint, but without what
 * can be meant in two ways: "2001:db8::1:5901", "10.0.0.1-9".
 */
VB_MUST_CHECK int conf_parse_rule(const char *text, struct rule *out);
VB_MUST_CHECK int conf_parse_nameserver(const char *text, struct addr *out);

/* How such a section is written. */
const char *conf_explain_section(const char *name);

/*
 * Why a text is not an entry of allow or deny, ADDRESS:PORT to listen at, a
 * target's HOST[:PORT], an entry of trusted-proxies, or an address: "TEXT" is
 * not FORM: REASON. All return why.
 */
const char *conf_explain_rule(const char *text, char why[CONF_WHY_MAX]);
const char *conf_explain_listen(const char *text, char why[CONF_WHY_MAX]);
const char *conf_explain_target(const char *text, char why[CONF_WHY_MAX]);
const char *conf_explain_network(const char *text, char why[CONF_WHY_MAX]);
const char *conf_explain_nameserver(const char *text, char why[CONF_WHY_MAX]);

#endif
