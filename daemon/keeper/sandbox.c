/* SPDX-License-Identifier: ISC */
#include "common/process.h"
#include "common/sandbox.h"
#include "common/sandbox_rows.h"
#include "daemon/keeper/sandbox.h"

/* No file is opened and no socket made: what it needs is handed to it. */
static const struct sandbox_call keeper_calls[] = {
    {.name = "pread64", .reason = "certificates and keys, as descriptors"},
    {.name = "mlock", .reason = "keys' copies, out of the swap"},
    {.name = "fstat", .reason = "their sizes"},
    {.name = "newfstatat", .reason = "their sizes, where fstat is this"},
    {.name = "recvmmsg", .reason = "messages"},
    {.name = "sendmmsg",
	.reason = "messages",
	.tests = {SANDBOX_ONLY(3, SANDBOX_SEND_FLAGS)}},
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
keeper_sandbox_enter(const struct settings *settings)
{
	static const struct sandbox sandbox = {
	    .calls = keeper_calls,
	    .flags = SANDBOX_NO_FILE_WRITE | SANDBOX_NO_PROCESS | SANDBOX_TCP,
	};
	static int is_decided;

	if (is_decided)
		return;
	is_decided = 1;
	process_sandbox(settings, &sandbox);
}
