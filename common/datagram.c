/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>

#include "common/datagram.h"

#define FDS_SLOT 2 /* what CMSG_SPACE of one int has room for */

void
datagram_fill(struct msghdr *h, struct iovec *iov,
    union datagram_control *control, void *datagram, size_t len, int fd)
{
	struct cmsghdr *cmsg;

	memset(h, 0, sizeof(*h));
	iov->iov_base = datagram;
	iov->iov_len = len;
	h->msg_iov = iov;
	h->msg_iovlen = 1;
	if (fd == -1)
		return;
	memset(control, 0, sizeof(*control));
	h->msg_control = control->bytes;
	h->msg_controllen = sizeof(control->bytes);
	cmsg = CMSG_FIRSTHDR(h);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
}

int
datagram_take_fd(struct msghdr *h, int *fd)
{
	struct cmsghdr *cmsg;
	int fds[FDS_SLOT], result = 0;
	size_t n, i;

	*fd = -1;
	for (cmsg = CMSG_FIRSTHDR(h); cmsg != NULL;
	     cmsg = CMSG_NXTHDR(h, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (n > FDS_SLOT)
			n = FDS_SLOT;
		memcpy(fds, CMSG_DATA(cmsg), n * sizeof(int));
		for (i = 0; i < n; i++) {
			if (*fd == -1 && n == 1) {
				*fd = fds[i];
				continue;
			}
			close(fds[i]);
			result = VB_EBADMSG;
		}
	}
	return result;
}
