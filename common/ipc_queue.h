/* SPDX-License-Identifier: ISC */
/*
 * The messages of a channel that wait for the kernel, in order: for ipc.c
 * alone, which knows when to send, and how much may wait.
 */
#ifndef VB_IPC_QUEUE_H
#define VB_IPC_QUEUE_H

#include <sys/queue.h>

#include <stddef.h>

#include "common/errors.h"
#include "common/proto.h"

struct ipc_out;

struct ipc_queue {
	TAILQ_HEAD(, ipc_out) list;
	size_t bytes; /* as datagrams */
	size_t count;
	unsigned char is_short; /* the kernel has no room, the socket has */
};

void ipc_queue_init(struct ipc_queue *queue);

/* Forgets all that waits, and closes its descriptors. */
void ipc_queue_clear(struct ipc_queue *queue);

/*
 * Adds a message; body is copied, its size is the table's. **Takes** fd (-1:
 * none) on every path. Returns 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int ipc_queue_put(
    struct ipc_queue *queue, enum msg_type type, const void *body, int fd);

/*
 * Sends a batch of what waits, which must be something. Returns how many
 * left; 0 when the kernel is full, and is_short tells of what; VB_ECLOSED or
 * VB_ESYS. Does not wait.
 */
VB_MUST_CHECK int ipc_queue_send(struct ipc_queue *queue, int channel);

#endif
