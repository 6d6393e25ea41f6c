/* SPDX-License-Identifier: ISC */
/*
 * What waits to be written to a socket, and is written as the kernel takes
 * it: the write side of a libevent bufferevent, whose low watermark says
 * drained. It is watched, since a bufferevent tries again and again on a
 * socket that the kernel calls writable and that takes nothing, which is what
 * Linux does while TCP is out of memory (net.ipv4.tcp_mem): a core would spin
 * just when the machine is short of everything. So writing rests when two turns
 * of the loop have moved nothing.
 */
#ifndef VB_QUEUE_H
#define VB_QUEUE_H

#include <stddef.h>

#include "common/errors.h"

struct event_base;
struct queue;

/* Each is called from the loop; the owner may free the queue in it. */
struct queue_ops {
	/* some was written, and no more than the low mark is left */
	void (*drained)(void *arg);
	/* errno of writing; nothing more is tried */
	void (*failed)(void *arg, int error);
};

/* An empty queue for fd, which stays the owner's. NULL without memory. */
struct queue *queue_new(struct event_base *base, int fd, size_t low_bytes,
    const struct queue_ops *ops, void *arg);

/* Drops what waits. NULL is none. */
void queue_free(struct queue *queue);

/* Bytes that wait. NULL is none. */
size_t queue_length(const struct queue *queue);

/* Copies. Returns 0 or VB_ENOMEM: then some of it may be there. */
VB_MUST_CHECK int queue_add(struct queue *queue, const void *data, size_t len);

/*
 * Refers to data, and calls done(data, len, arg) when it is written or
 * dropped. Returns 0, or VB_ENOMEM without a call of done.
 */
VB_MUST_CHECK int
queue_add_shared(struct queue *queue, const void *data, size_t len,
    void (*done)(const void *data, size_t len, void *arg), void *arg);

#endif
