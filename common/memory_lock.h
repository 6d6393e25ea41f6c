/* SPDX-License-Identifier: ISC */
/* All that a process has is kept from the swap: the part of memory.h that needs
 * no OpenSSL. */
#ifndef VB_MEMORY_LOCK_H
#define VB_MEMORY_LOCK_H

/* With a lower limit than this nothing is, or OpenSSL's heap. */
#define MEMORY_LOCKED_BYTES (64 * 1024 * 1024)

/* Logs whether it could; secrets as in memory_protect(). */
void memory_lock(const char *secrets);

/*
 * And without a word. With a limit that is too low, a lock of all would starve
 * malloc later: it does nothing then, and returns -1.
 */
int memory_lock_all(void);

#define MEMORY_NOT_LOCKED                                              \
	"memory locked=no: %s may get into the swap; raise the limit " \
	"of locked memory (ulimit -l, LimitMEMLOCK)"

#endif
