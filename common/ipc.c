/* SPDX-License-Identifier: ISC */
/*
 * Invariants: is_dead is set once, before closed runs. depth counts dispatches
 * that are on the stack, during which ipc_free only marks. While it is_deaf,
 * read_ev is not pending, and the queue is not empty: so that write_ev or
 * rest_ev is.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/util.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/datagram.h"
#include "common/ipc.h"
#include "common/ipc_queue.h"
#include "common/log.h"

#define IPC_BATCH     32 /* datagrams of one recvmmsg */
#define FLUSH_STEP_MS 1	 /* from one attempt to the next */
#define REST_MS	      10 /* where the socket has room, and the kernel none */

struct ipc {
	int fd;
	enum proto_role self;
	enum proto_role peer;
	unsigned phase;
	const struct ipc_ops *ops;
	void *arg;
	struct event read_ev;
	struct event write_ev;
	struct event rest_ev;
	struct ipc_queue queue;
	size_t bound_bytes;
	size_t deaf_bytes; /* ipc_serve()'s; SIZE_MAX: it is not */
	unsigned depth;
	unsigned log_dropped;
	unsigned char is_dead;
	unsigned char is_freed;
	unsigned char is_deaf; /* reads nothing */
};

static void on_readable_cb(evutil_socket_t, short, void *);
static void on_writable_cb(evutil_socket_t, short, void *);

static void
check_handlers(
    const struct ipc_ops *ops, enum proto_role self, enum proto_role peer)
{
	const struct proto_row *row;
	uint32_t type;
	int wanted;

	for (type = 1; type < MSG_TYPE_COUNT; type++) {
		row = proto_row(type);
		wanted = (row->from & peer) != 0 && (row->to & self) != 0;
		if (wanted != (ops->on[type] != NULL))
			log_fatal(
			    "handlers and message table differ: %s", row->name);
	}
}

struct ipc *
ipc_new(struct event_base *base, int fd, enum proto_role self,
    enum proto_role peer, const struct ipc_ops *ops, void *arg)
{
	struct ipc *ipc;

	check_handlers(ops, self, peer);
	if ((ipc = calloc(1, sizeof(*ipc))) == NULL) {
		close(fd);
		return NULL;
	}
	ipc->fd = fd;
	ipc->self = self;
	ipc->peer = peer;
	ipc->phase = PHASE_SETUP;
	ipc->ops = ops;
	ipc->arg = arg;
	ipc->bound_bytes = IPC_QUEUE_BYTES;
	ipc->deaf_bytes = SIZE_MAX;
	ipc_queue_init(&ipc->queue);
	if (evutil_make_socket_nonblocking(fd) == -1 ||
	    event_assign(&ipc->read_ev, base, fd, EV_READ | EV_PERSIST,
		on_readable_cb, ipc) == -1 ||
	    event_assign(&ipc->write_ev, base, fd, EV_WRITE, on_writable_cb,
		ipc) == -1 ||
	    event_assign(&ipc->rest_ev, base, -1, 0, on_writable_cb, ipc) ==
		-1 ||
	    event_add(&ipc->read_ev, NULL) == -1) {
		close(fd);
		free(ipc);
		return NULL;
	}
	return ipc;
}

static void
stop_events(struct ipc *ipc)
{
	event_del(&ipc->read_ev);
	event_del(&ipc->write_ev);
	event_del(&ipc->rest_ev);
}

void
ipc_free(struct ipc *ipc)
{
	if (ipc == NULL)
		return;
	ipc->is_dead = 1;
	if (ipc->fd != -1) {
		stop_events(ipc);
		ipc_queue_clear(&ipc->queue);
		close(ipc->fd);
		ipc->fd = -1;
	}
	if (ipc->depth > 0) {
		ipc->is_freed = 1;
		return;
	}
	free(ipc);
}

/* Ends a dispatch; what was freed during it goes now. */
static void
leave(struct ipc *ipc)
{
	if (--ipc->depth == 0 && ipc->is_freed)
		free(ipc);
}

static void
die(struct ipc *ipc, int reason)
{
	if (ipc->is_dead)
		return;
	ipc->is_dead = 1;
	stop_events(ipc);
	ipc->depth++;
	ipc->ops->closed(ipc->arg, reason);
	leave(ipc);
}

void
ipc_set_phase(struct ipc *ipc, enum proto_phase phase)
{
	ipc->phase = phase;
}

void
ipc_set_bound(struct ipc *ipc, size_t bytes)
{
	ipc->bound_bytes = bytes;
}

void
ipc_serve(struct ipc *ipc, size_t bytes)
{
	ipc->deaf_bytes = bytes;
	ipc->bound_bytes = SIZE_MAX;
}

size_t
ipc_queued(const struct ipc *ipc)
{
	return ipc->queue.count;
}

size_t
ipc_queued_bytes(const struct ipc *ipc)
{
	return ipc->queue.bytes;
}

/*
 * Descriptors under way are bounded too, for all of a user's processes
 * together; the socket is writable all the same: to wait for that would be a
 * spin.
 */
static void
await_room(struct ipc *ipc)
{
	struct timeval rest = {.tv_usec = REST_MS * 1000};

	if (ipc->queue.is_short)
		event_add(&ipc->rest_ev, &rest);
	else
		event_add(&ipc->write_ev, NULL);
}

/* Reads again what the other end asks, if it was not read. */
static void
hear(struct ipc *ipc)
{
	if (!ipc->is_deaf || ipc->queue.bytes > ipc->deaf_bytes / 2)
		return;
	ipc->is_deaf = 0;
	if (event_add(&ipc->read_ev, NULL) == -1)
		die(ipc, VB_ENOMEM);
}

static void
on_writable_cb(evutil_socket_t fd, short what, void *arg)
{
	struct ipc *ipc = arg;
	int result = 1;

	(void)fd;
	(void)what;
	while (ipc->queue.count > 0 && result > 0)
		result = ipc_queue_send(&ipc->queue, ipc->fd);
	ipc->depth++;
	if (result < 0)
		die(ipc, result);
	else if (ipc->queue.count > 0)
		await_room(ipc);
	if (!ipc->is_dead)
		hear(ipc);
	if (!ipc->is_dead && ipc->queue.count == 0 && ipc->ops->drained != NULL)
		ipc->ops->drained(ipc->arg);
	leave(ipc);
}

int
ipc_send(struct ipc *ipc, enum msg_type type, const void *body, int fd)
{
	const struct proto_row *row = proto_row(type);
	size_t len = sizeof(struct msg_head) + row->body_size;
	int result;

	if (ipc->is_dead || ipc->queue.bytes + len > ipc->bound_bytes) {
		if (fd != -1)
			close(fd);
		return ipc->is_dead ? VB_ECLOSED : VB_EFULL;
	}
	if ((result = ipc_queue_put(&ipc->queue, type, body, fd)) < 0)
		return result;
	/*
	 * The first of a turn schedules the batch, after what is active. If
	 * the kernel was full, the write event is pending already. The trace
	 * may be a message of this channel: it comes second.
	 */
	if (ipc->queue.count == 1)
		event_active(&ipc->write_ev, EV_WRITE, 0);
	if (type != MSG_LOG)
		log_trace("%s to %s", row->name, proto_role_name(ipc->peer));
	return 0;
}

int
ipc_flush(struct ipc *ipc, int timeout_ms)
{
	uint64_t deadline_ms = clock_now_ms() + (uint64_t)timeout_ms;
	int result;

	if (ipc->is_dead)
		return VB_ECLOSED;
	while (ipc->queue.count > 0) {
		if ((result = ipc_queue_send(&ipc->queue, ipc->fd)) < 0)
			return result;
		if (result > 0)
			continue;
		if (clock_now_ms() >= deadline_ms)
			return VB_EFULL;
		/* POLLOUT says nothing of descriptors, whose number under way
		 * is bounded as well */
		poll(NULL, 0, FLUSH_STEP_MS);
	}
	return 0;
}

/* Returns as proto_check(), VB_ECLOSED, or 0: it was not a message for us. */
static int
judge(struct ipc *ipc, const struct mmsghdr *received, int has_fd)
{
	const void *datagram = received->msg_hdr.msg_iov->iov_base;
	size_t len = received->msg_len;
	uint32_t type;
	int result;

	if (len == 0)
		return VB_ECLOSED;
	result = proto_check(
	    datagram, len, has_fd, ipc->peer, ipc->self, ipc->phase);
	if (ipc->ops->unknown != NULL &&
	    proto_is_foreign(datagram, len, ipc->peer, ipc->self, &type))
		return ipc->ops->unknown(ipc->arg, type);
	if ((received->msg_hdr.msg_flags & MSG_TRUNC) &&
	    (result < 0 || !proto_row((uint32_t)result)->is_lasting))
		return VB_EBADMSG;
	return result;
}

static void
dispatch(struct ipc *ipc, struct mmsghdr *received)
{
	const unsigned char *datagram = received->msg_hdr.msg_iov->iov_base;
	struct msg_head head;
	int fd, result;

	result = datagram_take_fd(&received->msg_hdr, &fd);
	if (ipc->is_dead)
		goto done;
	if (result == 0)
		result = judge(ipc, received, fd != -1);
	if (result > 0 || result == VB_ENOFD) {
		/* a lost descriptor is the handler's to judge: fd is -1 */
		memcpy(&head, datagram, sizeof(head));
		if (head.type != MSG_LOG)
			log_trace("%s from %s", proto_row(head.type)->name,
			    proto_role_name(ipc->peer));
		result = ipc->ops->on[head.type](
		    ipc->arg, datagram + sizeof(head), &fd);
	}
	if (result < 0)
		die(ipc, result);
done:
	/* the next in this slot may be shorter than its struct */
	explicit_bzero(received->msg_hdr.msg_iov->iov_base, received->msg_len);
	if (fd != -1)
		close(fd);
}

/* Handles what has come, up to a batch. Returns how many messages it was. */
static int
receive_batch(struct ipc *ipc)
{
	/* shared by all channels: dispatch never reads from another one */
	static unsigned char slots[IPC_BATCH][PROTO_DATAGRAM_MAX]
	    __attribute__((aligned(16)));
	struct mmsghdr headers[IPC_BATCH];
	struct iovec iovs[IPC_BATCH];
	union datagram_control controls[IPC_BATCH];
	int n, i;

	memset(headers, 0, sizeof(headers));
	for (i = 0; i < IPC_BATCH; i++) {
		iovs[i].iov_base = slots[i];
		iovs[i].iov_len = sizeof(slots[i]);
		headers[i].msg_hdr.msg_iov = &iovs[i];
		headers[i].msg_hdr.msg_iovlen = 1;
		headers[i].msg_hdr.msg_control = controls[i].bytes;
		headers[i].msg_hdr.msg_controllen = sizeof(controls[i].bytes);
	}
	n = recvmmsg(
	    ipc->fd, headers, IPC_BATCH, MSG_DONTWAIT | MSG_CMSG_CLOEXEC, NULL);
	if (n == -1) {
		if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
			die(ipc, errno == ECONNRESET ? VB_ECLOSED : VB_ESYS);
		return 0;
	}
	for (i = 0; i < n; i++)
		dispatch(ipc, &headers[i]);
	return n;
}

static void
on_readable_cb(evutil_socket_t fd, short what, void *arg)
{
	struct ipc *ipc = arg;

	(void)fd;
	(void)what;
	ipc->depth++;
	receive_batch(ipc);
	if (!ipc->is_dead && ipc->queue.bytes > ipc->deaf_bytes) {
		ipc->is_deaf = 1;
		event_del(&ipc->read_ev);
	}
	leave(ipc);
}

void
ipc_drain(struct ipc *ipc)
{
	ipc->depth++;
	while (!ipc->is_dead && receive_batch(ipc) > 0)
		continue;
	leave(ipc);
}

void
ipc_log_sink(int level, const char *line, void *arg)
{
	struct ipc *ipc = arg;
	struct msg_log log;

	memset(&log, 0, sizeof(log));
	log.level = (uint32_t)level;
	log.dropped = ipc->log_dropped;
	strncpy(log.line, line, sizeof(log.line) - 1);
	/* half of the queue is kept for what matters more than the log */
	if (ipc->queue.bytes > ipc->bound_bytes / 2 ||
	    ipc_send(ipc, MSG_LOG, &log, -1) < 0)
		ipc->log_dropped++;
	else
		ipc->log_dropped = 0;
}
