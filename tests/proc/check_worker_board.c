/* SPDX-License-Identifier: ISC */
/* GET /events: what a board is sent, and from whom it hears what it may see. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/board_rig.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC   60
#define ROUNDS	   1000
#define SLOW_BYTES (2 * 1024 * 1024) /* what the buffers may have held */

/* ---- beginning ---- */

START_TEST(board_waits_for_what_it_may_see)
{
	int broker = board_start(), client;

	client = board_asked(broker, BOARD_FIRST);
	board_say_sees(broker, BOARD_FIRST + 7, BOARD_ALL); /* nobody's */
	board_say_state(broker, 3, 1);
	board_expect_all_read(broker, BOARD_FIRST + 1);
	board_expect_nothing(client);
	board_say_sees(broker, BOARD_FIRST, 1 << 3 | 1 << 19);
	board_expect_targets(client, 2);
	ck_assert_ptr_nonnull(strstr(board_event, "{\"id\":3,\"name\":\"t3\""));
	ck_assert_ptr_nonnull(
	    strstr(board_event, "{\"id\":19,\"name\":\"t19\""));
	board_expect_event(
	    client, "event: state\ndata: [{\"id\":3,\"sessions\":1}]\n\n");
	board_expect_ready(client, 2);
	/* what it may see is told once */
	board_say_sees(broker, BOARD_FIRST, BOARD_ALL);
	board_expect_all_read(broker, BOARD_FIRST + 2);
	board_expect_nothing(client);
	rig_stop(&board_w.rig);
}
END_TEST

START_TEST(board_may_see_nothing)
{
	int broker = board_start(), client = board_asked(broker, BOARD_FIRST);

	board_say_state(broker, 3, 1);
	board_say_sees(broker, BOARD_FIRST, 0);
	board_expect_head(client);
	board_expect_ready(client, 0);
	rig_stop(&board_w.rig);
}
END_TEST

START_TEST(board_is_told_what_it_sees_in_slices)
{
	struct msg_board_sees said, rest;
	int broker = board_start(), client = board_asked(broker, BOARD_FIRST);

	said = board_sees_of(BOARD_FIRST, 0x8081);
	board_fill_bits(said.may_take, 0x0081);
	board_fill_bits(said.may_watch, 0x8001);
	said.count = 16;
	board_tell(broker, MSG_BOARD_SEES, &said);
	board_expect_all_read(broker, BOARD_FIRST + 1);
	board_expect_nothing(client);
	rest = board_sees_of(BOARD_FIRST, 0x5);
	rest.first = 16;
	rest.count = BOARD_TARGETS - 16;
	board_fill_bits(rest.may_take, 0x4);
	board_tell(broker, MSG_BOARD_SEES, &rest);
	board_expect_targets(client, 5);
	ck_assert_ptr_nonnull(
	    strstr(board_event, "\"may\":\"tw\"},{\"id\":7,"));
	ck_assert_ptr_nonnull(
	    strstr(board_event, "\"may\":\"t\"},{\"id\":15,"));
	ck_assert_ptr_nonnull(
	    strstr(board_event, "\"may\":\"w\"},{\"id\":16,"));
	ck_assert_ptr_nonnull(strstr(board_event, "\"may\":\"\"},{\"id\":18,"));
	ck_assert_ptr_nonnull(strstr(board_event, "\"may\":\"t\"}]\n\n"));
	board_expect_ready(client, 5);
	rig_stop(&board_w.rig);
}
END_TEST

/* One of the two has another configuration: the page asks again. */
START_TEST(board_of_another_configuration_is_over)
{
	struct msg_board_sees said;
	int broker = board_start(), client = board_asked(broker, BOARD_FIRST);

	said = board_sees_of(BOARD_FIRST, BOARD_ALL);
	if (_i == 0)
		said.generation++;
	else
		said.total = said.count = BOARD_TARGETS + 1;
	board_tell(broker, MSG_BOARD_SEES, &said);
	board_expect_head(client);
	board_expect_over(client);
	board_expect_end(broker, BOARD_FIRST);
	close(board_live(broker, BOARD_FIRST + 1, BOARD_ALL));
	rig_stop(&board_w.rig);
}
END_TEST

static const struct {
	uint32_t code;
	const char *reason;
	const char *status;
} refused[] = {
    {4522, "too many look at the board", "HTTP/1.1 503 "},
    {4581, "", "HTTP/1.1 503 "},
    {UINT32_MAX, "", "HTTP/1.1 503 "},
    {4521, "you are not logged in", "HTTP/1.1 401 "},
};

START_TEST(board_that_may_not_begin_is_no_stream)
{
	int broker = board_start(), client = board_asked(broker, BOARD_FIRST);

	board_say_over(
	    broker, BOARD_FIRST, refused[_i].code, refused[_i].reason);
	board_expect_status(client, refused[_i].status);
	/* the broker knows that it is over */
	close(board_live(broker, BOARD_FIRST + 1, BOARD_ALL));
	board_expect_end(broker, BOARD_FIRST + 1);
	rig_stop(&board_w.rig);
}
END_TEST

START_TEST(board_needs_a_broker)
{
	int client;

	worker_start(&board_w);
	client = board_asked(-1, BOARD_FIRST);
	board_expect_status(client, "HTTP/1.1 503 ");
	rig_stop(&board_w.rig);
}
END_TEST

START_TEST(board_does_not_wait_for_ever)
{
	int broker = board_start(), client = board_asked(broker, BOARD_FIRST);

	board_expect_status(client, "HTTP/1.1 503 ");
	board_expect_end(broker, BOARD_FIRST);
	/* it comes too late */
	board_say_sees(broker, BOARD_FIRST, BOARD_ALL);
	close(board_live(broker, BOARD_FIRST + 1, BOARD_ALL));
	rig_stop(&board_w.rig);
}
END_TEST

START_TEST(board_answers_head_by_itself)
{
	int broker = board_start();
	int client = worker_give_client(&board_w, BOARD_FIRST, 0);
	const char *head;

	head = client_http(client, "HEAD /events HTTP/1.1\r\nHost: h\r\n\r\n");
	ck_assert_int_eq(strncmp(head, "HTTP/1.1 200 ", 13), 0);
	ck_assert(is_at_end(client));
	broker_expect_silence(broker);
	rig_stop(&board_w.rig);
}
END_TEST

/* ---- what changes ---- */

START_TEST(board_is_told_what_changes_of_what_it_sees)
{
	int broker = board_start(), a, b;

	a = board_live(broker, BOARD_FIRST, 1 << 2 | 1 << 9);
	b = board_live(broker, BOARD_FIRST + 1, 1 << 9);
	board_say_state(broker, 9, 1);
	board_expect_event(
	    a, "event: state\ndata: [{\"id\":9,\"sessions\":1}]\n\n");
	board_expect_event(
	    b, "event: state\ndata: [{\"id\":9,\"sessions\":1}]\n\n");
	board_say_state(broker, 5, 1); /* neither sees it */
	board_say_state(broker, 2, 1);
	board_expect_event(
	    a, "event: state\ndata: [{\"id\":2,\"sessions\":1}]\n\n");
	board_say_state(broker, 9, 0);
	board_expect_event(a, "event: state\ndata: [{\"id\":9}]\n\n");
	board_expect_event(b, "event: state\ndata: [{\"id\":9}]\n\n");
	board_expect_all_read(broker, BOARD_FIRST + 2);
	board_expect_nothing(a);
	board_expect_nothing(b);
	rig_stop(&board_w.rig);
}
END_TEST

/* Of the targets of another configuration nothing is known. */
START_TEST(board_is_not_told_of_another_configuration)
{
	struct msg_board_states states;
	int broker = board_start(), client;

	client = board_live(broker, BOARD_FIRST, BOARD_ALL);
	memset(&states, 0, sizeof(states));
	states.generation = board_w.rig.generation + 1;
	states.count = 1;
	states.states[0].open = 1;
	board_tell(broker, MSG_BOARD_STATES, &states);
	board_say_state(broker, 1, 2);
	board_expect_event(
	    client, "event: state\ndata: [{\"id\":1,\"sessions\":2}]\n\n");
	rig_stop(&board_w.rig);
}
END_TEST

/* What is behind the request is no request, then or later. */
START_TEST(board_does_not_read_on)
{
	int broker = board_start();
	int client = worker_give_client(&board_w, BOARD_FIRST, 0);

	client_say(client, BOARD_REQUEST BOARD_REQUEST "GET / HTTP/1.1\r\n");
	board_expect(broker, BOARD_FIRST);
	board_say_sees(broker, BOARD_FIRST, BOARD_ALL);
	board_expect_targets(client, BOARD_TARGETS);
	board_expect_ready(client, BOARD_TARGETS);
	client_say(client, "Host: h\r\n\r\n" BOARD_REQUEST);
	board_say_state(broker, 1, 2);
	board_expect_event(
	    client, "event: state\ndata: [{\"id\":1,\"sessions\":2}]\n\n");
	broker_expect_silence(broker);
	board_say_over(broker, BOARD_FIRST, 0, "");
	board_expect_event(client, "event: over\ndata: {\"code\":0}\n\n");
	ck_assert(is_at_end(client));
	rig_stop(&board_w.rig);
}
END_TEST

/* States as long as can be, the sessions of all are so mboard_any. */
static void
say_long_states(int broker, uint32_t sessions)
{
	struct msg_board_states states;
	uint32_t i, k;

	memset(&states, 0, sizeof(states));
	states.generation = board_w.rig.generation;
	states.count = BOARD_STATES_MAX;
	for (i = 0; i < BOARD_STATES_MAX; i++) {
		states.states[i].target = i;
		states.states[i].open = sessions;
		states.states[i].by_count = BOARD_BY_MAX;
		for (k = 0; k < BOARD_BY_MAX; k++)
			memset(states.states[i].by[k], '"', AUTH_NAME_MAX - 1);
	}
	board_tell(broker, MSG_BOARD_STATES, &states);
}

/* Nothing is kept for it but what is so by then. */
START_TEST(board_that_reads_nothing_gets_the_last_in_the_end)
{
	int broker = board_start(), client;
	unsigned known[BOARD_STATES_MAX] = {0}, i, id, sessions, done;
	const char *at;
	size_t bytes = 0;

	client = board_live(broker, BOARD_FIRST, BOARD_ALL);
	for (i = 1; i <= ROUNDS; i++)
		say_long_states(broker, i);
	board_expect_all_read(broker, BOARD_FIRST + 1);
	do {
		board_read_event(client);
		bytes += strlen(board_event);
		for (at = board_event; (at = strstr(at, "{\"id\":")) != NULL;
		     at++) {
			ck_assert_int_eq(
			    sscanf(at, "{\"id\":%u,\"sessions\":%u", &id,
				&sessions),
			    2);
			ck_assert_uint_lt(id, BOARD_STATES_MAX);
			ck_assert_uint_lt(known[id], sessions);
			known[id] = sessions;
		}
		for (i = 0, done = 0; i < BOARD_STATES_MAX; i++)
			done += known[i] == ROUNDS;
	} while (done < BOARD_STATES_MAX);
	ck_assert_uint_lt(bytes, SLOW_BYTES);
	board_expect_all_read(broker, BOARD_FIRST + 2);
	board_expect_nothing(client);
	rig_stop(&board_w.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker board");
	TCase *tc = tcase_create("board");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, board_waits_for_what_it_may_see);
	tcase_add_test(tc, board_may_see_nothing);
	tcase_add_test(tc, board_is_told_what_it_sees_in_slices);
	tcase_add_loop_test(tc, board_of_another_configuration_is_over, 0, 2);
	tcase_add_loop_test(
	    tc, board_that_may_not_begin_is_no_stream, 0, COUNT(refused));
	tcase_add_test(tc, board_needs_a_broker);
	tcase_add_test(tc, board_does_not_wait_for_ever);
	tcase_add_test(tc, board_answers_head_by_itself);
	tcase_add_test(tc, board_is_told_what_changes_of_what_it_sees);
	tcase_add_test(tc, board_is_not_told_of_another_configuration);
	tcase_add_test(tc, board_does_not_read_on);
	tcase_add_test(tc, board_that_reads_nothing_gets_the_last_in_the_end);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
