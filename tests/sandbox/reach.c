/* SPDX-License-Identifier: ISC */
/* Ways to reach a port, a process or a socket that are no connect or kill. */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "tests/sandbox/attempts.h"

#define PATIENCE_MS 5000

static pid_t victim;
static struct sockaddr_un abstract;
static socklen_t abstract_len;

/* A process of the same user, which is not of the sandbox. */
int
reach_make_victim(void)
{
	if ((victim = fork()) == 0) {
		/* it ends with who has made it */
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		pause();
		_exit(0);
	}
	return victim == -1 ? -1 : 0;
}

/* Whether a signal to the victim was sent; it does not outlive this. */
static int
has_hit(int result)
{
	int status = 0;

	if (result == -1)
		return -1;
	return waitpid(victim, &status, 0) == victim && WIFSIGNALED(status)
	    ? 0
	    : -1;
}

int
reach_kill(int made)
{
	(void)made;
	return has_hit(kill(victim, SIGKILL));
}

/* The kernel sends the signal, when bytes arrive. */
int
reach_by_owner(int made)
{
	int pair[2];

	(void)made;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1 ||
	    fcntl(pair[0], F_SETOWN, victim) == -1 ||
	    fcntl(pair[0], F_SETSIG, SIGKILL) == -1 ||
	    fcntl(pair[0], F_SETFL, O_ASYNC) == -1)
		return -1;
	return has_hit(send(pair[1], "x", 1, 0) == 1 ? 0 : -1);
}

/* A listener, and where it is. */
static int
fast_open_to(int listener, int how)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	struct iovec iov = {(char *)(uintptr_t) "x", 1};
	struct mmsghdr h = {.msg_hdr = {.msg_name = &sin,
				.msg_namelen = sizeof(sin),
				.msg_iov = &iov,
				.msg_iovlen = 1}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), n;
	struct pollfd pfd = {listener, POLLIN, 0};

	if (fd == -1 ||
	    getsockname(listener, (struct sockaddr *)&sin, &len) == -1)
		return -1;
	if (how == 0)
		n = (int)sendto(fd, "x", 1, MSG_FASTOPEN,
		    (struct sockaddr *)&sin, sizeof(sin));
	else if (how == 1)
		n = (int)sendmsg(fd, &h.msg_hdr, MSG_FASTOPEN);
	else
		n = sendmmsg(fd, &h, 1, MSG_FASTOPEN);
	return n == 1 && poll(&pfd, 1, PATIENCE_MS) == 1 ? 0 : -1;
}

int
reach_by_sendto(int listener)
{
	return fast_open_to(listener, 0);
}

int
reach_by_sendmsg(int listener)
{
	return fast_open_to(listener, 1);
}

int
reach_by_sendmmsg(int listener)
{
	return fast_open_to(listener, 2);
}

/* The name that the kernel gives is in no folder. */
int
reach_make_abstract(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	abstract.sun_family = AF_UNIX;
	abstract_len = sizeof(abstract);
	if (fd == -1 ||
	    bind(fd, (struct sockaddr *)&abstract, sizeof(sa_family_t)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&abstract, &abstract_len) == -1)
		return -1;
	return fd;
}

int
reach_abstract(int made)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)made;
	if (fd == -1)
		return -1;
	return connect(fd, (struct sockaddr *)&abstract, abstract_len);
}
