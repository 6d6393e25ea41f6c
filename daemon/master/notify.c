/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/master/notify.h"

static int notify_fd = -1;
static int parent_fd = -1;
static int null_fd = -1;

void
notify_open(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path == NULL ? 0 : strlen(path);

	if (len < 2 || len >= sizeof(sun.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(sun.sun_path, path, len);
	if (path[0] == '@') /* the abstract name space */
		sun.sun_path[0] = '\0';
	notify_fd =
	    socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify_fd == -1 ||
	    connect(notify_fd, (struct sockaddr *)&sun,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) ==
		-1) {
		log_warn("NOTIFY_SOCKET: %s", strerror(errno));
		if (notify_fd != -1)
			close(notify_fd);
		notify_fd = -1;
	}
	unsetenv("NOTIFY_SOCKET");
}

void
notify_send(const char *state)
{
	if (notify_fd == -1)
		return;
	if (send(notify_fd, state, strlen(state), MSG_NOSIGNAL) == -1)
		log_warn("NOTIFY_SOCKET: %s", strerror(errno));
}

/* The first process waits for the word of the second. */
static void __attribute__((noreturn)) wait_for_child(int fd, pid_t pid)
{
	char byte;
	ssize_t n;
	int status;

	do
		n = read(fd, &byte, 1);
	while (n == -1 && errno == EINTR);
	if (n == 1)
		_exit(0);
	/* it has ended, and has said why on standard error */
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	    WEXITSTATUS(status) != 0)
		_exit(WEXITSTATUS(status));
	_exit(1);
}

int
notify_daemonize(void)
{
	int pipe_fds[2];
	pid_t pid;

	/* opened now: the sandbox will not allow it */
	if ((null_fd = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1 ||
	    pipe2(pipe_fds, O_CLOEXEC) == -1)
		return VB_ESYS;
	if ((pid = fork()) == -1)
		return VB_ESYS;
	if (pid != 0) {
		close(pipe_fds[1]);
		wait_for_child(pipe_fds[0], pid);
	}
	close(pipe_fds[0]);
	parent_fd = pipe_fds[1];
	if (setsid() == -1 || chdir("/") == -1)
		return VB_ESYS;
	return 0;
}

void
notify_parent(void)
{
	if (parent_fd == -1)
		return;
	if (write(parent_fd, "", 1) == -1)
		log_warn("the starting process has gone");
	close(parent_fd);
	parent_fd = -1;
	/* errors of the start went to the terminal, too */
	dup2(null_fd, STDIN_FILENO);
	dup2(null_fd, STDOUT_FILENO);
	dup2(null_fd, STDERR_FILENO);
	close(null_fd);
	null_fd = -1;
}
