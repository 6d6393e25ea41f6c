/* SPDX-License-Identifier: ISC */
/*
 * Invariant: out, if there is one, is not empty exactly while the kernel's
 * buffer was full.
 */
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "worker/leg/leg_raw.h"
#include "worker/leg/queue.h"

ssize_t
leg_raw_read(struct leg *leg, void *buf, size_t size)
{
	ssize_t n;

	do
		n = recv(leg->fd, buf, size, 0);
	while (n == -1 && errno == EINTR);
	return n;
}

static void
on_drained(void *arg)
{
	struct leg *leg = arg;

	if (leg->later != NULL) {
		if (leg->later->go_on(leg) < 0) {
			leg->ops->failed(leg->arg, errno);
			return;
		}
		if (leg->later != NULL ||
		    queue_length(leg->out) > LEG_LOW_BYTES)
			return;
	}
	leg->ops->drained(leg->arg);
}

static void
on_failed(void *arg, int error)
{
	struct leg *leg = arg;

	leg->ops->failed(leg->arg, error);
}

struct queue *
leg_raw_queue(struct leg *leg)
{
	static const struct queue_ops ops = {on_drained, on_failed};

	leg->was_queued = 1;
	if (leg->out == NULL)
		leg->out = queue_new(event_get_base(&leg->read_ev), leg->fd,
		    LEG_LOW_BYTES, &ops, leg);
	return leg->out;
}

ssize_t
leg_raw_write_now(struct leg *leg, struct iovec *iov, int count, int flags)
{
	struct msghdr header = {.msg_iov = iov, .msg_iovlen = (size_t)count};
	ssize_t n;

	flags |= MSG_NOSIGNAL | MSG_DONTWAIT;
	do
		/* the kernel does not have to fetch and check an iovec of 1 */
		n = count == 1
		    ? send(leg->fd, iov->iov_base, iov->iov_len, flags)
		    : sendmsg(leg->fd, &header, flags);
	while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	return n;
}

static void
wipe(const void *data, size_t len, void *arg)
{
	(void)arg;
	freezero((void *)(uintptr_t)data, len);
}

/* libevent would not wipe its copy. */
static int
add_secret(struct queue *queue, const void *data, size_t len)
{
	void *copy = malloc(len);

	if (copy == NULL)
		return VB_ENOMEM;
	memcpy(copy, data, len);
	if (queue_add_shared(queue, copy, len, wipe, NULL) == 0)
		return 0;
	freezero(copy, len);
	return VB_ENOMEM;
}

static int
add(struct leg *leg, const void *data, size_t len)
{
	struct queue *queue = leg_raw_queue(leg);

	if (queue == NULL)
		return VB_ENOMEM;
	return leg->is_secret ? add_secret(queue, data, len)
			      : queue_add(queue, data, len);
}

int
leg_raw_write(struct leg *leg, struct iovec *iov, int count, int flags)
{
	size_t skip = 0, len;
	ssize_t n;
	int i;

	if (queue_length(leg->out) == 0) {
		if ((n = leg_raw_write_now(leg, iov, count, flags)) == -1)
			return VB_ESYS;
		skip = (size_t)n;
	}
	for (i = 0; i < count; i++) {
		len = iov[i].iov_len;
		if (skip >= len) {
			skip -= len;
			continue;
		}
		if (add(leg, (char *)iov[i].iov_base + skip, len - skip) < 0)
			return VB_ENOMEM;
		skip = 0;
	}
	return 0;
}
