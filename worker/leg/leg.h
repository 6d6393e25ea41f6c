/* SPDX-License-Identifier: ISC */
/*
 * One side of a session: a socket, what is read from it, and what waits to
 * be written to it. Data is read in large pieces by its owner, and written
 * at once; only what the kernel does not take is queued, in a queue that
 * exists from the first such moment until it has been idle. That keeps an
 * idle session small (two bufferevents cost 2 KB, two legs of events alone
 * 300 bytes), and the fast path free of copies.
 */
#ifndef VB_LEG_H
#define VB_LEG_H

#include "worker/leg/leg_raw.h"

/* An empty leg, closed. **Keeps** ops and arg. */
void leg_init(struct leg *leg, const struct leg_ops *ops, void *arg);

/* **Takes** fd, nonblocking. Watches nothing yet. */
void leg_open(struct leg *leg, struct event_base *base, int fd);

/* Closes, and drops what is queued. Nothing happens on a closed leg. */
void leg_close(struct leg *leg);

static inline int
leg_is_open(const struct leg *leg)
{
	return leg->fd != -1;
}

/* Chooses what to be told of. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int leg_watch(struct leg *leg, enum leg_watch what);

/*
 * As recv(2): bytes, 0 at the end, -1 with errno (EPROTO where TLS was
 * broken).
 */
VB_MUST_CHECK ssize_t leg_read(struct leg *leg, void *buf, size_t size);

/*
 * That many bytes have been read, by whatever means. Of a flood (500 MB/s),
 * readable() is then told every megabyte, or when no more has come for five
 * milliseconds: a wake-up for each segment is what costs the most. Ends
 * by itself when the flood does.
 */
void leg_note_read(struct leg *leg, size_t bytes);

/*
 * Writes at once what the kernel takes, and queues the rest. iov is used
 * up. Returns 0, VB_ENOMEM, or VB_ESYS with errno.
 */
VB_MUST_CHECK int leg_write(struct leg *leg, struct iovec *iov, int count);

/* The same, and more follows at once: no packet for this alone. */
VB_MUST_CHECK int leg_write_more(struct leg *leg, struct iovec *iov, int count);

/*
 * Writes memory that outlives the leg's queue: what must wait is referred
 * to, not copied; release(arg) is called exactly once, when nothing refers
 * to it any more, on failure too. Returns as leg_write.
 */
VB_MUST_CHECK int leg_write_shared(struct leg *leg, const void *data,
    size_t len, void (*release)(void *arg), void *arg);

/* Bytes that wait. */
size_t leg_queued(const struct leg *leg);

/* What has become of the other end while the leg was not watched. */
enum leg_peer {
	LEG_PEER_IS_THERE,
	LEG_PEER_HAS_ENDED, /* sends no more than has come */
	LEG_PEER_HAS_RESET  /* the connection is broken */
};

enum leg_peer leg_peer(const struct leg *leg);

/* The errno of a broken connection, told once; or ECONNRESET. */
int leg_error(const struct leg *leg);

/* Says to the other end that nothing more comes. */
void leg_shutdown_write(struct leg *leg);

/* Gives back the queue's memory if it was not needed since the last call. */
void leg_trim(struct leg *leg);

#endif
