/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/tcp.h"
#include "daemon/master/listen.h"

#define FIRST_FREE_PORT 1024 /* below, binding is a privilege */
#define CONTROL_BACKLOG 16

static int
set_options(int fd, const struct addr *addr, uint32_t socket_buffer_bytes)
{
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		return -1;
	/* "[::]:6080" beside "0.0.0.0:6080" must be possible */
	if (addr->family == ADDR_V6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == -1)
		return -1;
	if (tcp_set_options(fd, addr) < 0 ||
	    tcp_set_buffers(fd, TCP_CLIENT, socket_buffer_bytes) < 0)
		return -1;
	return 0;
}

static void
explain(
    const struct addr *addr, const char *what, char *error, size_t error_size)
{
	char text[ADDR_TEXT_MAX];

	addr_format(addr, text);
	if (errno == EADDRINUSE)
		snprintf(error, error_size,
		    "listen %s: port %u is in use by another program", text,
		    addr->port);
	else if (errno == EACCES && addr->port < FIRST_FREE_PORT)
		snprintf(error, error_size,
		    "listen %s: ports below %d need root at the start", text,
		    FIRST_FREE_PORT);
	else if (errno == EADDRNOTAVAIL)
		snprintf(error, error_size,
		    "listen %s: no such address on this host", text);
	else
		snprintf(error, error_size, "listen %s: %s: %s", text, what,
		    strerror(errno));
}

int
listen_open(const struct addr *addr, unsigned backlog,
    uint32_t socket_buffer_bytes, int *fd, char *error, size_t error_size)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(addr, &ss);
	const char *failed;
	int saved;

	*fd =
	    socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd == -1)
		failed = "socket";
	else if (set_options(*fd, addr, socket_buffer_bytes) == -1)
		failed = "setsockopt";
	else if (bind(*fd, (struct sockaddr *)&ss, len) == -1)
		failed = "bind";
	else if (listen(*fd, (int)backlog) == -1)
		failed = "listen";
	else
		return 0;
	saved = errno;
	explain(addr, failed, error, error_size);
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	errno = saved;
	return VB_ESYS;
}

/*
 * Makes the path free: a socket that nobody listens on is removed. One that
 * answers is another daemon's; what else there is stays, whatever it is.
 * Returns 0, or VB_EFULL with error set.
 */
static int
remove_stale(const struct sockaddr_un *sun, char *error, size_t error_size)
{
	const char *path = sun->sun_path, *what = NULL;
	struct stat st;
	int fd;

	if (lstat(path, &st) == -1)
		return 0; /* bind says why, if not because it is free */
	/* nonblocking: a daemon that stands still must not stop this one */
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (!S_ISSOCK(st.st_mode))
		what = "it is there already, and is no socket";
	else if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ||
	    errno == EAGAIN)
		what = "another vncbridged answers there";
	else if (errno == EPROTOTYPE)
		what = "it is another program's socket";
	else if (errno != ECONNREFUSED)
		what = strerror(errno);
	else if (unlink(path) == -1)
		what = strerror(errno);
	if (fd != -1)
		close(fd);
	if (what == NULL)
		return 0;
	snprintf(error, error_size, "control-socket %s: %s", path, what);
	return VB_EFULL;
}

int
listen_open_control(
    const char *path, gid_t group, int *fd, char *error, size_t error_size)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	mode_t mask;
	int result;

	*fd = -1;
	if (strlen(path) >= sizeof(sun.sun_path)) {
		snprintf(error, error_size, "control-socket %s: path too long",
		    path);
		return VB_ERANGE;
	}
	memcpy(sun.sun_path, path, strlen(path));
	if (remove_stale(&sun, error, error_size) < 0)
		return VB_EFULL;
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd == -1)
		goto fail;
	mask = umask(group == (gid_t)-1 ? 0177 : 0117);
	result = bind(*fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	/* nobody can connect yet: it does not listen */
	if (result == 0 && group != (gid_t)-1)
		result = lchown(path, (uid_t)-1, group);
	if (result == -1 || listen(*fd, CONTROL_BACKLOG) == -1)
		goto fail;
	return 0;
fail:
	snprintf(
	    error, error_size, "control-socket %s: %s", path, strerror(errno));
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	return VB_ESYS;
}
