/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>

#include <err.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench.h"

uint64_t
bench_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * BENCH_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

struct bench_counters *
bench_map_counters(const char *path)
{
	void *p;
	int fd;

	if ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == -1)
		err(1, "%s", path);
	if (ftruncate(fd, sizeof(struct bench_counters)) == -1)
		err(1, "%s", path);
	p = mmap(NULL, sizeof(struct bench_counters), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	return p;
}
