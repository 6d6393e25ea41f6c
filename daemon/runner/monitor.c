/* SPDX-License-Identifier: ISC */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/orphans.h"
#include "common/process.h"
#include "daemon/runner/monitor.h"

#define CHANNEL_FD 3
#define INPUT_FD   4
#define OUTPUT_FD  5
#define ABOVE_FD   16  /* out of the way of these */
#define CANNOT_RUN 127 /* as a shell says it */

static void
say(enum monitor_word word, int value)
{
	struct monitor_said said = {word, value};

	/* without a runner there is no one to tell, and it is about to end */
	(void)!send(CHANNEL_FD, &said, sizeof(said), MSG_NOSIGNAL);
}

/* Nothing else of the runner's is open. */
static void
place_descriptors(const struct monitor_start *start)
{
	int channel = fcntl(start->channel, F_DUPFD_CLOEXEC, ABOVE_FD);
	int input = fcntl(start->input, F_DUPFD_CLOEXEC, ABOVE_FD);
	int output = fcntl(start->output, F_DUPFD_CLOEXEC, ABOVE_FD);

	if (channel == -1 || input == -1 || output == -1 ||
	    dup3(channel, CHANNEL_FD, O_CLOEXEC) == -1 ||
	    dup3(input, INPUT_FD, O_CLOEXEC) == -1 ||
	    dup3(output, OUTPUT_FD, O_CLOEXEC) == -1)
		_exit(1);
	closefrom(OUTPUT_FD + 1);
}

static void
reset_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* As a login has them: the daemon may have raised its own. */
static void
lower_limits(void)
{
	static const struct {
		int resource;
		rlim_t soft;
		rlim_t hard;
	} rows[] = {
	    {RLIMIT_NOFILE, 1024, RLIM_INFINITY},
	    {RLIMIT_MEMLOCK, 8 * 1024 * 1024, 8 * 1024 * 1024},
	};
	struct rlimit limit;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (getrlimit(rows[i].resource, &limit) == -1)
			continue;
		if (limit.rlim_max > rows[i].hard)
			limit.rlim_max = rows[i].hard;
		if (limit.rlim_cur > rows[i].soft)
			limit.rlim_cur = rows[i].soft;
		setrlimit(rows[i].resource, &limit);
	}
}

static void __attribute__((noreturn)) become(const struct hook_call *call)
{
	static const char words[] = "cannot be run: ";
	const char *why;

	reset_signals();
	lower_limits();
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (setsid() == -1 || chdir("/") == -1 ||
	    dup2(INPUT_FD, STDIN_FILENO) == -1 ||
	    dup2(OUTPUT_FD, STDOUT_FILENO) == -1 ||
	    dup2(OUTPUT_FD, STDERR_FILENO) == -1)
		_exit(CANNOT_RUN);
	closefrom(STDERR_FILENO + 1);
	execve(call->argv[0], call->argv, call->envp);
	why = strerror(errno);
	if (write(STDERR_FILENO, words, sizeof(words) - 1) != -1)
		(void)!write(STDERR_FILENO, why, strlen(why));
	_exit(CANNOT_RUN);
}

/* Returns 1, and its status, when the command has ended; reaps all. */
static int
reap(pid_t command, int *status)
{
	int result, ended = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &result, WNOHANG)) > 0) {
		if (pid != command)
			continue;
		*status = result;
		ended = 1;
	}
	return ended;
}

/* Its group first, in one piece: then forks can't outrun it. */
static void __attribute__((noreturn)) end_all(pid_t command)
{
	kill(-command, SIGKILL);
	orphans_end();
	_exit(0);
}

static int
watch_children(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void __attribute__((noreturn))
watch(pid_t command, int signals, int may_leave)
{
	struct pollfd fds[] = {{.fd = CHANNEL_FD, .events = POLLIN},
	    {.fd = signals, .events = POLLIN}};
	struct signalfd_siginfo info;
	int status;

	for (;;) {
		if (poll(fds, 2, -1) == -1 && errno != EINTR)
			end_all(command);
		if (fds[0].revents != 0)
			end_all(
			    command); /* its time is over; or the runner's */
		while (read(signals, &info, sizeof(info)) > 0)
			continue;
		if (!reap(command, &status))
			continue;
		say(MONITOR_ENDED, status);
		if (may_leave && WIFEXITED(status) && WEXITSTATUS(status) == 0)
			_exit(0);
		end_all(command);
	}
}

void
monitor_run(const struct monitor_start *start)
{
	int signals;
	pid_t pid;

	process_forget();
	prctl(PR_SET_NAME, "vncbridge-hook", 0, 0, 0);
	place_descriptors(start);
	signals = watch_children();
	if (signals == -1 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1 ||
	    (pid = fork()) == -1) {
		say(MONITOR_FAILED, errno);
		_exit(1);
	}
	if (pid == 0)
		become(start->call);
	close(INPUT_FD);
	close(OUTPUT_FD);
	say(MONITOR_BEGUN, pid);
	watch(pid, signals, start->may_leave);
}
