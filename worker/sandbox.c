/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <netinet/in.h>

#include "common/log.h"
#include "common/sandbox.h"
#include "common/sandbox_rows.h"
#include "worker/bulk.h"
#include "worker/sandbox.h"

/* the rows of splice come first: their values are set on entering */
static struct sandbox_call worker_calls[] = {
    {.name = "splice",
	.reason = "floods, out of the pipe",
	.test = SANDBOX_EQUAL,
	.argument = 0},
    {.name = "splice",
	.reason = "floods, into the pipe",
	.test = SANDBOX_EQUAL,
	.argument = 2},
    {.name = "setsockopt",
	.reason = "sizes of buffers and reads",
	.test = SANDBOX_EQUAL,
	.argument = 1,
	.value = SOL_SOCKET},
    {.name = "setsockopt",
	.reason = "TCP_USER_TIMEOUT, before a close",
	.test = SANDBOX_EQUAL,
	.argument = 1,
	.value = IPPROTO_TCP},
    SANDBOX_ROWS_MEMORY,
    SANDBOX_ROWS_LOOP,
    SANDBOX_ROWS_SOCKETS,
    {.name = "shutdown", .reason = "the end of an HTTP connection"},
    {.name = "lseek", .reason = "the size of the pages' memory file"},
    {.name = "pread64", .reason = "certificates, at a reload"},
    {.name = "getpid", .reason = "libcrypto: random numbers, forks"},
    {.name = "sysinfo", .reason = "qsort of a large store of CAs"},
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
	worker_calls[0].value = (uint64_t)bulk_out_fd();
	worker_calls[1].value = (uint64_t)bulk_in_fd();
	if (sandbox_enter(&sandbox, report) < 0)
		log_fatal("%s", report);
	log_info("%s", report);
}
