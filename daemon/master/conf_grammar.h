/* SPDX-License-Identifier: ISC */
#ifndef VB_CONF_GRAMMAR_H
#define VB_CONF_GRAMMAR_H

#include <confuse.h>

#include "common/errors.h"
#include "common/proto.h"

/* A setting that the reader puts behind the file's last line. */
#define CONF_END_MARK "end-of-file"

/* A parser that knows every setting. **Gives** it: cfg_free. NULL: memory. */
cfg_t *conf_new_parser(void);

/* The line of a certificate's file in what was parsed last; 0: unknown. */
int conf_line_of(const char *path);

/* enum verify_client of "no", "optional", "require", or VB_ESYNTAX. */
int conf_verify_client(const char *text);

/*
 * Writes an origin as a browser does (RFC 6454, 6.2): lower case, without
 * the scheme's own port. Returns 0, VB_ESYNTAX or VB_ERANGE.
 */
VB_MUST_CHECK int
conf_normalize_origin(const char *text, char out[PROTO_ORIGIN_MAX]);

#endif
