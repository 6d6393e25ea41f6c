/* SPDX-License-Identifier: ISC */
/*
 * An older kernel: what it says of its Landlock, and so what of it a process
 * asks for. All programs here are linked with --wrap=syscall.
 */
#include <sys/syscall.h>

#include <stdarg.h>
#include <unistd.h>

#include "tests/sandbox/attempts.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#define ASK_VERSION 1 /* LANDLOCK_CREATE_RULESET_VERSION */

int old_kernel_abi;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

/* As the C library's: it looks at six, however many there are. */
__attribute__((no_sanitize("address"))) long
__wrap_syscall(long number, ...)
{
	long a[6], result;
	va_list list;
	int i;

	va_start(list, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	result = __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (number == SYS_landlock_create_ruleset && (a[2] & ASK_VERSION) &&
	    old_kernel_abi != 0 && result > old_kernel_abi)
		return old_kernel_abi;
	return result;
}

int
old_kernel_real_abi(void)
{
	return (int)__real_syscall(
	    SYS_landlock_create_ruleset, 0L, 0L, (long)ASK_VERSION, 0L, 0L, 0L);
}
