/* SPDX-License-Identifier: ISC */
/* Secrets stay in memory: in no swap, and in no core. */
#ifndef VB_MEMORY_H
#define VB_MEMORY_H

#include <stddef.h>

/*
 * Before anything uses OpenSSL: its memory is wiped when it is freed, what
 * holds private numbers is in a heap between guard pages and in no core, and
 * all that the process has is kept from the swap, as far as the limit of
 * locked memory lets it. Logs what could not be had. secrets: what they are,
 * "keys"; are_in_heap: and all of them in OpenSSL's heap, whose lock is enough.
 */
void memory_protect(const char *secrets, int are_in_heap);

/* A file that is kept from the swap, as long as it is held. */
struct memory_hold {
	void *map; /* NULL: none is */
	size_t bytes;
};

/*
 * Holds the memory file of a key, which the master keeps for the next keeper:
 * locked pages are locked for all who have it. Warns where they can't be.
 * **Borrows** fd.
 */
void memory_hold(struct memory_hold *hold, int fd);
void memory_let_go(struct memory_hold *hold);

#endif
