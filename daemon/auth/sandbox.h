/* SPDX-License-Identifier: ISC */
/* What auth may ask of the kernel, and when that begins. */
#ifndef VB_AUTH_SANDBOX_H
#define VB_AUTH_SANDBOX_H

#include "common/settings.h"

/* Enters auth's sandbox, or ends the process. */
void auth_sandbox_enter(const struct settings *settings);

#endif
