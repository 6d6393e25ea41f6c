/* SPDX-License-Identifier: ISC */
/* What pam, and the modules that it runs, may ask of the kernel. */
#ifndef VB_PAM_SANDBOX_H
#define VB_PAM_SANDBOX_H

#include "common/settings.h"

/* Enters it, or ends the process. */
void pam_sandbox_enter(const struct settings *settings);

#endif
