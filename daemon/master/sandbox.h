/* SPDX-License-Identifier: ISC */
/* What the master may ask of the kernel: for itself and its children. */
#ifndef VB_MASTER_SANDBOX_H
#define VB_MASTER_SANDBOX_H

#include "common/errors.h"
#include "daemon/bundle/bundle.h"

/*
 * Enters the master's sandbox, around what its children need, and logs the
 * line. conf_file is what -f named or the default. Returns 0 or VB_ESYS,
 * logged.
 */
VB_MUST_CHECK int
master_sandbox_enter(const struct bundle *bundle, const char *conf_file);

#endif
