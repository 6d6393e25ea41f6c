/* SPDX-License-Identifier: ISC */
/*
 * Invariant: the pipe is empty whenever bulk_move() is not running, on each
 * of its ways: what is left in it would reach the next session's client.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "worker/parse/frame.h"
#include "common/log.h"
#include "worker/leg/buffer.h"
#include "worker/leg/bulk.h"

static int pipe_fds[2] = {-1, -1};

void
bulk_open(void)
{
	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) == -1) {
		pipe_fds[0] = pipe_fds[1] = -1;
		return;
	}
	/* a smaller one carries less at a time, and works */
	(void)fcntl(pipe_fds[1], F_SETPIPE_SZ, 2 * WORKER_BUFFER_BYTES);
}

int
bulk_out_fd(void)
{
	return pipe_fds[0];
}

int
bulk_in_fd(void)
{
	return pipe_fds[1];
}

static ssize_t
splice_some(int from, int to, size_t len, unsigned flags)
{
	ssize_t n;

	do
		n = splice(
		    from, NULL, to, NULL, len, SPLICE_F_NONBLOCK | flags);
	while (n == -1 && errno == EINTR);
	return n;
}

/* Bytes that went on to the kernel of a leg: all, or until it is full. */
static size_t
pour(struct leg *to, size_t len, unsigned flags, int *fault)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = splice_some(pipe_fds[0], to->fd, len - done, flags);
		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		if (n == -1 && errno != EAGAIN)
			*fault = VB_ESYS;
		break;
	}
	return done;
}

/* Empties the pipe of len bytes that are in it. */
static void
take(uint8_t *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = read(pipe_fds[0], buf + done, len - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			log_fatal("the pipe has lost %zu bytes", len - done);
	}
}

/* One frame of len bytes in the pipe; with more of them behind it. */
static int
send_frame(struct leg *to, size_t len, int has_more, uint8_t *spare)
{
	uint8_t head[WS_SERVER_HEAD_MAX];
	struct iovec iov = {head, ws_encode_head(head, WS_BINARY, len)};
	size_t done = 0;
	int fault, error;

	fault = leg_write_more(to, &iov, 1);
	if (fault == 0 && leg_queued(to) == 0)
		done = pour(to, len, has_more ? SPLICE_F_MORE : 0, &fault);
	error = errno;
	take(spare, len - done);
	errno = error;
	if (fault < 0 || done == len)
		return fault;
	iov.iov_base = spare;
	iov.iov_len = len - done;
	return leg_write(to, &iov, 1);
}

ssize_t
bulk_move(const struct leg *from, struct leg *to, size_t size, uint8_t *spare,
    int *fault)
{
	size_t left, part;
	ssize_t n;
	int error;

	*fault = 0;
	n = splice_some(from->fd, pipe_fds[1], size, 0);
	for (left = n > 0 ? (size_t)n : 0; left > 0; left -= part) {
		part = left < BULK_FRAME_BYTES ? left : BULK_FRAME_BYTES;
		if (*fault == 0) {
			*fault = send_frame(to, part, part < left, spare);
			continue;
		}
		error = errno;
		take(spare, part);
		errno = error;
	}
	return n;
}
