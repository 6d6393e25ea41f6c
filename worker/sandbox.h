/* SPDX-License-Identifier: ISC */
/* What a worker may ask of the system. */
#ifndef VB_WORKER_SANDBOX_H
#define VB_WORKER_SANDBOX_H

#include "common/settings.h"

/*
 * Enters the sandbox, or says that it is off. Ends the process where it
 * cannot.
 */
void worker_sandbox_enter(const struct settings *settings);

#endif
