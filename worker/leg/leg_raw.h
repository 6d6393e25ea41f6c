/* SPDX-License-Identifier: ISC */
/*
 * What a leg is made of, and its socket as it is, below TLS: for leg.c and
 * leg_tls.c.
 */
#ifndef VB_LEG_RAW_H
#define VB_LEG_RAW_H

#include <sys/types.h>
#include <sys/uio.h>

#include <event2/event_struct.h>
#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

struct event_base;
struct queue;
struct tls;
struct leg;

/*
 * Watermarks on what waits for a leg, in bytes. Over HIGH its partner is
 * not read any more; at LOW the owner hears drained(), and reads again. A
 * leg never holds more than HIGH and one read of its partner.
 */
#define LEG_HIGH_BYTES (64 * 1024)
#define LEG_LOW_BYTES  (16 * 1024)

/*
 * Each is called from the loop, never from within a leg_ function; the
 * owner may leg_close() in it.
 */
struct leg_ops {
	void (*readable)(void *arg);	      /* while LEG_READ is watched */
	void (*hung_up)(void *arg);	      /* while LEG_HANGUP is watched */
	void (*drained)(void *arg);	      /* LOW or less is queued now */
	void (*failed)(void *arg, int error); /* writing: an errno */
};

enum leg_watch {
	LEG_NOTHING,
	LEG_READ,
	LEG_HANGUP
};

/* Memory that is shared with its writer, and not encrypted yet. */
struct leg_later {
	const uint8_t *data;
	size_t len;
	void (*release)(void *arg);
	void *arg;
	int (*go_on)(struct leg *leg); /* encrypts more of it */
};

struct leg {
	int fd;			  /* -1: closed */
	unsigned char watching;	  /* enum leg_watch */
	unsigned char was_queued; /* since leg_trim() last looked */
	unsigned char gathers;	  /* is readable with much, or after a wait */
	unsigned char was_full;	  /* the last read took all it had room for */
	unsigned char is_secret;  /* what is written is wiped, if it waits */
	uint32_t flood_bytes;	  /* in large reads since flood_ms */
	uint32_t flood_ms;
	struct event read_ev;
	struct queue *out;	 /* NULL while nothing had to wait */
	struct tls *tls;	 /* NULL: plain */
	struct leg_later *later; /* shared memory, not encrypted yet */
	const struct leg_ops *ops;
	void *arg;
};

/* As recv(2). */
VB_MUST_CHECK ssize_t leg_raw_read(struct leg *leg, void *buf, size_t size);

/* As leg_write(); flags are sendmsg(2)'s. */
VB_MUST_CHECK int
leg_raw_write(struct leg *leg, struct iovec *iov, int count, int flags);

/* Bytes taken by the kernel, 0 if it is full, -1 with errno. */
VB_MUST_CHECK ssize_t leg_raw_write_now(
    struct leg *leg, struct iovec *iov, int count, int flags);

/* The queue, made if need be. NULL without memory. */
struct queue *leg_raw_queue(struct leg *leg);

#endif
