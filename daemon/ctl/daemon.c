/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "daemon/ctl/daemon.h"
#include "daemon/ctl/print.h"

#define ANSWER_SEC 10

void
daemon_set_patience(int fd, unsigned sec)
{
	struct timeval limit = {.tv_sec = (time_t)sec};

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ==
		0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0)
		return;
	fprintf(stderr, "vncbridgectl: setsockopt: %s\n", strerror(errno));
	exit(EXIT_NO_DAEMON);
}

int
daemon_connect(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		fprintf(stderr, "vncbridgectl: %s: path too long\n", path);
		exit(EXIT_USAGE);
	}
	memcpy(sun.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd != -1)
		daemon_set_patience(fd, ANSWER_SEC); /* also to be accepted */
	if (fd != -1 && connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	if (errno == EAGAIN)
		fprintf(stderr, "vncbridgectl: the daemon does not answer\n");
	else if (errno == ENOENT || errno == ECONNREFUSED)
		fprintf(stderr,
		    "vncbridgectl: no vncbridged answers at %s: is it "
		    "running, with this control-socket? (-s names another)\n",
		    path);
	else if (errno == EACCES)
		fprintf(stderr,
		    "vncbridgectl: %s: only root, the user who started the "
		    "daemon, and control-group may ask\n",
		    path);
	else
		fprintf(
		    stderr, "vncbridgectl: %s: %s\n", path, strerror(errno));
	exit(EXIT_NO_DAEMON);
}

static void __attribute__((noreturn)) give_up(int result)
{
	if (result == VB_EBADMSG || result >= 0)
		fprintf(
		    stderr, "vncbridgectl: the daemon is of another version\n");
	else if (result == VB_ECLOSED ||
	    (result == VB_ESYS && errno == ECONNRESET))
		fprintf(stderr,
		    "vncbridgectl: the daemon closed the connection: are you "
		    "root, or the user who started it? See its log. (Stop a "
		    "much older one with its init script or kill -TERM.)\n");
	else if (result == VB_ESYS && errno == EAGAIN)
		fprintf(stderr, "vncbridgectl: the daemon does not answer\n");
	else
		fprintf(stderr, "vncbridgectl: no answer: %s\n",
		    vb_strerror(result));
	exit(EXIT_NO_DAEMON);
}

void
daemon_tell(int fd, enum msg_type type, const void *body, int passed)
{
	int result = ipc_write_message(fd, type, body, passed);

	if (result < 0)
		give_up(result);
}

static void __attribute__((noreturn)) tell_other(const char *version)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "the running vncbridged is version %s, this is %s: it does not "
	    "know this command; restart it",
	    version, PACKAGE_VERSION);
	print_fault("", text);
	exit(EXIT_NO_DAEMON);
}

int
daemon_hear_file(int fd, enum msg_type wanted, union proto_any *answer)
{
	int passed, result;

	result = ipc_read_message(fd, ROLE_CTL, ROLE_MASTER, answer, &passed);
	if (result == MSG_CTL_UNKNOWN &&
	    PROTO_IS_TEXT(answer->ctl_unknown.version))
		tell_other(answer->ctl_unknown.version);
	if (result != (int)wanted)
		give_up(result);
	return passed;
}

void
daemon_hear(int fd, enum msg_type wanted, union proto_any *answer)
{
	(void)daemon_hear_file(fd, wanted, answer);
}

void
daemon_wait_end(int fd)
{
	union proto_any any;
	int passed, result;

	result = ipc_read_message(fd, ROLE_CTL, ROLE_MASTER, &any, &passed);
	if (result != VB_ECLOSED && !(result == VB_ESYS && errno == ECONNRESET))
		give_up(result);
}

void
daemon_check_version(int fd, uint32_t version)
{
	static union proto_any answer;
	struct msg_ctl_status question = {PROTO_VERSION};

	if (version == PROTO_VERSION)
		return;
	daemon_tell(fd, MSG_CTL_STATUS, &question, -1);
	daemon_hear(fd, MSG_CTL_STATUS_IS, &answer);
	tell_other(PROTO_IS_TEXT(answer.ctl_status_is.version)
		? answer.ctl_status_is.version
		: "unknown");
}

void
daemon_check_code(uint32_t code, const char *text)
{
	if (code == CTL_DONE)
		return;
	if (code == CTL_FORBIDDEN)
		text = "only root and the daemon's own user may do that";
	print_fault("", text);
	exit(EXIT_FAULT);
}
