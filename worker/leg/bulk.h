/* SPDX-License-Identifier: ISC */
/*
 * Floods from a target: through a pipe from socket to socket, so that the
 * bytes are never copied to the process and back. Half the processor time
 * of a gigabyte is these two copies; for little data the calls cost more
 * than they save.
 */
#ifndef VB_BULK_H
#define VB_BULK_H

#include <sys/types.h>
#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "worker/leg/leg.h"

/* A read of this size says that more of its kind follows. */
#define BULK_MIN_BYTES (64 * 1024)

/*
 * Payload of a frame of a flood, at most: twice a usual one's. A client that
 * takes a flood does not wait for a frame's end, and half as many system calls
 * are needed.
 */
#define BULK_FRAME_BYTES (128 * 1024)

/* Makes the process's pipe; where there can be none, all is copied. */
void bulk_open(void);

/*
 * The pipe's ends: the sandbox lets splice(2) have to do with these alone.
 * -1 without a pipe: then bulk_move() must not be called.
 */
int bulk_out_fd(void);
int bulk_in_fd(void);

/*
 * Takes up to size bytes from a leg and writes them to another one
 * as WebSocket frames. Returns as leg_read(): bytes, 0 at the end, -1 with
 * errno. *fault gets what leg_write() says of the writing: 0, VB_ENOMEM, or
 * VB_ESYS with errno. What the kernel does not take is queued; spare is
 * room of WORKER_BUFFER_BYTES for that, and size is no more.
 */
VB_MUST_CHECK ssize_t bulk_move(const struct leg *from, struct leg *to,
    size_t size, uint8_t *spare, int *fault);

#endif
