/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stddef.h>

#include "tests/unit/starve.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);

static unsigned left;
static int has_come;

void
starve_at(unsigned n)
{
	left = n;
	has_come = 0;
}

int
starve_has_come(void)
{
	left = 0;
	return has_come;
}

static int
starves(void)
{
	if (left == 0 || --left > 0)
		return 0;
	has_come = 1;
	errno = ENOMEM;
	return 1;
}

void *
__wrap_malloc(size_t size)
{
	return starves() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return starves() ? NULL : __real_calloc(count, size);
}
