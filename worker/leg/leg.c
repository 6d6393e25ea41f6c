/* SPDX-License-Identifier: ISC */
/*
 * Invariant: while the leg gathers, read_ev is never pending without a timer:
 * what is less than GATHER_BYTES would wait forever.
 */
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/tcp.h"
#include "worker/leg/leg.h"
#include "worker/leg/leg_tls.h"
#include "worker/leg/queue.h"

/*
 * A leg that brings FLOOD_BYTES within FLOOD_MS is read when GATHER_BYTES have
 * come, or GATHER_MS have passed: at that rate, 2 ms' worth. A flood that only
 * paused, since its sender had no turn, is known again after AGAIN_BYTES.
 */
#define FLOOD_BYTES  (8 * 1024 * 1024)
#define FLOOD_MS     16
#define FLOOD_PART   (64 * 1024) /* smaller reads are no part of a flood */
#define AGAIN_BYTES  (512 * 1024)
#define GATHER_BYTES (1024 * 1024)
#define GATHER_MS    5

void
leg_init(struct leg *leg, const struct leg_ops *ops, void *arg)
{
	leg->fd = -1;
	leg->watching = LEG_NOTHING;
	leg->was_queued = 0;
	leg->gathers = 0;
	leg->flood_bytes = 0;
	leg->flood_ms = 0;
	leg->was_full = 0;
	leg->is_secret = 0;
	leg->out = NULL;
	leg->tls = NULL;
	leg->later = NULL;
	leg->ops = ops;
	leg->arg = arg;
}

/*
 * Bytes came before anyone wants them: they stay in the kernel. The event
 * is level-triggered, so that watching on would spin; it ends, and the
 * owner's tick is what finds, by leg_peer(), a client that leaves after this.
 */
static void
on_hangup_event(struct leg *leg, short what)
{
	int error = 0;
	socklen_t len = sizeof(error);

	/* libevent reports a reset as EV_READ alone */
	if ((what & EV_CLOSED) ||
	    getsockopt(leg->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1 ||
	    error != 0) {
		leg->ops->hung_up(leg->arg);
		return;
	}
	event_del(&leg->read_ev);
	leg->watching = LEG_NOTHING;
}

static int
set_least_read(struct leg *leg, int bytes)
{
	return setsockopt(
	    leg->fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
}

static int
add_read_event(struct leg *leg)
{
	struct timeval wait = {.tv_usec = GATHER_MS * US_PER_MS};

	return event_add(&leg->read_ev, leg->gathers ? &wait : NULL);
}

static void
stop_gathering(struct leg *leg)
{
	leg->gathers = 0;
	leg->flood_bytes = FLOOD_BYTES - AGAIN_BYTES;
	leg->flood_ms = (uint32_t)clock_now_ms();
	event_remove_timer(&leg->read_ev);
	set_least_read(leg, 1);
}

void
leg_note_read(struct leg *leg, size_t bytes)
{
	uint32_t now_ms;

	if (leg->gathers || bytes < FLOOD_PART)
		return;
	now_ms = (uint32_t)clock_now_ms();
	if (now_ms - leg->flood_ms > FLOOD_MS) {
		leg->flood_ms = now_ms;
		leg->flood_bytes = 0;
	}
	leg->flood_bytes += (uint32_t)bytes;
	if (leg->flood_bytes < FLOOD_BYTES || leg->watching != LEG_READ ||
	    set_least_read(leg, GATHER_BYTES) == -1)
		return;
	leg->gathers = 1;
	if (add_read_event(leg) == -1)
		stop_gathering(leg);
}

static void
on_event_cb(evutil_socket_t fd, short what, void *arg)
{
	struct leg *leg = arg;

	(void)fd;
	if (leg->gathers && (what & EV_READ) == 0)
		stop_gathering(leg);
	if (leg->watching == LEG_READ)
		leg->ops->readable(leg->arg);
	else if ((what & (EV_READ | EV_CLOSED)) != 0)
		on_hangup_event(leg, what);
}

void
leg_open(struct leg *leg, struct event_base *base, int fd)
{
	leg->fd = fd;
	leg->watching = LEG_NOTHING;
	event_assign(&leg->read_ev, base, fd, EV_READ | EV_CLOSED | EV_PERSIST,
	    on_event_cb, leg);
}

void
leg_close(struct leg *leg)
{
	if (leg->fd == -1)
		return;
	leg_tls_close(leg);
	event_del(&leg->read_ev);
	queue_free(leg->out);
	leg->out = NULL;
	leg->gathers = 0;
	tcp_bound_orphan(leg->fd);
	close(leg->fd);
	leg->fd = -1;
	leg->watching = LEG_NOTHING;
}

/* One event for both: going from one to the other takes no system call. */
int
leg_watch(struct leg *leg, enum leg_watch what)
{
	if (leg->watching == what)
		return 0;
	if (what == LEG_NOTHING)
		event_del(&leg->read_ev);
	else if (leg->watching == LEG_NOTHING && add_read_event(leg) == -1)
		return VB_ENOMEM;
	leg->watching = (unsigned char)what;
	if (what != LEG_NOTHING && leg->tls != NULL)
		leg_tls_wake(leg);
	return 0;
}

ssize_t
leg_read(struct leg *leg, void *buf, size_t size)
{
	ssize_t n;

	if (leg->tls != NULL)
		return leg_tls_read(leg, buf, size);
	n = leg_raw_read(leg, buf, size);
	leg->was_full = n == (ssize_t)size;
	return n;
}

int
leg_write(struct leg *leg, struct iovec *iov, int count)
{
	if (leg->tls != NULL)
		return leg_tls_write(leg, iov, count);
	return leg_raw_write(leg, iov, count, 0);
}

int
leg_write_more(struct leg *leg, struct iovec *iov, int count)
{
	if (leg->tls != NULL)
		return leg_tls_write(leg, iov, count);
	return leg_raw_write(leg, iov, count, MSG_MORE);
}

struct shared {
	void (*release)(void *arg);
	void *arg;
};

static void
on_shared_done_cb(const void *data, size_t len, void *arg)
{
	struct shared *shared = arg;

	(void)data;
	(void)len;
	shared->release(shared->arg);
	free(shared);
}

int
leg_write_shared(struct leg *leg, const void *data, size_t len,
    void (*release)(void *arg), void *arg)
{
	struct iovec iov = {(void *)(uintptr_t)data, len};
	struct shared *shared = NULL;
	struct queue *queue;
	int result = VB_ENOMEM;
	ssize_t n = 0;

	if (leg->tls != NULL)
		return leg_tls_write_shared(leg, data, len, release, arg);
	if (leg_queued(leg) == 0 &&
	    (n = leg_raw_write_now(leg, &iov, 1, 0)) == -1) {
		result = VB_ESYS;
		goto done;
	}
	result = 0;
	if ((size_t)n == len)
		goto done;
	result = VB_ENOMEM;
	if ((shared = malloc(sizeof(*shared))) == NULL)
		goto done;
	shared->release = release;
	shared->arg = arg;
	if ((queue = leg_raw_queue(leg)) == NULL ||
	    queue_add_shared(queue, (const char *)data + n, len - (size_t)n,
		on_shared_done_cb, shared) < 0)
		goto done;
	return 0;
done:
	free(shared);
	release(arg);
	return result;
}

size_t
leg_queued(const struct leg *leg)
{
	return queue_length(leg->out) + leg_tls_later(leg);
}

enum leg_peer
leg_peer(const struct leg *leg)
{
	struct pollfd pfd = {.fd = leg->fd, .events = POLLRDHUP};

	if (poll(&pfd, 1, 0) <= 0)
		return LEG_PEER_IS_THERE;
	return (pfd.revents & (POLLERR | POLLHUP)) != 0 ? LEG_PEER_HAS_RESET
							: LEG_PEER_HAS_ENDED;
}

int
leg_error(const struct leg *leg)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(leg->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1 ||
	    error == 0)
		return ECONNRESET;
	return error;
}

void
leg_shutdown_write(struct leg *leg)
{
	if (leg->fd == -1)
		return;
	leg_tls_say_end(leg);
	shutdown(leg->fd, SHUT_WR);
}

void
leg_trim(struct leg *leg)
{
	if (leg->out != NULL && !leg->was_queued && leg_queued(leg) == 0) {
		queue_free(leg->out);
		leg->out = NULL;
	}
	leg->was_queued = 0;
}
