/* SPDX-License-Identifier: ISC */
/*
 * The program is linked with --wrap: what it compiles itself has the
 * rig's clock and memory. Libevent has the real clock, on which nothing
 * here depends, and the same memory.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <time.h>

#include "common/clock.h"
#include "tests/fuzz/client_rig.h"

struct world world;

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	(void)clock;
	ts->tv_sec = (time_t)(world.now_ms / MS_PER_SEC);
	ts->tv_nsec = (long)(world.now_ms % MS_PER_SEC * NS_PER_MS);
	return 0;
}

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__wrap_strdup(const char *text);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
char *__real_strdup(const char *text);

/* Whether the worker shall not have the memory that it asks for. */
static int
starves(void)
{
	if (!world.is_workers_turn || world.starve_at == 0 ||
	    --world.starve_at > 0)
		return 0;
	world.has_starved = 1;
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

void *
__wrap_realloc(void *old, size_t size)
{
	return starves() ? NULL : __real_realloc(old, size);
}

void *
__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return starves() ? NULL : __real_reallocarray(old, count, size);
}

char *
__wrap_strdup(const char *text)
{
	return starves() ? NULL : __real_strdup(text);
}

void
world_share_memory(void)
{
	event_set_mem_functions(__wrap_malloc, __wrap_realloc, free);
}
