/* SPDX-License-Identifier: ISC */
#include <sys/wait.h>

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "common/orphans.h"

/* proc(5): numbers, a space behind each; of this thread, which is the first */
#define CHILDREN  "/proc/thread-self/children"

#define END_TRIES 100	    /* looks for what is left, at the end */
#define END_NSEC  10000000L /* between two of them */

static int
end_one(orphans_is_own *is_own, const void *arg, pid_t pid)
{
	return pid > 1 && !is_own(arg, pid) && kill(pid, SIGKILL) == 0;
}

int
orphans_kill(orphans_is_own *is_own, const void *arg)
{
	int fd = open(CHILDREN, O_RDONLY | O_CLOEXEC), killed = 0;
	char bytes[4096];
	ssize_t i, n;
	pid_t pid = 0;

	if (fd == -1)
		return VB_ESYS;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		for (i = 0; i < n; i++) {
			if (isdigit((unsigned char)bytes[i])) {
				pid = pid * 10 + (bytes[i] - '0');
				continue;
			}
			killed += end_one(is_own, arg, pid);
			pid = 0;
		}
	}
	close(fd);
	return n == 0 ? killed : VB_ESYS;
}

static int
is_none(const void *arg, pid_t pid)
{
	(void)arg;
	(void)pid;
	return 0;
}

void
orphans_end(void)
{
	struct timespec pause = {.tv_nsec = END_NSEC};
	pid_t pid;
	int i;

	for (i = 0; i < END_TRIES; i++) {
		if (orphans_kill(is_none, NULL) < 0)
			return;
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			continue;
		if (pid == -1)
			return; /* there is none */
		nanosleep(&pause, NULL);
	}
}
