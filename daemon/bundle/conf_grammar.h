/* SPDX-License-Identifier: ISC */
/* The names, types and defaults of all settings, for libconfuse. */
#ifndef VB_CONF_GRAMMAR_H
#define VB_CONF_GRAMMAR_H

#include <confuse.h>

/* A parser that knows every setting. **Gives** it: cfg_free. NULL: memory. */
cfg_t *conf_new_parser(void);

#endif
