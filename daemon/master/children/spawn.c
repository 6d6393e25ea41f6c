/* SPDX-License-Identifier: ISC */
#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/door.h"
#include "common/process.h"
#include "common/sandbox.h"
#include "daemon/master/children/spawn.h"

#define ENVIRONMENT_MAX 8
#define EXEC_FAILED	127			/* as a shell says it */
#define PROGRAM_FD	(PROCESS_MASTER_FD + 1) /* until it runs */

static int null_fd = -1;
static int stderr_fd = -1;

static struct program {
	enum proto_role role;
	const char *path;
	int fd; /* as it was at the start, whatever is at path later */
} programs[] = {
    {ROLE_WORKER, VB_LIBEXECDIR "/vncbridge-worker", -1},
    {ROLE_BROKER, VB_LIBEXECDIR "/vncbridge-broker", -1},
    {ROLE_KEEPER, VB_LIBEXECDIR "/vncbridge-keeper", -1},
    {ROLE_AUTH, VB_LIBEXECDIR "/vncbridge-auth", -1},
    {ROLE_FETCH, VB_LIBEXECDIR "/vncbridge-fetch", -1},
    {ROLE_RUNNER, VB_LIBEXECDIR "/vncbridge-runner", -1},
    {ROLE_PAM, VB_LIBEXECDIR "/vncbridge-pam", -1}, /* not in all builds */
};

#define PROGRAM_COUNT (sizeof(programs) / sizeof(programs[0]) - !VB_HAS_PAM)

/* Not for reading: only to be run, and out of the way of a child's own. */
static int
open_program(struct program *program)
{
	int fd = open(program->path, O_PATH | O_CLOEXEC);

	if (fd == -1)
		return VB_ESYS;
	program->fd = fcntl(fd, F_DUPFD_CLOEXEC, PROGRAM_FD);
	close(fd);
	return program->fd == -1 ? VB_ESYS : 0;
}

int
spawn_prepare(int keep_stderr, char *error, size_t error_size)
{
	size_t i;

	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	stderr_fd =
	    keep_stderr && sandbox_build_reports ? STDERR_FILENO : null_fd;
	if (null_fd == -1)
		return VB_ESYS;
	for (i = 0; i < PROGRAM_COUNT; i++) {
		if (open_program(&programs[i]) == 0)
			continue;
		snprintf(error, error_size, "%s: %s", programs[i].path,
		    strerror(errno));
		return VB_ESYS;
	}
	return 0;
}

const char *
spawn_program(size_t i)
{
	return i < PROGRAM_COUNT ? programs[i].path : NULL;
}

static const struct program *
program_of(enum proto_role role)
{
	size_t i;

	for (i = 0; programs[i].role != role; i++)
		continue;
	return &programs[i];
}

/* What the build's instrumentation reads; usually nothing. */
static void
fill_environment(char *environment[ENVIRONMENT_MAX])
{
	const char *const *name;
	const char *value;
	size_t n = 0;

	for (name = sandbox_build_environment; *name != NULL; name++) {
		if ((value = getenv(*name)) == NULL || n == ENVIRONMENT_MAX - 1)
			continue;
		if (asprintf(&environment[n], "%s=%s", *name, value) != -1)
			n++;
	}
	environment[n] = NULL;
}

static void __attribute__((noreturn)) run_program(const struct program *program,
    const char *word, int channel, char **environment)
{
	char *argv[] = {
	    strrchr(program->path, '/') + 1, (char *)(uintptr_t)word, NULL};
	sigset_t none;

	/* no orphan, even if the master has no time to say goodbye */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(null_fd, STDIN_FILENO) == -1 ||
	    dup2(null_fd, STDOUT_FILENO) == -1 ||
	    dup2(stderr_fd, STDERR_FILENO) == -1)
		_exit(EXEC_FAILED);
	if (channel == PROCESS_MASTER_FD)
		fcntl(channel, F_SETFD, 0);
	else if (dup2(channel, PROCESS_MASTER_FD) == -1)
		_exit(EXEC_FAILED);
	if (program->fd != PROGRAM_FD &&
	    dup3(program->fd, PROGRAM_FD, O_CLOEXEC) == -1)
		_exit(EXEC_FAILED);
	close_range(PROGRAM_FD + 1, ~0u, 0);
	execveat(PROGRAM_FD, "", argv, environment, AT_EMPTY_PATH);
	_exit(EXEC_FAILED);
}

static void __attribute__((noreturn))
run_child(const struct child *child, int channel)
{
	char *environment[ENVIRONMENT_MAX], index[16];

	fill_environment(environment);
	/* the number is for ps(1); the program does not look at it */
	snprintf(index, sizeof(index), "%u", child->index);
	run_program(program_of(child->role),
	    child->role == ROLE_WORKER ? index : NULL, channel, environment);
}

/* The runner is not to be in the sandbox of who asks for it. */
static pid_t
fork_child(const struct child *child, int channel)
{
	pid_t pid;

	if (child->role == ROLE_RUNNER && door_is_there())
		return door_fork(channel);
	if ((pid = fork()) == 0)
		run_child(child, channel);
	return pid;
}

int
spawn_child(struct child *child, int *channel)
{
	int pair[2];
	pid_t pid;

	*channel = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		0, pair) == -1)
		return VB_ESYS;
	if ((pid = fork_child(child, pair[1])) < 0) {
		close(pair[0]);
		close(pair[1]);
		return VB_ESYS;
	}
	close(pair[1]);
	child->pid = pid;
	*channel = pair[0];
	return 0;
}

/* Its environment is the daemon's: some of it is for commands. */
int
spawn_open_door(const struct privs *privs)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return VB_ESYS;
	if ((pid = fork()) == 0) {
		if (privs_drop_for_commands(privs) < 0)
			_exit(EXEC_FAILED);
		run_program(
		    program_of(ROLE_RUNNER), DOOR_WORD, pair[1], environ);
	}
	close(pair[1]);
	if (pid == -1) {
		close(pair[0]);
		return VB_ESYS;
	}
	door_use(pair[0], pid);
	return 0;
}
