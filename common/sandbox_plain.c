/* SPDX-License-Identifier: ISC */
/* A build without instrumentation needs nothing beyond the rows. */
#include "common/sandbox.h"

const struct sandbox_call sandbox_build_calls[] = {{0}};
const struct sandbox_path sandbox_build_paths[] = {{0}};
const int sandbox_build_reports = 0;
const char *const sandbox_build_environment[] = {NULL};
