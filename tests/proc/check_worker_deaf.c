/* SPDX-License-Identifier: ISC */
/*
 * The worker with a broker that reads nothing for a while: what it keeps for
 * it is bounded, and nothing that matters is lost.
 */
#include <check.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/worker_rig.h"

#define TEST_SEC      60
#define OPENS	      15000 /* of 320 bytes, more than IPC_QUEUE_BYTES */
#define HELD_SESSIONS 20    /* their CLOSEDs need more than one OPEN */
#define UPGRADE                                               \
	"GET /proxy?target=desk HTTP/1.1\r\nHost: bridge\r\n" \
	"Upgrade: websocket\r\nConnection: Upgrade\r\n"       \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"     \
	"Sec-WebSocket-Version: 13\r\n\r\n"

static struct worker_rig w;
static char reason[FRAME_MAX];
static union proto_any any;

/* Asks for a target, and leaves when the 101 begins. */
static void
ask_and_leave(uint64_t conn_id)
{
	int client = worker_give_client(&w, conn_id, 0);
	char byte;

	client_say(client, UPGRADE);
	ck_assert_int_eq(recv(client, &byte, 1, 0), 1);
	close(client);
}

/* Reads what waits: who was opened, and who was closed. */
static void
read_queue(int broker, uint8_t opened[OPENS + 1], uint8_t closed[OPENS + 1])
{
	unsigned due = HELD_SESSIONS;
	uint8_t *seen;
	int type, fd;

	do {
		type = ipc_read_message(
		    broker, ROLE_BROKER, ROLE_WORKER, &any, &fd);
		ck_assert_msg(
		    type > 0, "%u are not closed: %s", due, vb_strerror(type));
		if (type == MSG_TRAFFIC)
			continue;
		ck_assert(type == MSG_OPEN || type == MSG_CLOSED);
		/* both begin with the conn id */
		ck_assert_uint_le(any.open.conn_id, OPENS);
		seen = type == MSG_OPEN ? opened : closed;
		ck_assert_uint_eq(seen[any.open.conn_id]++, 0);
		due += type == MSG_OPEN ? 1 : -1u;
	} while (due > 0);
}

START_TEST(worker_tells_a_broker_that_slept_of_each_session_that_ended)
{
	static uint8_t opened[OPENS + 1], closed[OPENS + 1];
	int broker, late;
	struct session held[HELD_SESSIONS], s;
	uint64_t id;

	worker_start(&w);
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	for (id = 1; id <= HELD_SESSIONS; id++)
		session_open(&w, broker, id, &held[id - 1]);
	while (id < OPENS)
		ask_and_leave(id++);
	/* no more room for this one: it waits, and is not refused */
	late = worker_give_client(&w, OPENS, 0);
	client_upgrade(late, "desk");
	for (id = 1; id <= HELD_SESSIONS; id++) {
		session_check(&held[id - 1]);
		close(held[id - 1].client);
		ck_assert(is_at_end(held[id - 1].target));
		close(held[id - 1].target); /* before, it is not over */
	}
	/* it wakes up: nothing that it knows of is left */
	read_queue(broker, opened, closed);
	for (id = 1; id <= OPENS; id++)
		ck_assert_uint_eq(
		    closed[id], opened[id] || id <= HELD_SESSIONS);
	ck_assert_uint_eq(opened[OPENS], 0);
	broker_expect_open(broker, OPENS, "desk");
	broker_opened(broker, OPENS, 4500, "no", -1);
	ck_assert_uint_eq(client_closed(late, reason), 4500);
	broker_read(broker, MSG_CLOSED, &any);
	ck_assert_uint_eq(any.closed.conn_id, OPENS);
	session_open(&w, broker, OPENS + 1, &s);
	session_check(&s);
	rig_stop(&w.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker");
	TCase *tc = tcase_create("deaf broker");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(
	    tc, worker_tells_a_broker_that_slept_of_each_session_that_ended);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
