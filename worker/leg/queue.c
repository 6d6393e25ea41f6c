/* SPDX-License-Identifier: ISC */
/*
 * Invariant: the event is pending exactly while bytes wait and writing has
 * not failed: for the socket to be writable, or, resting, for a time.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/leg/queue.h"

#define WRITE_BYTES (1024 * 1024) /* a turn of the loop, at most */

/* with the chunk's own head, 64 KiB */
#define PIECE_BYTES (64 * 1024 - 64)

/* Each rest in vain is twice the one before. */
#define REST_MIN_MS 10
#define REST_MAX_MS 320

#define WARN_MS	    (60 * MS_PER_SEC)

struct queue {
	struct evbuffer *bytes;
	struct event ev;
	struct event_base *base;
	int fd;
	unsigned rest_ms; /* the next one */
	size_t low_bytes;
	const struct queue_ops *ops;
	void *arg;
};

static void on_event_cb(evutil_socket_t fd, short what, void *arg);

static int
await_room(struct queue *q)
{
	event_del(&q->ev);
	event_assign(
	    &q->ev, q->base, q->fd, EV_WRITE | EV_PERSIST, on_event_cb, q);
	return event_add(&q->ev, NULL);
}

static void
warn_of_rest(void)
{
	static uint64_t warned_ms;
	uint64_t now_ms = clock_now_ms();

	if (warned_ms != 0 && now_ms - warned_ms < WARN_MS)
		return;
	warned_ms = now_ms;
	log_warn("the kernel has no memory for TCP (net.ipv4.tcp_mem): "
		 "sessions wait");
}

/* Writable, and nothing taken: asking on at once would be a spin. */
static int
rest(struct queue *q)
{
	struct timeval tv = {.tv_usec = q->rest_ms * 1000};

	warn_of_rest();
	if (q->rest_ms < REST_MAX_MS)
		q->rest_ms *= 2;
	event_del(&q->ev);
	event_assign(&q->ev, q->base, -1, 0, on_event_cb, q);
	return event_add(&q->ev, &tv);
}

static void
fail(struct queue *q, int error)
{
	event_del(&q->ev);
	q->ops->failed(q->arg, error);
}

static void
on_event_cb(evutil_socket_t fd, short what, void *arg)
{
	struct queue *q = arg;
	int n;

	(void)fd;
	n = evbuffer_write_atmost(q->bytes, q->fd, WRITE_BYTES);
	if (n == -1 && errno == EINTR)
		n = 0;
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		if (rest(q) == -1)
			fail(q, ENOMEM);
		return;
	}
	if (n == -1) {
		fail(q, errno);
		return;
	}
	if (n > 0)
		q->rest_ms = REST_MIN_MS;
	if (evbuffer_get_length(q->bytes) == 0)
		event_del(&q->ev);
	else if ((what & EV_TIMEOUT) != 0 && await_room(q) == -1) {
		fail(q, ENOMEM);
		return;
	}
	if (n > 0 && evbuffer_get_length(q->bytes) <= q->low_bytes)
		q->ops->drained(q->arg);
}

struct queue *
queue_new(struct event_base *base, int fd, size_t low_bytes,
    const struct queue_ops *ops, void *arg)
{
	struct queue *q = malloc(sizeof(*q));

	if (q == NULL)
		return NULL;
	q->bytes = evbuffer_new();
	if (q->bytes == NULL) {
		free(q);
		return NULL;
	}
	q->base = base;
	q->fd = fd;
	q->rest_ms = REST_MIN_MS;
	q->low_bytes = low_bytes;
	q->ops = ops;
	q->arg = arg;
	event_assign(&q->ev, base, fd, EV_WRITE | EV_PERSIST, on_event_cb, q);
	return q;
}

void
queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	event_del(&q->ev);
	evbuffer_free(q->bytes);
	free(q);
}

size_t
queue_length(const struct queue *q)
{
	return q == NULL ? 0 : evbuffer_get_length(q->bytes);
}

/* To be called before bytes are added; and, if they were not, after it. */
static int
begin(struct queue *q)
{
	if (evbuffer_get_length(q->bytes) > 0)
		return 0;
	return await_room(q) == -1 ? VB_ENOMEM : 0;
}

static int
give_up(struct queue *q)
{
	if (evbuffer_get_length(q->bytes) == 0)
		event_del(&q->ev);
	return VB_ENOMEM;
}

/*
 * In pieces that fill libevent's chunks, whose sizes are powers of two: a
 * single one for half a megabyte would have room for twice as much.
 */
int
queue_add(struct queue *q, const void *data, size_t len)
{
	size_t done, part;

	if (len > 0 && begin(q) < 0)
		return VB_ENOMEM;
	for (done = 0; done < len; done += part) {
		part = len - done < PIECE_BYTES ? len - done : PIECE_BYTES;
		if (evbuffer_add(q->bytes, (const char *)data + done, part) ==
		    -1)
			return give_up(q);
	}
	return 0;
}

int
queue_add_shared(struct queue *q, const void *data, size_t len,
    void (*done)(const void *data, size_t len, void *arg), void *arg)
{
	if (begin(q) < 0)
		return VB_ENOMEM;
	if (evbuffer_add_reference(q->bytes, data, len, done, arg) == -1)
		return give_up(q);
	return 0;
}
