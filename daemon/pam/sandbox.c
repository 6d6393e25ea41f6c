/* SPDX-License-Identifier: ISC */
#include "common/process.h"
#include "common/sandbox.h"
#include "common/sandbox_pam.h"
#include "common/sandbox_rows.h"
#include "daemon/pam/sandbox.h"

static const struct sandbox_call pam_calls[] = {
    SANDBOX_ROWS_LOOP,
    SANDBOX_ROWS_SOCKETS,
    SANDBOX_ROWS_FCNTL,
    SANDBOX_ROWS_PAM,
    {.name = "prctl",
	.reason = "seccomp_load",
	.tests = {SANDBOX_IS(0, PR_GET_SECCOMP)}},
    {0},
};

void
pam_sandbox_enter(const struct settings *settings)
{
	static const struct sandbox_path pam_paths[] = {SANDBOX_PATHS_PAM, {0}};
	static const struct sandbox sandbox = {
	    .calls = pam_calls,
	    .paths = pam_paths,
	    .port_count = SANDBOX_PORTS_ALL,
	    .flags = SANDBOX_TCP | SANDBOX_REFUSE,
	};

	process_sandbox(settings, &sandbox);
}
