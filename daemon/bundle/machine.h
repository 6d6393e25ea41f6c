/* SPDX-License-Identifier: ISC */
/*
 * What the machine has: read once, before the sandbox hides it.
 */
#ifndef VB_MACHINE_H
#define VB_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "common/target.h"

struct machine {
	unsigned cpus;	  /* at least 1 */
	uint64_t tcp_kib; /* most that TCP takes in all; 0: not known */
};

/* To be called before others ask. */
void machine_learn(void);

const struct machine *machine(void);

#define MACHINE_NAMES_MAX 4

/*
 * The names of this host, in lower case: as uname(2) says it now, its first
 * label alone, that with ".local" (RFC 6762), and with the domain that
 * /etc/hosts gave it when machine_learn() read that. Returns how many.
 */
size_t machine_names(char out[MACHINE_NAMES_MAX][TARGET_NAME_MAX]);

#define MACHINE_TEXT_MAX 640

/* By which names a request must come, in a sentence. Returns out. */
const char *machine_describe_names(char out[MACHINE_TEXT_MAX]);

/*
 * What machine_learn() looks for: writes the name in a line of /etc/hosts
 * that begins with short and a dot, if short is in that line too. Returns
 * whether there is one.
 */
int machine_find_full_name(
    const char *line, const char *short_name, char out[TARGET_NAME_MAX]);

/*
 * What each of that many workers (0: one for each processor) may take of the
 * kernel's memory for its sessions' buffers, of memory_mib in all; of an
 * eighth of TCP's if that is 0.
 */
uint32_t machine_socket_kib(uint32_t memory_mib, uint32_t workers);

#endif
