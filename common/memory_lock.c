/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/resource.h>

#include "common/log.h"
#include "common/memory_lock.h"

int
memory_lock_all(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == -1)
		return -1;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_MEMLOCK, &limit) == -1 ||
	    limit.rlim_cur < MEMORY_LOCKED_BYTES)
		return -1;
	return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

void
memory_lock(const char *secrets)
{
	if (memory_lock_all() == 0)
		log_info("memory locked=all");
	else
		log_warn(MEMORY_NOT_LOCKED, secrets);
}
