/* SPDX-License-Identifier: ISC */
/* What jansson and OpenSSL do once, done before the sandbox. */
#ifndef VB_OIDC_START_H
#define VB_OIDC_START_H

#include "common/errors.h"

/*
 * Before anything else of this folder, after memory_protect(), before the
 * sandbox: jansson gets its seed, which it would read from a file, and memory
 * that is wiped when it is freed, so what json_dumps(3) gives must not go to
 * free(3); and all that it calls is linked. One known token of each algorithm
 * is verified, so that OpenSSL has all of it loaded, and another is refused.
 * Returns 0, or VB_EWEAK if one of them judges wrong or there are no random
 * numbers: then no token can be judged.
 */
VB_MUST_CHECK int oidc_start(void);

#endif
