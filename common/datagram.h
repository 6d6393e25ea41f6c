/* SPDX-License-Identifier: ISC */
/*
 * A message as the kernel sees it: one datagram, at most one descriptor.
 */
#ifndef VB_DATAGRAM_H
#define VB_DATAGRAM_H

#include <sys/socket.h>

#include <stddef.h>

#include "common/errors.h"

union datagram_control {
	struct cmsghdr align;
	unsigned char bytes[CMSG_SPACE(sizeof(int))];
};

/*
 * Fills a header for sending len bytes and a descriptor (-1: none). The
 * header refers to iov, control and datagram: **borrowed** until it is sent.
 */
void datagram_fill(struct msghdr *h, struct iovec *iov,
    union datagram_control *control, void *datagram, size_t len, int fd);

/*
 * **Gives** *fd, the descriptor of a received header, or -1. No message has
 * more than one: all are closed, VB_EBADMSG. Returns 0 otherwise.
 */
VB_MUST_CHECK int datagram_take_fd(struct msghdr *h, int *fd);

#endif
