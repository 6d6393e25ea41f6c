/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/runner_rig.h"

static void
tell(struct runner_rig *r, enum msg_type type, const void *body, int fd)
{
	ck_assert_int_eq(ipc_write_message(r->rig.master, type, body, fd), 0);
}

void
runner_spawn(struct runner_rig *r)
{
	struct rig_conf conf = {0};
	uint32_t generation = r->rig.generation;

	r->rig = rig_spawn_program("VB_RUNNER", &conf);
	r->rig.generation = generation;
}

static void
tell_command(struct runner_rig *r, enum hook_kind kind, const char *script)
{
	static const char shell[] = "/bin/sh\0-c";
	struct msg_conf_command command;

	memset(&command, 0, sizeof(command));
	command.kind = kind;
	command.argc = 3;
	memcpy(command.argv, shell, sizeof(shell));
	strlcpy(command.argv + sizeof(shell), script,
	    sizeof(command.argv) - sizeof(shell));
	tell(r, MSG_CONF_COMMAND, &command, -1);
}

void
runner_configure(struct runner_rig *r)
{
	struct msg_conf_hook hook;
	struct msg_conf_start start;
	struct msg_conf_end end = {++r->rig.generation};

	memset(&start, 0, sizeof(start));
	start.proto_version = PROTO_VERSION;
	start.generation = end.generation;
	start.settings.hook_timeout_sec = 1;
	tell(r, MSG_CONF_START, &start, -1);
	tell_command(
	    r, HOOK_EVENT, "while read -r l; do echo \"got $l\"; done");
	memset(&hook, 0, sizeof(hook));
	strlcpy(hook.target, "vm", sizeof(hook.target));
	hook.start_timeout_sec = 60;
	tell(r, MSG_CONF_HOOK, &hook, -1);
	tell_command(r, HOOK_START, "exit 3");
	tell_command(r, HOOK_STOP, "sleep 1000");
	tell_command(r, HOOK_CHECK, "exit 0");
	tell(r, MSG_CONF_END, &end, -1);
}

static void
note_line(struct runner_rig *r, const struct msg_log *log)
{
	if (getenv("VB_TEST_VERBOSE") != NULL)
		fprintf(stderr, "runner: %s\n", log->line);
	strlcat(r->log, log->line, sizeof(r->log));
	strlcat(r->log, "\n", sizeof(r->log));
}

/* The next message of that type; what comes before it is remembered. */
static void
read_master(struct runner_rig *r, enum msg_type wanted, union proto_any *any)
{
	int type, fd;

	do {
		type = ipc_read_message(
		    r->rig.master, ROLE_MASTER, ROLE_RUNNER, any, &fd);
		ck_assert_msg(type > 0, "%s", vb_strerror(type));
		ck_assert_int_eq(fd, -1);
		if (type == MSG_LOG)
			note_line(r, &any->log);
		else if (type == MSG_DROPPED) {
			r->dropped++;
			r->last_dropped = any->dropped;
		}
	} while (type != (int)wanted);
}

void
runner_wait_ready(struct runner_rig *r)
{
	union proto_any any;

	read_master(r, MSG_READY, &any);
	ck_assert_uint_eq(any.ready.proto_version, PROTO_VERSION);
}

void
runner_probe(struct runner_rig *r)
{
	static uint64_t number;
	struct msg_probe probe = {++number};
	union proto_any any;

	tell(r, MSG_PROBE, &probe, -1);
	read_master(r, MSG_ALIVE, &any);
	ck_assert_uint_eq(any.alive.number, number);
}

void
runner_join(struct runner_rig *r)
{
	struct msg_peer peer = {
	    .fence = ++r->fence, .role = ROLE_RUNNER, .asker = ROLE_BROKER};
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	rig_bound_waits(fds[0]);
	tell(r, MSG_PEER, &peer, fds[1]);
	r->broker = fds[0];
}

void
runner_run(struct runner_rig *r)
{
	runner_spawn(r);
	runner_configure(r);
	runner_wait_ready(r);
	runner_join(r);
}

void
runner_stop(struct runner_rig *r)
{
	runner_probe(r);
	rig_stop(&r->rig);
	close(r->broker);
}

void
runner_event(struct runner_rig *r, const char *line)
{
	struct msg_event event;

	memset(&event, 0, sizeof(event));
	event.length = (uint32_t)strlen(line);
	memcpy(event.line, line, strlen(line));
	tell(r, MSG_EVENT, &event, -1);
}

void
runner_ask(struct runner_rig *r, enum hook_kind kind, uint64_t number)
{
	struct msg_run run;

	memset(&run, 0, sizeof(run));
	run.number = number;
	run.generation = r->rig.generation;
	run.kind = kind;
	strlcpy(run.target, "vm", sizeof(run.target));
	ck_assert_int_eq(ipc_write_message(r->broker, MSG_RUN, &run, -1), 0);
}

void
runner_read(struct runner_rig *r, struct msg_ran *ran)
{
	static union proto_any any;
	int type, fd;

	type = ipc_read_message(r->broker, ROLE_BROKER, ROLE_RUNNER, &any, &fd);
	ck_assert_msg(type == MSG_RAN, "%d: %s", type, vb_strerror(type));
	*ran = any.ran;
	ck_assert_uint_le(ran->outcome, HOOK_NOT_BEGUN);
	ck_assert(PROTO_IS_TEXT(ran->target));
}
