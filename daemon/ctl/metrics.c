/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/sealed.h"
#include "daemon/ctl/daemon.h"
#include "daemon/ctl/metrics.h"

#define TRIES	 20 /* while there is no memory for it */
#define RETRY_MS 250

static int
ask(int fd, const struct msg_ctl_metrics_are **out)
{
	static union proto_any answer;
	struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
	struct msg_ctl_metrics question = {PROTO_VERSION};
	int tries, file;

	*out = &answer.ctl_metrics_are;
	for (tries = 0; tries < TRIES; tries++) {
		daemon_tell(fd, MSG_CTL_METRICS, &question, -1);
		file = daemon_hear_file(fd, MSG_CTL_METRICS_ARE, &answer);
		daemon_check_version(fd, (*out)->proto_version);
		if ((*out)->code == CTL_DONE && file != -1)
			return file;
		if (file != -1)
			close(file);
		nanosleep(&pause, NULL);
	}
	return -1;
}

static int
copy(int file, uint64_t bytes)
{
	char part[4096];
	uint64_t at = 0;
	ssize_t n;

	if (bytes > METRICS_TEXT_MAX || !sealed_is(file))
		return 0;
	for (; at < bytes; at += (uint64_t)n) {
		n = pread(file, part, sizeof(part), (off_t)at);
		if (n <= 0 || fwrite(part, 1, (size_t)n, stdout) != (size_t)n)
			return 0;
	}
	return 1;
}

int
metrics_show(int fd)
{
	const struct msg_ctl_metrics_are *are;
	int file = ask(fd, &are);

	if (file != -1 && copy(file, are->size_bytes))
		return 0;
	fprintf(stderr,
	    "vncbridgectl: the daemon has no metrics now: see its log\n");
	exit(EXIT_NO_DAEMON);
}
