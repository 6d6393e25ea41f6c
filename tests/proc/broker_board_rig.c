/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_board_rig.h"

union proto_any board_any;
char board_address[64];
const struct rig_target board_labs[] = {{"lab1", board_address, 0},
    {"lab2", board_address, 0}, {"lab3", "10.0.0.3:5903", 0}, {NULL, NULL, 0}};

void
board_ask(int worker, uint64_t board_id, const char *client, uint8_t cookie)
{
	struct msg_board ask;

	memset(&ask, 0, sizeof(ask));
	ask.board_id = board_id;
	ck_assert_int_eq(addr_parse_ip(client, &ask.client), 0);
	memset(ask.cookie, cookie, sizeof(ask.cookie));
	ck_assert_int_eq(ipc_write_message(worker, MSG_BOARD, &ask, -1), 0);
}

void
board_leave(int worker, uint64_t board_id)
{
	struct msg_board_end end = {.board_id = board_id};

	ck_assert_int_eq(ipc_write_message(worker, MSG_BOARD_END, &end, -1), 0);
}

void
board_hear(int worker, enum msg_type type)
{
	int fd, got;

	got =
	    ipc_read_message(worker, ROLE_WORKER, ROLE_BROKER, &board_any, &fd);
	ck_assert_msg(got == (int)type, "%s instead of %s",
	    got < 0 ? vb_strerror(got) : proto_row((uint32_t)got)->name,
	    proto_row(type)->name);
	ck_assert_int_eq(fd, -1);
}

/* BOARD_SEES, of the three targets: these. */
void
board_expect_sees(
    int worker, uint64_t board_id, unsigned sees, unsigned may_take)
{
	board_hear(worker, MSG_BOARD_SEES);
	ck_assert_uint_eq(board_any.board_sees.board_id, board_id);
	ck_assert_uint_eq(board_any.board_sees.total, 3);
	ck_assert_uint_eq(board_any.board_sees.first, 0);
	ck_assert_uint_eq(board_any.board_sees.count, 3);
	ck_assert_uint_eq(board_any.board_sees.sees[0] & 7u, sees);
	ck_assert_uint_eq(board_any.board_sees.may_take[0] & 7u, may_take);
}

/* BOARD_STATES, of one target that has so many sessions. */
void
board_expect_state(int worker, uint32_t target, uint32_t sessions)
{
	board_hear(worker, MSG_BOARD_STATES);
	ck_assert_uint_eq(board_any.board_states.count, 1);
	ck_assert_uint_eq(board_any.board_states.states[0].target, target);
	ck_assert_uint_eq(board_any.board_states.states[0].open, sessions);
	ck_assert_uint_eq(board_any.board_states.states[0].pending, 0);
}

void
board_expect_over(
    int worker, uint64_t board_id, uint32_t code, const char *reason)
{
	board_hear(worker, MSG_BOARD_OVER);
	ck_assert_uint_eq(board_any.board_over.board_id, board_id);
	ck_assert_uint_eq(board_any.board_over.code, code);
	ck_assert_str_eq(board_any.board_over.reason, reason);
}

void
board_show(int worker, uint64_t board_id)
{
	board_ask(worker, board_id, RIG_CLIENT, 0);
	board_expect_sees(worker, board_id, 7, 0);
}

/* It is open after a while, whether or not it was seen on its way. */
void
board_hear_open(int worker, uint32_t target)
{
	do {
		board_hear(worker, MSG_BOARD_STATES);
		ck_assert_uint_eq(board_any.board_states.count, 1);
		ck_assert_uint_eq(
		    board_any.board_states.states[0].target, target);
	} while (board_any.board_states.states[0].open == 0);
	ck_assert_uint_eq(board_any.board_states.states[0].open, 1);
}

/* The next OPENED; before it, states may be told. */
void
board_hear_opened(int worker, uint64_t conn_id)
{
	int fd, got;

	do
		got = ipc_read_message(
		    worker, ROLE_WORKER, ROLE_BROKER, &board_any, &fd);
	while (got == MSG_BOARD_STATES);
	ck_assert_int_eq(got, MSG_OPENED);
	ck_assert_uint_eq(board_any.opened.conn_id, conn_id);
	ck_assert_int_ne(fd, -1);
	close(fd);
}

void
board_open_at(int worker, uint64_t conn_id, const char *target)
{
	worker_open(worker, conn_id, target);
	board_hear_opened(worker, conn_id);
}
