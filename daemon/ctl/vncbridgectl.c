/* SPDX-License-Identifier: ISC */
/*
 * vncbridgectl - the operator's tool: asks a running vncbridged, over its
 * control socket, what it does.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"
#include "daemon/ctl/print.h"

#define EXIT_USAGE	64 /* sysexits.h */
#define EXIT_NO_DAEMON	2
#define ANSWER_SEC	10
#define BROKER_TRIES	20 /* while a new broker starts */
#define BROKER_RETRY_MS 250

static void __attribute__((noreturn)) usage(void)
{
	fprintf(
	    stderr, "usage: vncbridgectl [-j] [-s socket] status | sessions\n");
	exit(EXIT_USAGE);
}

static int
connect_to(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = ANSWER_SEC};
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		fprintf(stderr, "vncbridgectl: %s: path too long\n", path);
		exit(EXIT_USAGE);
	}
	memcpy(sun.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd != -1 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ==
		0 &&
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	if (errno == ENOENT || errno == ECONNREFUSED)
		fprintf(stderr,
		    "vncbridgectl: no vncbridged answers at %s: is it "
		    "running?\n",
		    path);
	else if (errno == EACCES)
		fprintf(stderr,
		    "vncbridgectl: %s: only root and who started the daemon "
		    "may ask\n",
		    path);
	else
		fprintf(
		    stderr, "vncbridgectl: %s: %s\n", path, strerror(errno));
	exit(EXIT_NO_DAEMON);
}

/* Asks, and waits for the answer of that type. Exits when there is none. */
static void
ask(int fd, enum msg_type type, const void *body, enum msg_type wanted,
    union proto_any *answer)
{
	int passed, result;

	result = ipc_write_message(fd, type, body, -1);
	if (result == 0)
		result = ipc_read_message(
		    fd, ROLE_CTL, ROLE_MASTER, answer, &passed);
	if (result == (int)wanted)
		return;
	if (result == VB_EBADMSG)
		fprintf(
		    stderr, "vncbridgectl: the daemon is of another version\n");
	else if (result == VB_ECLOSED ||
	    (result == VB_ESYS && errno == ECONNRESET))
		fprintf(stderr,
		    "vncbridgectl: the daemon closed the "
		    "connection: are you root, or who started it?\n");
	else
		fprintf(stderr, "vncbridgectl: no answer: %s\n",
		    vb_strerror(result));
	exit(EXIT_NO_DAEMON);
}

static void
check_version(uint32_t version)
{
	if (version == PROTO_VERSION)
		return;
	fprintf(stderr,
	    "vncbridgectl: the daemon is of another version: "
	    "restart it after an update\n");
	exit(EXIT_NO_DAEMON);
}

static void
show_status(int fd, int is_json)
{
	static union proto_any answer;
	struct msg_ctl_status question = {PROTO_VERSION};

	ask(fd, MSG_CTL_STATUS, &question, MSG_CTL_STATUS_IS, &answer);
	check_version(answer.ctl_status_is.proto_version);
	if (answer.ctl_status_is.count > CTL_PROCESS_MAX)
		exit(EXIT_NO_DAEMON);
	if (is_json)
		print_status_json(&answer.ctl_status_is);
	else
		print_status(&answer.ctl_status_is);
}

/* One page of sessions; waits while the broker is being replaced. */
static const struct msg_listed *
ask_sessions(int fd, uint64_t after, union proto_any *answer)
{
	struct timespec pause = {.tv_nsec = BROKER_RETRY_MS * 1000000L};
	struct msg_ctl_sessions question;
	int tries;

	for (tries = 0; tries < BROKER_TRIES; tries++) {
		memset(&question, 0, sizeof(question));
		question.proto_version = PROTO_VERSION;
		question.after_conn_id = after;
		ask(fd, MSG_CTL_SESSIONS, &question, MSG_CTL_SESSIONS_ARE,
		    answer);
		check_version(answer->ctl_sessions_are.proto_version);
		if (!answer->ctl_sessions_are.is_unavailable &&
		    answer->ctl_sessions_are.listed.count <= PROTO_LIST_MAX)
			return &answer->ctl_sessions_are.listed;
		nanosleep(&pause, NULL);
	}
	fprintf(stderr,
	    "vncbridgectl: the broker does not answer: see the "
	    "daemon's log\n");
	exit(EXIT_NO_DAEMON);
}

static void
show_sessions(int fd, int is_json)
{
	static union proto_any answer;
	const struct msg_listed *listed;
	uint64_t after = 0;
	unsigned long shown = 0;
	uint32_t i;

	listed = ask_sessions(fd, after, &answer);
	/* only now: half a document is worse than none */
	print_sessions_begin(is_json);
	for (;;) {
		for (i = 0; i < listed->count; i++) {
			print_session(
			    &listed->entries[i], is_json, shown++ == 0);
			after = listed->entries[i].conn_id;
		}
		if (!listed->has_more || listed->count == 0)
			break;
		listed = ask_sessions(fd, after, &answer);
	}
	print_sessions_end(is_json, shown);
}

int
main(int argc, char **argv)
{
	const char *path = VB_RUNSTATEDIR "/vncbridged.sock";
	int ch, fd, is_json = 0;

	while ((ch = getopt(argc, argv, "js:")) != -1) {
		switch (ch) {
		case 'j':
			is_json = 1;
			break;
		case 's':
			path = optarg;
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 1)
		usage();
	if (strcmp(argv[optind], "status") == 0) {
		fd = connect_to(path);
		show_status(fd, is_json);
	} else if (strcmp(argv[optind], "sessions") == 0) {
		fd = connect_to(path);
		show_sessions(fd, is_json);
	} else
		usage();
	close(fd);
	if (fflush(stdout) != 0) {
		fprintf(stderr, "vncbridgectl: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
