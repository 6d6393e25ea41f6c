/* SPDX-License-Identifier: ISC */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/door.h"
#include "common/process.h"

#define ANSWER_MS 2000 /* it does nothing else */
#define END_TRIES 100
#define END_MS	  10 /* between two looks for its end */

enum door_wish {
	DOOR_FORK,
	DOOR_KILL
};

struct door_ask {
	uint32_t number; /* an answer to an earlier one is passed over */
	uint32_t wish;
	int32_t pid;
};

struct door_said {
	uint32_t number;
	int32_t result; /* a process, 0, or -1 */
};

union fd_room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* ---- the master's end ---- */

static int door = -1;
static pid_t door_pid;
static uint32_t last_number;

void
door_use(int fd, pid_t pid)
{
	door = fd;
	door_pid = pid;
}

void
door_shut(void)
{
	int i;

	if (door == -1)
		return;
	close(door);
	door = -1;
	for (i = 0; i < END_TRIES && waitpid(door_pid, NULL, WNOHANG) == 0; i++)
		poll(NULL, 0, END_MS); /* the sandbox has no nanosleep(2) */
}

int
door_is_there(void)
{
	return door != -1;
}

void
door_lost(void)
{
	close(door);
	door = -1;
}

int
door_is(pid_t pid)
{
	return door != -1 && pid == door_pid;
}

static int
ask(const struct door_ask *ask, int fd)
{
	struct iovec iov = {(void *)(uintptr_t)ask, sizeof(*ask)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union fd_room room = {0};
	struct cmsghdr *head;

	if (fd != -1) {
		msg.msg_control = room.bytes;
		msg.msg_controllen = sizeof(room.bytes);
		head = CMSG_FIRSTHDR(&msg);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &fd, sizeof(int));
	}
	return sendmsg(door, &msg, MSG_NOSIGNAL) == (ssize_t)sizeof(*ask)
	    ? 0
	    : VB_ESYS;
}

static int
hear(uint32_t number)
{
	struct pollfd pfd = {.fd = door, .events = POLLIN};
	struct iovec iov;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct door_said said;
	ssize_t n;
	int result;

	for (;;) {
		iov.iov_base = &said;
		iov.iov_len = sizeof(said);
		result = poll(&pfd, 1, ANSWER_MS);
		if (result == -1 && errno == EINTR)
			continue; /* a child has died, say */
		if (result != 1)
			return VB_ESYS;
		n = recvmsg(door, &msg, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return VB_ESYS;
		if (n == (ssize_t)sizeof(said) && said.number == number)
			return said.result == -1 ? VB_ESYS : said.result;
	}
}

pid_t
door_fork(int channel)
{
	struct door_ask wish = {++last_number, DOOR_FORK, 0};
	int result = ask(&wish, channel);

	return result < 0 ? result : hear(wish.number);
}

int
door_kill(pid_t pid)
{
	struct door_ask wish = {++last_number, DOOR_KILL, (int32_t)pid};
	int result = ask(&wish, -1);

	return result < 0 ? result : hear(wish.number);
}

/* ---- the door ---- */

static int
fd_of(struct msghdr *msg)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (head != NULL && head->cmsg_level == SOL_SOCKET &&
	    head->cmsg_type == SCM_RIGHTS &&
	    head->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(head), sizeof(int));
	return fd;
}

/* With the master it ends, too, even if that has no time to say goodbye. */
static void
enter(int channel)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (dup2(channel, PROCESS_MASTER_FD) == -1)
		_exit(1);
	closefrom(PROCESS_MASTER_FD + 1);
}

/* Returns 1 in the new process. */
static int
serve_one(void)
{
	struct door_ask wish;
	struct iovec iov = {&wish, sizeof(wish)};
	union fd_room room = {0};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = room.bytes,
	    .msg_controllen = sizeof(room.bytes)};
	static pid_t runner;
	struct door_said said;
	ssize_t n = recvmsg(PROCESS_MASTER_FD, &msg, MSG_CMSG_CLOEXEC);
	int channel;

	if (n == -1 && errno == EINTR)
		return 0;
	if (n != (ssize_t)sizeof(wish))
		_exit(n == 0 ? 0 : 1);
	channel = fd_of(&msg);
	said.number = wish.number;
	said.result = -1;
	if (wish.wish == DOOR_KILL) {
		/* nothing else than what it has started, and that once */
		if (wish.pid > 0 && wish.pid == runner)
			said.result = kill(wish.pid, SIGKILL);
	} else if (channel != -1)
		said.result = (int32_t)syscall(
		    SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	if (said.result == 0 && wish.wish == DOOR_FORK) {
		enter(channel);
		return 1;
	}
	if (wish.wish == DOOR_FORK && said.result > 0)
		runner = said.result;
	if (channel != -1)
		close(channel);
	if (send(PROCESS_MASTER_FD, &said, sizeof(said), MSG_NOSIGNAL) == -1)
		_exit(1);
	return 0;
}

void
door_serve(void)
{
	static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE};
	size_t i;

	/* the master alone decides what they mean */
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	while (!serve_one())
		continue;
}
