/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/tcp.h"
#include "daemon/bundle/folder.h"
#include "daemon/bundle/listen.h"
#include "daemon/bundle/privs.h"

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
	    tcp_set_listener_buffers(fd, socket_buffer_bytes) < 0)
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
	else if (errno == EACCES && geteuid() == 0 &&
	    !privs_has(CAP_NET_BIND_SERVICE))
		snprintf(error, error_size,
		    "listen %s: ports below %d need CAP_NET_BIND_SERVICE, "
		    "which root does not have here: give it, or lower "
		    "net.ipv4.ip_unprivileged_port_start",
		    text, FIRST_FREE_PORT);
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

/* A bound one. Returns 0, or VB_ESYS with errno and what has failed. */
static int
bind_socket(const struct addr *addr, uint32_t socket_buffer_bytes, int *fd,
    const char **failed)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(addr, &ss);

	*fd =
	    socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd == -1)
		*failed = "socket";
	else if (set_options(*fd, addr, socket_buffer_bytes) == -1)
		*failed = "setsockopt";
	else if (bind(*fd, (struct sockaddr *)&ss, len) == -1)
		*failed = "bind";
	else
		return 0;
	return VB_ESYS;
}

int
listen_open(const struct addr *addr, unsigned backlog,
    uint32_t socket_buffer_bytes, int *fd, char *error, size_t error_size)
{
	const char *failed = "listen";
	int saved;

	if (bind_socket(addr, socket_buffer_bytes, fd, &failed) == 0 &&
	    listen(*fd, (int)backlog) == 0)
		return 0;
	saved = errno;
	explain(addr, failed, error, error_size);
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	errno = saved;
	return VB_ESYS;
}

int
listen_check(const struct addr *addr, uint32_t socket_buffer_bytes, char *error,
    size_t error_size)
{
	const char *failed;
	int fd, saved, result;

	if ((result = bind_socket(addr, socket_buffer_bytes, &fd, &failed)) <
	    0) {
		saved = errno;
		explain(addr, failed, error, error_size);
	}
	if (fd != -1)
		close(fd);
	if (result < 0)
		errno = saved;
	return result;
}

/*
 * What is wrong with what is at the path; NULL: nothing, or a socket that
 * no one listens on, which a start removes. *is_answered: a daemon does.
 */
static const char *
look_at_path(const struct sockaddr_un *sun, int *is_stale, int *is_answered)
{
	const char *what = NULL;
	struct stat st;
	int fd, saved;

	*is_stale = *is_answered = 0;
	if (lstat(sun->sun_path, &st) == -1)
		return NULL; /* bind says why, if not because it is free */
	/* nonblocking: a daemon that is stopped must not stop this one */
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (!S_ISSOCK(st.st_mode)) {
		what = "it exists already, and is not a socket";
		errno = EEXIST;
	} else if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) ==
		0 ||
	    errno == EAGAIN) {
		what = "another vncbridged answers there";
		*is_answered = 1;
	} else if (errno == EPROTOTYPE)
		what = "it is another program's socket";
	else if (errno != ECONNREFUSED)
		what = strerror(errno);
	else
		*is_stale = 1;
	saved = errno;
	if (fd != -1)
		close(fd);
	errno = saved;
	return what;
}

static int
set_path(
    struct sockaddr_un *sun, const char *path, char *error, size_t error_size)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun->sun_path)) {
		snprintf(error, error_size, "control-socket %s: path too long",
		    path);
		return VB_ERANGE;
	}
	memcpy(sun->sun_path, path, strlen(path));
	return 0;
}

int
listen_check_control(
    const char *path, int *is_answered, char *error, size_t error_size)
{
	struct sockaddr_un sun;
	const char *what;
	int is_stale, result;

	*is_answered = 0;
	if ((result = set_path(&sun, path, error, error_size)) < 0)
		return result;
	what = look_at_path(&sun, &is_stale, is_answered);
	if (what != NULL && !*is_answered) {
		result = errno == EACCES ? VB_ESYS : VB_EFULL;
		snprintf(
		    error, error_size, "control-socket %s: %s", path, what);
		return result;
	}
	if (folder_check(path) == 0)
		return 0;
	snprintf(
	    error, error_size, "control-socket %s: %s", path, strerror(errno));
	return VB_ESYS;
}

int
listen_open_control(
    const char *path, gid_t group, int *fd, char *error, size_t error_size)
{
	struct sockaddr_un sun;
	const char *what;
	mode_t mask;
	int is_stale, is_answered, result;

	*fd = -1;
	if ((result = set_path(&sun, path, error, error_size)) < 0)
		return result;
	what = look_at_path(&sun, &is_stale, &is_answered);
	if (what == NULL && is_stale && unlink(path) == -1)
		what = strerror(errno);
	if (what != NULL) {
		snprintf(
		    error, error_size, "control-socket %s: %s", path, what);
		return VB_EFULL;
	}
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd == -1)
		goto fail;
	mask = umask(group == (gid_t)-1 ? 0177 : 0117);
	result = bind(*fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	/* no one can connect yet: it does not listen */
	if (result == 0 && group != (gid_t)-1)
		result = lchown(path, (uid_t)-1, group);
	if (result == -1 || listen(*fd, CONTROL_BACKLOG) == -1)
		goto fail;
	return 0;
fail:
	snprintf(error, error_size, "control-socket %s: %s%s", path,
	    strerror(errno),
	    errno == EROFS ? ": name another folder, or switch it off with "
			     "control-socket = \"\""
			   : "");
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	return VB_ESYS;
}
