/* SPDX-License-Identifier: ISC */
/* What the keeper may ask of the kernel, and when that begins. */
#ifndef VB_KEEPER_SANDBOX_H
#define VB_KEEPER_SANDBOX_H

#include "common/settings.h"

/* Enters the keeper's sandbox, once, or ends the process. */
void keeper_sandbox_enter(const struct settings *settings);

#endif
