/* SPDX-License-Identifier: ISC */
/*
 * What outlives a broker: which targets are locked, which places are kept for
 * whom, and which lease numbers were given. It is in a memory file of the
 * master's, which looks at it never. Whenever the process dies, the next one
 * finds each record whole, or not at all.
 */
#ifndef VB_LEASE_MEMORY_H
#define VB_LEASE_MEMORY_H

#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/proto.h"

#define LEASE_LOCKS_MAX 512
#define LEASE_KEPT_MAX	1024 /* that are remembered; others are kept, too */
#define LEASE_KEPT_NONE (-1)

/* No longer than a target's grace: an end behind that is no end of ours. */
#define LEASE_GRACE_MAX_MS ((uint64_t)24 * 3600 * 1000)

struct lease_memory;

/* Texts end in NUL. */
struct lease_lock {
	uint32_t state; /* written last */
	uint32_t zero;
	char name[TARGET_NAME_MAX];
	char text[LEASE_TEXT_MAX];
};

struct lease_place {
	uint32_t state; /* written last */
	uint32_t zero;
	uint64_t fence;
	uint64_t until_ms; /* CLOCK_MONOTONIC's: it is one machine */
	struct addr client;
	char user[AUTH_NAME_MAX];
	char name[TARGET_NAME_MAX];
};

/* The bytes that the file must have. */
uint64_t lease_memory_bytes(void);

/*
 * Uses the file, and forgets what is no record of ours, or over. A file of
 * another version is begun anew. **Borrows** fd. Returns 0, VB_ESYS or
 * VB_ENOMEM.
 */
VB_MUST_CHECK int
lease_memory_open(int fd, uint64_t now_ms, struct lease_memory **out);

/* Forgets the process's own part; the file stays. NULL is allowed. */
void lease_memory_close(struct lease_memory *memory);

/* How many brokers have opened it. */
uint64_t lease_memory_starts(const struct lease_memory *memory);

/*
 * The greatest number that may have been given; and that all up to this may be
 * from now on.
 */
uint64_t lease_memory_fence(const struct lease_memory *memory);
void lease_memory_set_fence(struct lease_memory *memory, uint64_t fence);

/* Returns 0, or VB_EFULL: so many are remembered, and not this one. */
VB_MUST_CHECK int lease_memory_lock(
    struct lease_memory *memory, const char *name, const char *text);
void lease_memory_unlock(struct lease_memory *memory, const char *name);

/*
 * Remembers a place (its state is filled in). Returns its slot, or
 * LEASE_KEPT_NONE: there is no room.
 */
int
lease_memory_keep(struct lease_memory *memory, const struct lease_place *place);
void lease_memory_forget(struct lease_memory *memory, int slot);

/* Those from slot *i on; NULL after the last. *i is the slot after it. */
const struct lease_lock *
lease_memory_next_lock(const struct lease_memory *memory, int *i);
const struct lease_place *
lease_memory_next_place(const struct lease_memory *memory, int *i);

#endif
