/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "daemon/runner/command.h"
#include "daemon/runner/monitor.h"

static void
close_pair(int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

/* Both ends of both; or none. */
static int
open_channels(int channel[2], int output[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) ==
	    -1)
		return VB_ESYS;
	if (pipe2(output, O_CLOEXEC) == 0)
		return 0;
	close_pair(channel);
	return VB_ESYS;
}

static pid_t
fork_monitor(const struct command_start *start, int channel, int output)
{
	int input = start->input != -1
	    ? start->input
	    : open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct monitor_start monitor = {
	    channel, input, output, start->call, start->may_leave};
	pid_t pid;

	if (input == -1)
		return -1;
	if ((pid = fork()) == 0)
		monitor_run(&monitor);
	if (start->input == -1)
		close(input);
	return pid;
}

int
command_begin(struct command *command, const struct command_start *start)
{
	int channel[2], output[2];

	memset(command, 0, sizeof(*command));
	command->channel = -1;
	if (open_channels(channel, output) < 0)
		return VB_ESYS;
	command->output = output_new(start->outputs, output[0], start->label);
	if (command->output != NULL)
		command->monitor = fork_monitor(start, channel[1], output[1]);
	close(channel[1]);
	close(output[1]);
	if (command->output == NULL || command->monitor == -1) {
		command->monitor = 0;
		close(channel[0]);
		if (command->output != NULL)
			output_end(command->output, 0);
		return VB_ESYS;
	}
	command->channel = channel[0];
	return 0;
}

static void
hear(struct command *command)
{
	struct monitor_said said;

	while (command->channel != -1 &&
	    recv(command->channel, &said, sizeof(said), MSG_DONTWAIT) ==
		(ssize_t)sizeof(said)) {
		if (said.word == MONITOR_BEGUN)
			command->group = said.value;
		if (said.word != MONITOR_ENDED)
			continue;
		command->has_ended = 1;
		command->status = said.value;
	}
}

static void
close_channel(struct command *command)
{
	if (command->channel != -1)
		close(command->channel);
	command->channel = -1;
}

void
command_stop(struct command *command)
{
	hear(command);
	close_channel(command);
}

void
command_kill(struct command *command)
{
	command_stop(command);
	if (command->group > 1)
		kill(-command->group, SIGKILL);
	if (command->monitor > 1)
		kill(command->monitor, SIGKILL);
}

int
command_lives(const struct command *command)
{
	return command->group > 1 &&
	    (kill(-command->group, 0) == 0 || errno != ESRCH);
}

uint64_t
command_end(struct command *command, int is_left)
{
	uint64_t lines;

	hear(command);
	close_channel(command);
	/* of a monitor that was killed: it could not do it */
	if (!is_left && !command->has_ended && command->group > 1)
		kill(-command->group, SIGKILL);
	command->monitor = 0;
	lines = output_end(command->output, is_left);
	command->output = NULL;
	return lines;
}
