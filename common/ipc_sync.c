/* SPDX-License-Identifier: ISC */
/*
 * One message on a blocking socket, without an event loop.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/datagram.h"
#include "common/ipc.h"

int
ipc_write_message(int channel, enum msg_type type, const void *body, int fd)
{
	const struct proto_row *row = proto_row(type);
	struct msg_head head = {type, 0};
	union datagram_control control;
	unsigned char datagram[PROTO_DATAGRAM_MAX];
	struct msghdr header;
	struct iovec iov;
	ssize_t n;

	memcpy(datagram, &head, sizeof(head));
	memcpy(datagram + sizeof(head), body, row->body_size);
	datagram_fill(&header, &iov, &control, datagram,
	    sizeof(head) + row->body_size, fd);
	do
		n = sendmsg(channel, &header, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (fd != -1)
		close(fd);
	if (n == -1)
		return errno == EPIPE ? VB_ECLOSED : VB_ESYS;
	return 0;
}

int
ipc_read_message(int channel, enum proto_role self, enum proto_role peer,
    union proto_any *any, int *fd)
{
	unsigned char datagram[PROTO_DATAGRAM_MAX];
	union datagram_control control;
	struct msghdr header;
	struct iovec iov;
	ssize_t n;
	int result;

	memset(datagram, 0, sizeof(datagram)); /* what is not sent is zero */
	datagram_fill(&header, &iov, NULL, datagram, sizeof(datagram), -1);
	header.msg_control = control.bytes;
	header.msg_controllen = sizeof(control.bytes);
	do
		n = recvmsg(channel, &header, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	*fd = -1;
	if (n <= 0)
		return n == 0 ? VB_ECLOSED : VB_ESYS;
	if ((result = datagram_take_fd(&header, fd)) < 0)
		return result;
	result =
	    proto_check(datagram, (size_t)n, *fd != -1, peer, self, PHASE_ANY);
	if ((header.msg_flags & MSG_TRUNC) &&
	    (result < 0 || !proto_row((uint32_t)result)->is_lasting))
		result = VB_EBADMSG;
	if (result < 0) {
		if (*fd != -1)
			close(*fd);
		*fd = -1;
		return result;
	}
	memcpy(any, datagram + sizeof(struct msg_head),
	    proto_row((uint32_t)result)->body_size);
	return result;
}

void
ipc_log_early(int level, const char *line, void *arg)
{
	const int *channel = arg;
	struct msg_log log;

	memset(&log, 0, sizeof(log));
	log.level = (uint32_t)level;
	strncpy(log.line, line, sizeof(log.line) - 1);
	if (ipc_write_message(*channel, MSG_LOG, &log, -1) < 0)
		fprintf(stderr, "%s\n", line);
}
