/* SPDX-License-Identifier: ISC */
/*
 * Invariant: while bytes wait and writing has not failed, q->ev is pending: it
 * watches the socket beside the bufferevent, or, at rest, waits for a time.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/leg/queue.h"

#define WRITE_BYTES (1024 * 1024) /* a turn of the loop, at most */

/* with the chunk's own head, 64 KiB */
#define PIECE_BYTES (64 * 1024 - 64)

/* Turns in vain until a rest: the bufferevent's may come after ours. */
#define VAIN_TURNS 2

/* Each rest in vain is twice the one before. */
#define REST_MIN_MS 10
#define REST_MAX_MS 320

#define WARN_MS	    (60 * MS_PER_SEC)

struct queue {
	struct bufferevent *bev;
	struct event ev;
	int fd;
	unsigned rest_ms; /* the next one */
	unsigned vain_turns;
	size_t seen_bytes; /* that wait, when a turn was looked at last */
	const struct queue_ops *ops;
	void *arg;
};

static void on_turn_cb(evutil_socket_t fd, short what, void *arg);

static struct evbuffer *
bytes_of(const struct queue *q)
{
	return bufferevent_get_output(q->bev);
}

/* The bufferevent writes; what it has moved is looked at. */
static int
go_on(struct queue *q)
{
	event_del(&q->ev);
	q->vain_turns = 0;
	q->seen_bytes = queue_length(q);
	event_assign(&q->ev, bufferevent_get_base(q->bev), q->fd,
	    EV_WRITE | EV_PERSIST, on_turn_cb, q);
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

/* Writable, and nothing taken: trying on at once would be a spin. */
static int
rest(struct queue *q)
{
	struct timeval tv = {.tv_usec = q->rest_ms * 1000};

	warn_of_rest();
	if (q->rest_ms < REST_MAX_MS)
		q->rest_ms *= 2;
	bufferevent_disable(q->bev, EV_WRITE);
	event_del(&q->ev);
	event_assign(
	    &q->ev, bufferevent_get_base(q->bev), -1, 0, on_turn_cb, q);
	return event_add(&q->ev, &tv);
}

static void
fail(struct queue *q, int error)
{
	bufferevent_disable(q->bev, EV_WRITE);
	event_del(&q->ev);
	q->ops->failed(q->arg, error);
}

/* A turn of the loop in which the socket was writable, or the end of a rest. */
static void
on_turn_cb(evutil_socket_t fd, short what, void *arg)
{
	struct queue *q = arg;
	size_t waiting = queue_length(q);
	int result = 0;

	(void)fd;
	if ((what & EV_TIMEOUT) != 0) {
		if ((result = go_on(q)) == 0)
			result = bufferevent_enable(q->bev, EV_WRITE);
	} else if (waiting < q->seen_bytes) {
		q->vain_turns = 0;
		q->rest_ms = REST_MIN_MS;
	} else if (++q->vain_turns == VAIN_TURNS) {
		result = rest(q);
	}
	q->seen_bytes = waiting;
	if (result == -1)
		fail(q, ENOMEM);
}

/* The bufferevent has written, and the low watermark is reached. */
static void
on_written_cb(struct bufferevent *bev, void *arg)
{
	struct queue *q = arg;

	(void)bev;
	if (queue_length(q) == 0)
		event_del(&q->ev);
	q->ops->drained(q->arg);
}

static void
on_failed_cb(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	fail(arg, errno);
}

struct queue *
queue_new(struct event_base *base, int fd, size_t low_bytes,
    const struct queue_ops *ops, void *arg)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	if ((q->bev = bufferevent_socket_new(base, fd, 0)) == NULL) {
		free(q);
		return NULL;
	}
	bufferevent_setcb(q->bev, NULL, on_written_cb, on_failed_cb, q);
	bufferevent_setwatermark(q->bev, EV_WRITE, low_bytes, 0);
	bufferevent_set_max_single_write(q->bev, WRITE_BYTES);
	q->fd = fd;
	q->rest_ms = REST_MIN_MS;
	q->ops = ops;
	q->arg = arg;
	event_assign(&q->ev, base, fd, EV_WRITE | EV_PERSIST, on_turn_cb, q);
	return q;
}

/*
 * libevent frees a bufferevent in a later turn; what it refers to, and its
 * interest in the socket, which its owner closes, are given up now.
 */
void
queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	event_del(&q->ev);
	bufferevent_disable(q->bev, EV_WRITE);
	evbuffer_unfreeze(bytes_of(q), 1);
	evbuffer_drain(bytes_of(q), queue_length(q));
	bufferevent_free(q->bev);
	free(q);
}

size_t
queue_length(const struct queue *q)
{
	return q == NULL ? 0 : evbuffer_get_length(bytes_of(q));
}

/* To be called before bytes are added; and, if they were not, after it. */
static int
begin(struct queue *q)
{
	if (queue_length(q) > 0)
		return 0;
	return go_on(q) == -1 ? VB_ENOMEM : 0;
}

static int
give_up(struct queue *q)
{
	if (queue_length(q) == 0)
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
		if (evbuffer_add(
			bytes_of(q), (const char *)data + done, part) == -1)
			return give_up(q);
		q->seen_bytes += part;
	}
	return 0;
}

int
queue_add_shared(struct queue *q, const void *data, size_t len,
    void (*done)(const void *data, size_t len, void *arg), void *arg)
{
	if (begin(q) < 0)
		return VB_ENOMEM;
	if (evbuffer_add_reference(bytes_of(q), data, len, done, arg) == -1)
		return give_up(q);
	q->seen_bytes += len;
	return 0;
}
