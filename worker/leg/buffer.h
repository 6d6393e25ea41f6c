/* SPDX-License-Identifier: ISC */
/* The memory that all legs read to. */
#ifndef VB_BUFFER_H
#define VB_BUFFER_H

#include <stddef.h>
#include <stdint.h>

/*
 * One read of a leg, in bytes. It is large reads that make a relay cheap:
 * measured on one core, 4 KiB a read carry a third of what 64 KiB carry,
 * and 512 KiB on a huge page take a fifth less processor time for a GB than
 * 256 KiB on small ones.
 */
#define WORKER_BUFFER_BYTES (512 * 1024)

/*
 * The memory for it, on a huge page of its own where the system has them,
 * with room for TLS's buffers behind it (tls.h); it lives as long as the
 * process. NULL without memory.
 */
uint8_t *buffer_new(void);

#endif
