/* SPDX-License-Identifier: ISC */
/*
 * Small updates of many desktops in one turn of the loop: all are read, then
 * all are written. They often go to one process, a proxy in front of us, which
 * is woken up for them once; waking it is the dearest part of a small write.
 * Nothing waits longer than the reads of GATHER_PARTS_MAX others: a session
 * that moves more, or any other use of the worker's buffer, sends them first.
 */
#ifndef VB_GATHER_H
#define VB_GATHER_H

#include <event2/event_struct.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/parse/frame.h"
#include "worker/leg/buffer.h"

struct client;
struct event_base;

struct gather_ops {
	/* sends a part; returns 1 if the client is to be settled, else 0 */
	int (*send)(struct client *c, uint8_t *data, size_t len);
	/* ends its turn; may free it */
	void (*settle)(struct client *c);
};

#define GATHER_LEAST_BYTES 1024	       /* answers to keys are sent at once */
#define GATHER_MOST_BYTES  (16 * 1024) /* and so is what moves much */
#define GATHER_PARTS_MAX   8

struct gather {
	const struct gather_ops *ops;
	struct event flush_ev; /* after what is active in this turn */
	uint8_t *buffer;
	size_t bytes; /* at its front, not sent yet */
	unsigned count;
	unsigned sent; /* of count: those left are only to be settled */
	struct {
		struct client *client; /* or NULL */
		uint8_t *data;
		size_t len;
	} parts[GATHER_PARTS_MAX];
};

/* **Keeps** buffer, of WORKER_BUFFER_BYTES, and ops. */
void gather_open(struct gather *g, struct event_base *base, uint8_t *buffer,
    const struct gather_ops *ops);

/* For gather_send(). */
void gather_send_parts(struct gather *g);

/*
 * Sends all that is gathered. Sessions may begin to end, the caller's own as
 * well, but no client is freed.
 */
static inline void
gather_send(struct gather *g)
{
	if (g->sent < g->count)
		gather_send_parts(g);
}

/* All of the worker's buffer, for whatever use in this callback. */
static inline uint8_t *
gather_buffer(struct gather *g)
{
	gather_send(g);
	return g->buffer;
}

/*
 * Where to read to, behind what is gathered: at most *room bytes. In front of
 * it is room for the head of a frame, as ops->send() wants.
 */
static inline uint8_t *
gather_place(const struct gather *g, size_t *room)
{
	*room = WORKER_BUFFER_BYTES - g->bytes - WS_SERVER_HEAD_MAX;
	return g->buffer + g->bytes + WS_SERVER_HEAD_MAX;
}

/*
 * Keeps what was read to gather_place() for a client in RELAY until the end of
 * the turn, if it is of the right size. Returns 1, or 0: then the owner sends.
 */
int gather_add(struct gather *g, struct client *c, size_t len);

/* A client is going to be freed. */
void gather_forget(struct gather *g, const struct client *c);

#endif
