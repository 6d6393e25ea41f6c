/* SPDX-License-Identifier: ISC */
/*
 * Invariants: bytes and count are the sums over the list; an entry's fd is
 * ours until the kernel has taken the datagram.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/datagram.h"
#include "common/ipc_queue.h"

#define SEND_BATCH 32 /* datagrams of one sendmmsg */

struct ipc_out {
	TAILQ_ENTRY(ipc_out) entry;
	int fd;
	size_t len;
	unsigned char datagram[];
};

void
ipc_queue_init(struct ipc_queue *queue)
{
	memset(queue, 0, sizeof(*queue));
	TAILQ_INIT(&queue->list);
}

static void
drop_first(struct ipc_queue *queue)
{
	struct ipc_out *out = TAILQ_FIRST(&queue->list);

	TAILQ_REMOVE(&queue->list, out, entry);
	queue->bytes -= out->len;
	queue->count--;
	if (out->fd != -1)
		close(out->fd);
	/* it may have carried the keys of session tickets */
	explicit_bzero(out->datagram, out->len);
	free(out);
}

void
ipc_queue_clear(struct ipc_queue *queue)
{
	while (!TAILQ_EMPTY(&queue->list))
		drop_first(queue);
}

int
ipc_queue_put(
    struct ipc_queue *queue, enum msg_type type, const void *body, int fd)
{
	const struct proto_row *row = proto_row(type);
	struct msg_head head = {type, 0};
	size_t len = sizeof(head) + row->body_size;
	struct ipc_out *out;

	if ((out = malloc(sizeof(*out) + len)) == NULL) {
		if (fd != -1)
			close(fd);
		return VB_ENOMEM;
	}
	out->fd = fd;
	out->len = len;
	memcpy(out->datagram, &head, sizeof(head));
	memcpy(out->datagram + sizeof(head), body, row->body_size);
	TAILQ_INSERT_TAIL(&queue->list, out, entry);
	queue->bytes += len;
	queue->count++;
	return 0;
}

int
ipc_queue_send(struct ipc_queue *queue, int channel)
{
	struct mmsghdr headers[SEND_BATCH];
	struct iovec iovs[SEND_BATCH];
	union datagram_control controls[SEND_BATCH];
	struct ipc_out *out;
	unsigned n = 0;
	int sent, i;

	TAILQ_FOREACH (out, &queue->list, entry) {
		if (n == SEND_BATCH)
			break;
		datagram_fill(&headers[n].msg_hdr, &iovs[n], &controls[n],
		    out->datagram, out->len, out->fd);
		n++;
	}
	sent = sendmmsg(channel, headers, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent == -1) {
		queue->is_short = errno == ENOBUFS || errno == ETOOMANYREFS;
		if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ||
		    queue->is_short)
			return 0;
		return errno == EPIPE || errno == ECONNRESET ? VB_ECLOSED
							     : VB_ESYS;
	}
	for (i = 0; i < sent; i++)
		drop_first(queue);
	return sent;
}
