/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/board_rig.h"

#define LIST "GET /api/targets HTTP/1.1\r\nHost: h\r\n\r\n"

struct worker_rig board_w;
union proto_any board_any;
char board_event[BOARD_EVENT_MAX];
static const char *const names[BOARD_TARGETS + 1] = {"t0", "t1", "t2", "t3",
    "t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11", "t12", "t13", "t14",
    "t15", "t16", "t17", "t18", "t19", NULL};

int
board_start(void)
{
	int broker;

	worker_spawn(&board_w);
	board_w.targets = names;
	worker_configure(&board_w);
	worker_wait_ready(&board_w);
	broker = rig_connect_worker(&board_w.rig, 0);
	broker_read(broker, MSG_HELD_END, &board_any);
	return broker;
}

/* ---- the broker ---- */

void
board_tell(int broker, enum msg_type type, const void *body)
{
	ck_assert_int_eq(ipc_write_message(broker, type, body, -1), 0);
}

void
board_fill_bits(uint8_t *bits, uint32_t from)
{
	size_t i;

	for (i = 0; i < sizeof(from); i++)
		bits[i] = (uint8_t)(from >> 8 * i);
}

struct msg_board_sees
board_sees_of(uint64_t board_id, uint32_t sees)
{
	struct msg_board_sees said;

	memset(&said, 0, sizeof(said));
	said.board_id = board_id;
	said.generation = board_w.rig.generation;
	said.total = said.count = BOARD_TARGETS;
	board_fill_bits(said.sees, sees);
	return said;
}

void
board_say_sees(int broker, uint64_t board_id, uint32_t sees)
{
	struct msg_board_sees said = board_sees_of(board_id, sees);

	board_tell(broker, MSG_BOARD_SEES, &said);
}

void
board_say_state(int broker, uint32_t target, uint32_t sessions)
{
	struct msg_board_states states;

	memset(&states, 0, sizeof(states));
	states.generation = board_w.rig.generation;
	states.count = 1;
	states.states[0].target = target;
	states.states[0].open = sessions;
	board_tell(broker, MSG_BOARD_STATES, &states);
}

void
board_say_over(int broker, uint64_t board_id, uint32_t code, const char *reason)
{
	struct msg_board_over over;

	memset(&over, 0, sizeof(over));
	over.board_id = board_id;
	over.code = code;
	strcpy(over.reason, reason);
	board_tell(broker, MSG_BOARD_OVER, &over);
}

void
board_expect(int broker, uint64_t board_id)
{
	static const uint8_t none[AUTH_COOKIE_BYTES];

	broker_read(broker, MSG_BOARD, &board_any);
	ck_assert_uint_eq(board_any.board.board_id, board_id);
	ck_assert_uint_eq(board_any.board.client.family, ADDR_V4);
	ck_assert_mem_eq(board_any.board.cookie, none, sizeof(none));
}

void
board_expect_end(int broker, uint64_t board_id)
{
	broker_read(broker, MSG_BOARD_END, &board_any);
	ck_assert_uint_eq(board_any.board_end.board_id, board_id);
}

/* Another client is answered: what the broker said before was read. */
void
board_expect_all_read(int broker, uint64_t conn_id)
{
	int client = worker_give_client(&board_w, conn_id, 0);
	struct msg_stated stated;

	client_say(client, LIST);
	broker_read(broker, MSG_STATE, &board_any);
	memset(&stated, 0, sizeof(stated));
	stated.number = board_any.state.number;
	stated.generation = board_w.rig.generation;
	stated.total = stated.count = BOARD_TARGETS;
	board_tell(broker, MSG_STATED, &stated);
	ck_assert_int_eq(
	    strncmp(client_http(client, ""), "HTTP/1.1 200 ", 13), 0);
	close(client);
}

/* ---- the page ---- */

int
board_asked(int broker, uint64_t board_id)
{
	int client = worker_give_client(&board_w, board_id, 0);

	client_say(client, BOARD_REQUEST);
	if (broker != -1)
		board_expect(broker, board_id);
	return client;
}

void
board_expect_nothing(int client)
{
	char byte;

	ck_assert_int_eq(recv(client, &byte, 1, MSG_DONTWAIT), -1);
}

/* The next event, as it was sent. */
void
board_read_event(int client)
{
	size_t n = 0;

	do {
		ck_assert_uint_lt(n, sizeof(board_event) - 1);
		ck_assert_int_eq(recv(client, board_event + n, 1, 0), 1);
		board_event[++n] = '\0';
	} while (n < 2 || strcmp(board_event + n - 2, "\n\n") != 0);
}

void
board_expect_event(int client, const char *wanted)
{
	board_read_event(client);
	ck_assert_str_eq(board_event, wanted);
}

void
board_expect_head(int client)
{
	const char *head = client_http(client, "");

	ck_assert_int_eq(strncmp(head, "HTTP/1.1 200 ", 13), 0);
	ck_assert_ptr_nonnull(
	    strstr(head, "Content-Type: text/event-stream\r\n"));
	ck_assert_ptr_null(strstr(head, "Content-Length"));
	board_expect_event(client, "retry: 2000\n\n");
}

static unsigned
count_of(const char *part)
{
	unsigned n = 0;
	const char *at = board_event;

	while ((at = strstr(at, part)) != NULL) {
		at += strlen(part);
		n++;
	}
	return n;
}

/* The head and the targets, of which there are so mboard_any. */
void
board_expect_targets(int client, unsigned count)
{
	board_expect_head(client);
	board_read_event(client);
	ck_assert_int_eq(
	    strncmp(board_event, "event: targets\ndata: [{", 23), 0);
	ck_assert_uint_eq(count_of("{\"id\":"), count);
}

void
board_expect_ready(int client, unsigned count)
{
	char wanted[64];

	board_read_event(client);
	snprintf(wanted, sizeof(wanted),
	    "event: ready\ndata: {\"targets\":%u,\"now\":", count);
	ck_assert_msg(strncmp(board_event, wanted, strlen(wanted)) == 0, "%s",
	    board_event);
}

void
board_expect_over(int client)
{
	board_expect_event(client, "event: over\ndata: {\"code\":0}\n\n");
	ck_assert(is_at_end(client));
	close(client);
}

int
board_live(int broker, uint64_t board_id, uint32_t sees)
{
	int client = board_asked(broker, board_id);

	board_say_sees(broker, board_id, sees);
	board_expect_targets(client, (unsigned)__builtin_popcount(sees));
	board_expect_ready(client, (unsigned)__builtin_popcount(sees));
	return client;
}

void
board_expect_status(int client, const char *status)
{
	const char *answer = client_http(client, "");

	ck_assert_msg(
	    strncmp(answer, status, strlen(status)) == 0, "%s", answer);
	ck_assert_ptr_nonnull(strstr(answer, "Connection: close\r\n"));
	ck_assert(is_at_end(client));
	close(client);
}
