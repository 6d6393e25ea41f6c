/* SPDX-License-Identifier: ISC */
/* What fetch may ask of the kernel. */
#ifndef VB_FETCH_SANDBOX_H
#define VB_FETCH_SANDBOX_H

#include "common/settings.h"
#include "daemon/fetch/providers.h"
#include "daemon/names/names.h"

/*
 * Enters its sandbox, or ends the process: TCP to the ports of these, and to
 * those of name servers.
 */
void fetch_sandbox_enter(const struct settings *settings,
    const struct providers *providers, const struct name_servers *servers);

#endif
