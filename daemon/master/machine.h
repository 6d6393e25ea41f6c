/* SPDX-License-Identifier: ISC */
/*
 * What the machine has: read once, before the sandbox hides it.
 */
#ifndef VB_MACHINE_H
#define VB_MACHINE_H

#include <stdint.h>

struct machine {
	unsigned cpus;	  /* at least 1 */
	uint64_t tcp_kib; /* most that TCP takes in all; 0: not known */
};

/* To be called before others ask. */
void machine_learn(void);

const struct machine *machine(void);

/*
 * What each of so many workers (0: one for each processor) may take of the
 * kernel's memory for its sessions' buffers, of memory_mib in all; of an
 * eighth of TCP's if that is 0.
 */
uint32_t machine_socket_kib(uint32_t memory_mib, uint32_t workers);

#endif
