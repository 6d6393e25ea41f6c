/* SPDX-License-Identifier: ISC */
/*
 * The rows of a process, looked at with another machine's eyes: newer
 * architectures (arm64, riscv64) have no poll, open or pipe, and their C
 * library makes ppoll, openat and pipe2 of them. A row that is not there
 * would kill the process there, where no test of ours may ever run.
 */
#include <check.h>
#include <seccomp.h>
#include <string.h>

#include "common/sandbox.h"
#include "tests/sandbox/attempts.h"

/* What stands for a call where the kernel has only its generic table. */
static const struct {
	const char *name;
	const char *instead; /* NULL: nothing does, nothing calls it */
} generic[] = {
    {"access", "faccessat"},
    {"alarm", "setitimer"},
    {"arch_prctl", NULL},
    {"dup2", "dup3"},
    {"epoll_create", "epoll_create1"},
    {"epoll_wait", "epoll_pwait"},
    {"fork", "clone"},
    {"getpgrp", "getpgid"},
    {"lstat", "newfstatat"},
    {"mkdir", "mkdirat"},
    {"open", "openat"},
    {"pause", "ppoll"},
    {"pipe", "pipe2"},
    {"poll", "ppoll"},
    {"readlink", "readlinkat"},
    {"select", "pselect6"},
    {"stat", "newfstatat"},
    {"time", "clock_gettime"},
    {"unlink", "unlinkat"},
    {"vfork", "clone"},
};

static const struct sandbox_call *seen;
static int is_wanted; /* seen, and not entered */

int __wrap_sandbox_enter(
    const struct sandbox *sandbox, char report[SANDBOX_REPORT_MAX]);
int __real_sandbox_enter(
    const struct sandbox *sandbox, char report[SANDBOX_REPORT_MAX]);

/* The programs are linked with --wrap. */
int
__wrap_sandbox_enter(
    const struct sandbox *sandbox, char report[SANDBOX_REPORT_MAX])
{
	if (!is_wanted)
		return __real_sandbox_enter(sandbox, report);
	seen = sandbox->calls;
	report[0] = '\0';
	return 0;
}

static int
is_there(const char *name)
{
	return seccomp_syscall_resolve_name_arch(SCMP_ARCH_AARCH64, name) >= 0;
}

/* A row that lets pass what stands for another, and no more than that. */
static int
stands_for(const struct sandbox_call *row, const struct sandbox_call *other,
    const char *instead)
{
	unsigned i;

	if (strcmp(row->name, instead) != 0)
		return 0;
	for (i = 0; i < SANDBOX_TESTS_MAX; i++)
		if (other->tests[i].mask != 0 &&
		    (row->tests[i].mask != other->tests[i].mask ||
			row->tests[i].value != other->tests[i].value))
			return 0;
	return 1;
}

static void
check_row(const struct sandbox_call *table, const struct sandbox_call *row)
{
	size_t i, n = sizeof(generic) / sizeof(generic[0]);
	const struct sandbox_call *other;

	ck_assert_msg(
	    seccomp_syscall_resolve_name(row->name) >= 0 || is_there(row->name),
	    "%s is a call nowhere", row->name);
	if (is_there(row->name))
		return;
	for (i = 0; i < n && strcmp(generic[i].name, row->name) != 0; i++)
		continue;
	ck_assert_msg(i < n, "what is %s on arm64?", row->name);
	if (generic[i].instead == NULL)
		return;
	for (other = table; other->name != NULL; other++)
		if (stands_for(other, row, generic[i].instead))
			return;
	ck_abort_msg("%s is without %s", row->name, generic[i].instead);
}

static void
check_rows(const struct sandbox_call *table)
{
	const struct sandbox_call *row;

	for (row = table; row->name != NULL; row++)
		check_row(table, row);
}

void
rows_check(void (*enter)(void))
{
	is_wanted = 1;
	enter();
	is_wanted = 0;
	ck_assert_ptr_nonnull(seen);
	check_rows(seen);
	check_rows(sandbox_build_calls);
}
