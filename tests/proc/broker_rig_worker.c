/* SPDX-License-Identifier: ISC */
/* What broker_rig.h's workers say and hear. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_rig.h"

#define STATE_ID 0xfeed

static const char *open_local = RIG_LOCAL, *open_client = RIG_CLIENT;
static uint8_t cookie_byte;
static uint64_t held_login_id;

void
worker_use_local(const char *local)
{
	open_local = local;
}

void
worker_use_client(const char *address)
{
	open_client = address;
}

void
worker_use_cookie(uint8_t byte)
{
	cookie_byte = byte;
}

void
worker_use_login(uint64_t login_id)
{
	held_login_id = login_id;
}

void
worker_open(int worker, uint64_t conn_id, const char *target)
{
	struct msg_open open;

	memset(&open, 0, sizeof(open));
	open.conn_id = conn_id;
	ck_assert_int_eq(addr_parse_ip(open_client, &open.client), 0);
	ck_assert_int_eq(addr_parse_endpoint(open_local, 0, &open.local), 0);
	ck_assert_uint_lt(strlen(target), sizeof(open.target));
	strcpy(open.target, target);
	memset(open.cookie, cookie_byte, sizeof(open.cookie));
	ck_assert_int_eq(ipc_write_message(worker, MSG_OPEN, &open, -1), 0);
}

void
worker_close(int worker, uint64_t conn_id)
{
	struct msg_closed closed = {.conn_id = conn_id};

	ck_assert_int_eq(ipc_write_message(worker, MSG_CLOSED, &closed, -1), 0);
}

void
worker_held(int worker, uint64_t conn_id, const char *target, const char *addr)
{
	worker_held_as(worker, conn_id, target, addr, "");
}

void
worker_held_as(int worker, uint64_t conn_id, const char *target,
    const char *addr, const char *subject)
{
	struct msg_held held;

	memset(&held, 0, sizeof(held));
	held.conn_id = conn_id;
	held.since_sec = (uint64_t)time(NULL);
	ck_assert_int_eq(addr_parse_ip(RIG_HOLDER, &held.client), 0);
	ck_assert_int_eq(addr_parse_endpoint(addr, 0, &held.addr), 0);
	strcpy(held.target, target);
	strcpy(held.subject.name, subject);
	held.login_id = held_login_id;
	ck_assert_int_eq(ipc_write_message(worker, MSG_HELD, &held, -1), 0);
}

void
worker_held_end(int worker, uint32_t count)
{
	struct msg_held_end end = {.count = count};

	ck_assert_int_eq(ipc_write_message(worker, MSG_HELD_END, &end, -1), 0);
}

uint32_t
worker_opened(int worker, struct msg_opened *opened, int *fd)
{
	union proto_any any;
	int type = ipc_read_message(worker, ROLE_WORKER, ROLE_BROKER, &any, fd);

	ck_assert_msg(type == MSG_OPENED, "%s instead of OPENED",
	    type < 0 ? vb_strerror(type) : proto_row((uint32_t)type)->name);
	*opened = any.opened;
	ck_assert(PROTO_IS_TEXT(opened->reason));
	ck_assert(PROTO_IS_TEXT(opened->target));
	ck_assert_msg((opened->code == 0) == (*fd != -1),
	    "code %u with descriptor %d", opened->code, *fd);
	ck_assert((opened->code == 0) == (opened->reason[0] == '\0'));
	return opened->code;
}

uint32_t
worker_try(
    int worker, uint64_t conn_id, const char *target, struct msg_opened *o)
{
	int fd;

	worker_open(worker, conn_id, target);
	worker_opened(worker, o, &fd);
	ck_assert_uint_eq(o->conn_id, conn_id);
	if (fd != -1)
		close(fd);
	return o->code;
}

void
worker_ask_state(int worker)
{
	struct msg_state state = {.number = STATE_ID};

	ck_assert_int_eq(addr_parse_ip(open_client, &state.client), 0);
	memset(state.cookie, cookie_byte, sizeof(state.cookie));
	ck_assert_int_eq(ipc_write_message(worker, MSG_STATE, &state, -1), 0);
}

void
worker_stated(int worker, struct msg_stated *stated)
{
	union proto_any any;
	int fd;

	ck_assert_int_eq(
	    ipc_read_message(worker, ROLE_WORKER, ROLE_BROKER, &any, &fd),
	    MSG_STATED);
	ck_assert_uint_eq(any.stated.number, STATE_ID);
	*stated = any.stated;
}

void
worker_state(int worker, struct msg_stated *stated)
{
	worker_ask_state(worker);
	worker_stated(worker, stated);
}

/* A cookie would have to be asked about first. */
void
worker_expect_silence(int worker)
{
	uint8_t before = cookie_byte;
	struct msg_stated stated;

	cookie_byte = 0;
	worker_state(worker, &stated);
	cookie_byte = before;
}

void
worker_expect_closed(int worker)
{
	union proto_any any;
	int fd, type;

	do {
		type = ipc_read_message(
		    worker, ROLE_WORKER, ROLE_BROKER, &any, &fd);
		if (type > 0 && fd != -1)
			close(fd);
	} while (type > 0);
	ck_assert_msg(
	    type == VB_ECLOSED || (type == VB_ESYS && errno == ECONNRESET),
	    "%s", vb_strerror(type));
}
