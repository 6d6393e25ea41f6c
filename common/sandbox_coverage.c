/* SPDX-License-Identifier: ISC */
/*
 * What counting lines needs beyond a process's own rows: at its start, a
 * program maps the file of its counters, which the kernel keeps from then
 * on, whatever ends the process. A child that is started again does it
 * under the master's sandbox. Only in builds with --enable-coverage.
 */
#include "common/sandbox.h"

const struct sandbox_call sandbox_build_calls[] = {
    {.name = "openat", .reason = "the file of the counters"},
    {.name = "open", .reason = "the file of the counters"},
    {.name = "mkdir", .reason = "its folder, which is there"},
    {.name = "mkdirat", .reason = "its folder, which is there"},
    {.name = "fcntl", .reason = "its lock"},
    {.name = "flock", .reason = "its lock"},
    {.name = "read", .reason = "what is in it"},
    {.name = "lseek", .reason = "its size"},
    {.name = "fstat", .reason = "its size"},
    {.name = "newfstatat", .reason = "its size"},
    {.name = "ftruncate", .reason = "its size"},
    {.name = "munmap", .reason = "the counters"},
    {.name = "msync", .reason = "the counters"},
    {.name = "madvise", .reason = "the counters"},
    {.name = "getpid", .reason = "names of files"},
    {.name = "uname", .reason = "names of files"},
    {.name = "prctl", .reason = "no signal while it is locked"},
    {0},
};

const struct sandbox_path sandbox_build_paths[] = {
    {VB_COVERAGEDIR, SANDBOX_READ | SANDBOX_WRITE},
    {0},
};

const int sandbox_build_reports = 0;
const char *const sandbox_build_environment[] = {"LLVM_PROFILE_FILE", NULL};
