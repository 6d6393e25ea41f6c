/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <netinet/in.h>

#include "common/process.h"
#include "common/sandbox.h"
#include "common/sandbox_rows.h"
#include "worker/leg/bulk.h"
#include "worker/sandbox.h"

/* the rows of splice come first: their values are set on entering */
static struct sandbox_call worker_calls[] = {
    {.name = "splice",
	.reason = "floods, out of the pipe",
	.tests = {SANDBOX_IS(0, -1)}},
    {.name = "splice",
	.reason = "floods, into the pipe",
	.tests = {SANDBOX_IS(2, -1)}},
    {.name = "setsockopt",
	.reason = "the least to read",
	.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_RCVLOWAT)}},
    {.name = "setsockopt",
	.reason = "socket-buffer, once it is a session",
	.tests = {SANDBOX_OPTION(IPPROTO_TCP, TCP_WINDOW_CLAMP)}},
    {.name = "setsockopt",
	.reason = "before a close",
	.tests = {SANDBOX_OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT)}},
    {.name = "setsockopt",
	.reason = "before a close",
	.tests = {SANDBOX_OPTION(SOL_SOCKET, SO_LINGER)}},
    {.name = "getsockopt",
	.reason = "what a client has acknowledged",
	.tests = {SANDBOX_OPTION(IPPROTO_TCP, TCP_INFO)}},
    SANDBOX_ROWS_BUFFERS,
    SANDBOX_ROWS_FCNTL,
    {.name = "fcntl",
	.reason = "the pages are sealed",
	.tests = {SANDBOX_IS(1, F_GET_SEALS)}},
    SANDBOX_ROWS_MEMORY,
    SANDBOX_ROWS_LOOP,
    SANDBOX_ROWS_SOCKETS,
    {.name = "shutdown", .reason = "the end of an HTTP connection"},
    {.name = "lseek", .reason = "the size of the pages' memory file"},
    {.name = "pread64", .reason = "certificates, at a reload; metrics"},
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

	worker_calls[0].tests[0].value = SANDBOX_INT & (unsigned)bulk_out_fd();
	worker_calls[1].tests[0].value = SANDBOX_INT & (unsigned)bulk_in_fd();
	process_sandbox(settings, &sandbox);
}
