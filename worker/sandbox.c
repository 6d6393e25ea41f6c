/* SPDX-License-Identifier: ISC */
#include "common/log.h"
#include "common/sandbox.h"
#include "common/sandbox_rows.h"
#include "worker/sandbox.h"

static const struct sandbox_call worker_calls[] = {
    SANDBOX_ROWS_MEMORY,
    SANDBOX_ROWS_LOOP,
    SANDBOX_ROWS_SOCKETS,
    {.name = "shutdown", .reason = "the end of an HTTP connection"},
    {.name = "lseek", .reason = "the size of the pages' memory file"},
    {0},
};

void
worker_sandbox_enter(const struct settings *settings)
{
	/* no path and no port: Landlock refuses every file and connect */
	static const struct sandbox sandbox = {
	    .calls = worker_calls,
	    .flags = SANDBOX_NO_FILE_WRITE | SANDBOX_NO_PROCESS | SANDBOX_TCP,
	};
	char report[SANDBOX_REPORT_MAX];

	if (!settings->sandbox) {
		log_warn("sandbox off: the configuration says so");
		return;
	}
	if (sandbox_enter(&sandbox, report) < 0)
		log_fatal("%s", report);
	log_info("%s", report);
}
