/* SPDX-License-Identifier: ISC */
/*
 * What AddressSanitizer and UndefinedBehaviorSanitizer need beyond a
 * process's own rows: their shadow memory and their reports. Only in builds
 * with --enable-asan, which are for tests.
 */
#include <fcntl.h>

#include "common/sandbox.h"
#include "common/sandbox_rows.h"

const struct sandbox_call sandbox_build_calls[] = {
    {.name = "madvise", .reason = "releasing shadow memory"},
    {.name = "sigaltstack", .reason = "alternate signal stacks"},
    {.name = "gettid", .reason = "thread names in reports"},
    {.name = "getpid", .reason = "the process in reports"},
    {.name = "openat",
	.reason = "/proc/self/maps for a report",
	.tests = {SANDBOX_CLEAR(2, SANDBOX_OPEN_WRITES)}},
    {.name = "open",
	.reason = "/proc/self/maps for a report",
	.tests = {SANDBOX_CLEAR(1, SANDBOX_OPEN_WRITES)}},
    {.name = "readlink", .reason = "/proc/self/exe for a report"},
    {.name = "readlinkat", .reason = "/proc/self/exe for a report"},
    {.name = "newfstatat", .reason = "files of a report"},
    {.name = "fstat", .reason = "files of a report"},
    {.name = "stat", .reason = "files of a report"},
    {.name = "read", .reason = "/proc/self/maps for a report"},
    {.name = "write", .reason = "the report"},
    {.name = "lseek", .reason = "files of a report"},
    {.name = "sched_yield", .reason = "locks of the runtime"},
    {.name = "getrlimit", .reason = "the stack's bounds"},
    {.name = "prlimit64",
	.reason = "the stack's bounds",
	.tests = {SANDBOX_IS(0, 0)}},
    {.name = "sched_getaffinity", .reason = "the stack's bounds"},
    {.name = "rt_sigaction", .reason = "the runtime's handlers"},
    {.name = "rt_sigprocmask", .reason = "the runtime's handlers"},
    {.name = "set_robust_list", .reason = "start of the runtime"},
    {.name = "pipe", .reason = "checks whether memory is readable"},
    {.name = "pipe2",
	.reason = "checks whether memory is readable",
	.tests = {SANDBOX_ONLY(1, O_CLOEXEC | O_NONBLOCK)}},
    {.name = "getuid", .reason = "start of the runtime"},
    {0},
};

const struct sandbox_path sandbox_build_paths[] = {
    {"/proc", SANDBOX_READ},
    {"/sys/devices/system/cpu", SANDBOX_READ},
    {0},
};

const int sandbox_build_reports = 1;
const char *const sandbox_build_environment[] = {
    "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", NULL};

/*
 * LeakSanitizer looks with a thread and ptrace, which no row allows. Leaks
 * are looked for in runs with sandbox = off.
 */
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return sandbox_is_entered;
}
