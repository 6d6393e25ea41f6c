/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_login_rig.h"

struct login_rig login;

void
login_configure(void)
{
	rig_configure(&login.pair.rig, &login.pair.conf);
	rig_count(&login.pair.rig);
}

void
login_join_auth(void)
{
	login.auth = rig_connect_auth(&login.pair.rig, ++login.fence);
	rig_count(&login.pair.rig);
}

void
login_setup(void)
{
	login.fence = RIG_AUTH_FENCE;
	pair_start(&login.pair, NULL);
	login.pair.conf.has_auth = 1;
	login_configure();
	login_join_auth();
	worker_use_cookie(COOKIE);
}

void
login_teardown(void)
{
	rig_stop(&login.pair.rig);
}

int
login_hear(void)
{
	int type, fd;

	do
		type = ipc_read_message(
		    login.auth, ROLE_AUTH, ROLE_BROKER, &login.any, &fd);
	while (type == MSG_USED);
	return type;
}

uint64_t
login_expect_vouch(uint64_t login_id, uint8_t cookie)
{
	uint8_t bytes[AUTH_COOKIE_BYTES];

	memset(bytes, cookie, sizeof(bytes));
	ck_assert_int_eq(login_hear(), MSG_VOUCH);
	ck_assert_uint_eq(login.any.vouch.login_id, login_id);
	ck_assert_mem_eq(login.any.vouch.cookie, bytes, sizeof(bytes));
	return login.any.vouch.number;
}

void
login_say_vouched(
    uint64_t number, uint64_t login_id, const char *name, const char *groups)
{
	struct msg_vouched who = {.number = number, .login_id = login_id};

	strlcpy(who.name, name, sizeof(who.name));
	strlcpy(who.groups, groups, sizeof(who.groups));
	ck_assert_int_eq(
	    ipc_write_message(login.auth, MSG_VOUCHED, &who, -1), 0);
}

void
login_say_over(uint64_t login_id, const char *reason)
{
	struct msg_login_over over = {.login_id = login_id};

	strlcpy(over.reason, reason, sizeof(over.reason));
	ck_assert_int_eq(
	    ipc_write_message(login.auth, MSG_LOGIN_OVER, &over, -1), 0);
}

uint32_t
login_open_as(int worker, uint64_t conn_id, uint64_t login_id, const char *name,
    const char *groups)
{
	int fd;

	worker_open(worker, conn_id, login.pair.text);
	login_say_vouched(
	    login_expect_vouch(0, COOKIE), login_id, name, groups);
	worker_opened(worker, &login.opened, &fd);
	ck_assert_uint_eq(login.opened.conn_id, conn_id);
	if (fd != -1)
		close(fd);
	return login.opened.code;
}

void
login_expect_end(
    int worker, uint64_t conn_id, uint32_t code, const char *reason)
{
	int fd;

	ck_assert_int_eq(
	    ipc_read_message(worker, ROLE_WORKER, ROLE_BROKER, &login.any, &fd),
	    MSG_END);
	ck_assert_uint_eq(login.any.end.conn_id, conn_id);
	ck_assert_uint_eq(login.any.end.code, code);
	ck_assert_msg(strstr(login.any.end.reason, reason) != NULL, "%s",
	    login.any.end.reason);
}

void
login_expect_no_question(void)
{
	struct pollfd pfd = {.fd = login.auth, .events = POLLIN};
	int fd;

	worker_expect_silence(login.pair.workers[0]);
	rig_count(&login.pair.rig);
	while (poll(&pfd, 1, 0) == 1)
		ck_assert_int_eq(ipc_read_message(login.auth, ROLE_AUTH,
				     ROLE_BROKER, &login.any, &fd),
		    MSG_USED);
}
