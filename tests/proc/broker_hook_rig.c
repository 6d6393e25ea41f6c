/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <sys/socket.h>

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_hook_rig.h"

struct hook_rig hooks = {
    .targets = {{"vm", NULL, 0}, {"other", NULL, 0}, {NULL, NULL, 0}}};

static int desktop; /* vm's socket */

static void
make_desktop(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	desktop = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    bind(desktop, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(
	    getsockname(desktop, (struct sockaddr *)&sin, &len), 0);
	snprintf(hooks.address, sizeof(hooks.address), "127.0.0.1:%u",
	    ntohs(sin.sin_port));
}

void
hooks_start(uint32_t bits)
{
	make_desktop();
	hooks.targets[0].address = hooks.address;
	hooks.targets[1].address = "192.0.2.1:1";
	memset(&hooks.conf, 0, sizeof(hooks.conf));
	hooks.conf.targets = hooks.targets;
	hooks.conf.targets_hooks = bits;
	hooks.conf.stop_after_sec = 1;
	hooks.rig = rig_start(&hooks.conf);
	hooks.worker = rig_add_worker(&hooks.rig, 0);
	hooks.runner = rig_connect_runner(&hooks.rig, HOOKS_FENCE);
}

void
hooks_stop(void)
{
	rig_stop(&hooks.rig);
	close(hooks.worker);
	close(hooks.runner);
	close(desktop);
}

void
hooks_come_up(void)
{
	ck_assert_int_eq(listen(desktop, 8), 0);
}

/* It no longer listens: connections to it are refused. */
void
hooks_go_down(void)
{
	close(desktop);
}

/* Its number. */
uint64_t
hooks_expect_run(enum hook_kind kind)
{
	int fd,
	    type = ipc_read_message(
		hooks.runner, ROLE_RUNNER, ROLE_BROKER, &hooks.any, &fd);

	ck_assert_msg(type == MSG_RUN, "%d", type);
	ck_assert_uint_eq(hooks.any.run.kind, kind);
	ck_assert_str_eq(hooks.any.run.target, "vm");
	ck_assert_uint_eq(hooks.any.run.generation, hooks.rig.generation);
	ck_assert_uint_ne(hooks.any.run.number, 0);
	return hooks.any.run.number;
}

void
hooks_say_ran(uint64_t number, enum hook_kind kind, enum hook_outcome outcome,
    uint32_t status)
{
	struct msg_ran ran;

	memset(&ran, 0, sizeof(ran));
	ran.number = number;
	ran.kind = kind;
	ran.outcome = outcome;
	ran.status = status;
	strlcpy(ran.target, "vm", sizeof(ran.target));
	ck_assert_int_eq(ipc_write_message(hooks.runner, MSG_RAN, &ran, -1), 0);
}

/* How long OPENED may take. */
uint32_t
hooks_expect_wait(uint64_t conn_id)
{
	int fd,
	    type = ipc_read_message(
		hooks.worker, ROLE_WORKER, ROLE_BROKER, &hooks.any, &fd);

	ck_assert_msg(type == MSG_WAIT, "%d %u %s", type, hooks.any.opened.code,
	    hooks.any.opened.reason);
	ck_assert_uint_eq(hooks.any.wait.conn_id, conn_id);
	return hooks.any.wait.seconds;
}

void
hooks_expect_opened(uint64_t conn_id, uint32_t code, const char *words)
{
	struct msg_opened opened;
	int fd;

	worker_opened(hooks.worker, &opened, &fd);
	ck_assert_uint_eq(opened.conn_id, conn_id);
	ck_assert_msg(opened.code == code && strstr(opened.reason, words),
	    "%u: %s", opened.code, opened.reason);
	if (fd != -1)
		close(fd);
}

void
hooks_expect_no_run(void)
{
	struct pollfd pfd = {.fd = hooks.runner, .events = POLLIN};

	rig_count(&hooks.rig);
	ck_assert_int_eq(poll(&pfd, 1, 0), 0);
}
