/* SPDX-License-Identifier: ISC */
#ifndef VB_CONF_GRAMMAR_H
#define VB_CONF_GRAMMAR_H

#include <confuse.h>

#include "common/errors.h"

/* A parser that knows every setting. **Gives** it: cfg_free. NULL: memory. */
cfg_t *conf_new_parser(void);

/* enum verify_client of "no", "optional", "require", or VB_ESYNTAX. */
int conf_verify_client(const char *text);

#endif
