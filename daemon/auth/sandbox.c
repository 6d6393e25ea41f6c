/* SPDX-License-Identifier: ISC */
#include "common/process.h"
#include "common/sandbox.h"
#include "common/sandbox_rows.h"
#include "daemon/auth/sandbox.h"

/* No file is opened and no socket made: what it needs is handed to it. */
static const struct sandbox_call auth_calls[] = {
    {.name = "pread64", .reason = "the users, as a descriptor"},
    {.name = "fstat", .reason = "its size"},
    {.name = "newfstatat", .reason = "its size, where fstat is this"},
    {.name = "recvmmsg", .reason = "messages"},
    {.name = "sendmmsg",
	.reason = "messages",
	.tests = {SANDBOX_ONLY(3, SANDBOX_SEND_FLAGS)}},
    {.name = "recvfrom", .reason = "the helpers' answers"},
    {.name = "sendto",
	.reason = "what helpers are asked",
	.tests = {SANDBOX_ONLY(3, SANDBOX_SEND_FLAGS), SANDBOX_NULL(4)}},
    {.name = "poll", .reason = "last words; descriptors that are open"},
    {.name = "ppoll", .reason = "last words, where poll is this"},
    {.name = "close", .reason = "descriptors"},
    SANDBOX_ROWS_FCNTL,
    {.name = "getpid", .reason = "OpenSSL: whether it has forked"},
    SANDBOX_ROWS_MEMORY,
    SANDBOX_ROWS_LOOP,
    {0},
};

void
auth_sandbox_enter(const struct settings *settings)
{
	static const struct sandbox sandbox = {
	    .calls = auth_calls,
	    .flags = SANDBOX_NO_FILE_WRITE | SANDBOX_NO_PROCESS | SANDBOX_TCP,
	};

	process_sandbox(settings, &sandbox);
}
