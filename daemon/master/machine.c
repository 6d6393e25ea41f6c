/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <unistd.h>

#include "daemon/master/machine.h"

#define TCP_MEM_PATH	 "/proc/sys/net/ipv4/tcp_mem"
#define TCP_PART	 8	      /* of it is ours */
#define UNKNOWN_KIB	 (256 * 1024) /* in all, where nothing is told */
#define WORKER_LEAST_KIB (8 * 1024)

static struct machine known = {.cpus = 1};

void
machine_learn(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	long page_bytes = sysconf(_SC_PAGESIZE);
	unsigned long long low, pressure, most;
	FILE *fp = fopen(TCP_MEM_PATH, "re");

	if (cpus > 0)
		known.cpus = (unsigned)cpus;
	if (fp == NULL)
		return;
	if (page_bytes > 0 &&
	    fscanf(fp, "%llu %llu %llu", &low, &pressure, &most) == 3)
		known.tcp_kib = most * (unsigned long long)page_bytes / 1024;
	fclose(fp);
}

const struct machine *
machine(void)
{
	return &known;
}

uint32_t
machine_socket_kib(uint32_t memory_mib, uint32_t workers)
{
	uint64_t kib = (uint64_t)memory_mib * 1024;

	if (memory_mib == 0)
		kib =
		    known.tcp_kib == 0 ? UNKNOWN_KIB : known.tcp_kib / TCP_PART;
	kib /= workers == 0 ? known.cpus : workers;
	if (kib < WORKER_LEAST_KIB)
		kib = WORKER_LEAST_KIB;
	return kib > UINT32_MAX ? UINT32_MAX : (uint32_t)kib;
}
