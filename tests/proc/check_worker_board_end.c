/* SPDX-License-Identifier: ISC */
/* What ends boards, and a broker that lies about them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/board_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 60

/* ---- the end ---- */

START_TEST(board_ends_with_its_client)
{
	int broker = board_start(), client;

	client = _i == 0 ? board_asked(broker, BOARD_FIRST)
			 : board_live(broker, BOARD_FIRST, BOARD_ALL);
	close(client);
	board_expect_end(broker, BOARD_FIRST);
	board_say_sees(broker, BOARD_FIRST, BOARD_ALL);
	board_say_state(broker, 1, 1);
	board_say_over(broker, BOARD_FIRST, 0, "");
	/* what was known is forgotten: it is told again, to the next */
	close(board_live(broker, BOARD_FIRST + 1, BOARD_ALL));
	board_expect_end(broker, BOARD_FIRST + 1);
	rig_stop(&board_w.rig);
}
END_TEST

START_TEST(board_tells_why_it_is_over)
{
	int broker = board_start(), client, other;

	client = board_live(broker, BOARD_FIRST, BOARD_ALL);
	other = board_live(broker, BOARD_FIRST + 1, BOARD_ALL);
	board_say_over(broker, BOARD_FIRST, 4521, "you have \"logged out\"");
	board_expect_event(client,
	    "event: over\ndata: {\"code\":4521,"
	    "\"reason\":\"you have \\u0022logged out\\u0022\"}\n\n");
	ck_assert(is_at_end(client));
	board_say_state(broker, 1, 2);
	board_expect_event(
	    other, "event: state\ndata: [{\"id\":1,\"sessions\":2}]\n\n");
	broker_expect_silence(broker);
	rig_stop(&board_w.rig);
}
END_TEST

enum cause {
	CAUSE_CONF,
	CAUSE_LOST,
	CAUSE_NEXT,
	CAUSE_DRAIN,
	CAUSES
};

/* Returns the broker's end that is used from then on, or -1. */
static int
happen(enum cause cause, int broker)
{
	struct msg_drain drain = {30};

	switch (cause) {
	case CAUSE_CONF:
		worker_configure(&board_w);
		return broker;
	case CAUSE_LOST:
		close(broker);
		return -1;
	case CAUSE_NEXT:
		return rig_connect_worker(&board_w.rig, 0);
	case CAUSE_DRAIN:
	case CAUSES:
		break;
	}
	worker_tell(&board_w, MSG_DRAIN, &drain, -1);
	return -1;
}

/* Also those that wait: their pages ask again. */
START_TEST(boards_end_all_together)
{
	int broker = board_start(), live[3], asked, i;
	struct session s;

	session_open(&board_w, broker, BOARD_FIRST + 10, &s); /* it goes on */
	for (i = 0; i < 3; i++)
		live[i] =
		    board_live(broker, BOARD_FIRST + (uint64_t)i, BOARD_ALL);
	asked = board_asked(broker, BOARD_FIRST + 3);
	broker = happen((enum cause)_i, broker);
	for (i = 0; i < 3; i++)
		board_expect_over(live[i]);
	board_expect_head(asked);
	board_expect_over(asked);
	if (_i == CAUSE_CONF)
		for (i = 0; i < 4; i++)
			board_expect_end(broker, BOARD_FIRST + (uint64_t)i);
	if (_i == CAUSE_NEXT) {
		/* it hears what it has, and of no board that it never had */
		broker_read(broker, MSG_HELD, &board_any);
		broker_read(broker, MSG_HELD_END, &board_any);
	}
	if (broker != -1) {
		session_check(&s);
		close(board_live(broker, BOARD_FIRST + 4, BOARD_ALL));
	}
	rig_stop(&board_w.rig);
}
END_TEST

/* ---- a broker that lies ---- */

static const struct {
	uint32_t total, first, count;
} impossible[] = {
    {BOARD_TARGETS, 4, 1},
    {BOARD_TARGETS, 24, 0},
    {BOARD_TARGETS, 0, BOARD_TARGETS + 1},
    {BOARD_TARGETS, 8, BOARD_TARGETS},
    {BOARD_TARGETS, 8, UINT32_MAX - 7},
    {UINT32_MAX, 0, BOARD_SLICE_MAX + 1},
    {UINT32_MAX, 0, 8},
    {PROTO_TARGETS_MAX + 1, 8, 8},
};

START_TEST(board_takes_no_bits_that_cannot_be)
{
	int broker = board_start(), client = board_asked(broker, BOARD_FIRST);
	struct msg_board_sees said = board_sees_of(BOARD_FIRST, BOARD_ALL);

	said.total = impossible[_i].total;
	said.first = impossible[_i].first;
	said.count = impossible[_i].count;
	board_tell(broker, MSG_BOARD_SEES, &said);
	board_expect_head(client);
	board_expect_over(client);
	broker_expect_closed(broker);
	worker_wait_unjoined(&board_w, 1);
	ck_assert_uint_eq(board_w.unjoined_reason, UNJOINED_NONSENSE);
	rig_stop(&board_w.rig);
}
END_TEST

/* Slices in any order, twice, or of what was said already: no harm. */
START_TEST(board_bears_slices_that_make_no_list)
{
	struct msg_board_sees said;
	int broker = board_start(), client = board_asked(broker, BOARD_FIRST);

	said = board_sees_of(BOARD_FIRST, 1);
	said.first = 8;
	said.count = 8;
	board_tell(broker, MSG_BOARD_SEES, &said);
	board_tell(broker, MSG_BOARD_SEES, &said);
	said.count = 0;
	said.first = 0;
	board_tell(broker, MSG_BOARD_SEES, &said);
	said.first = 16;
	said.count = BOARD_TARGETS - 16;
	board_tell(broker, MSG_BOARD_SEES, &said);
	board_expect_targets(client, 2); /* the first slice was not said */
	board_expect_ready(client, 2);
	rig_stop(&board_w.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker board");
	TCase *tc = tcase_create("end");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(tc, board_ends_with_its_client, 0, 2);
	tcase_add_test(tc, board_tells_why_it_is_over);
	tcase_add_loop_test(tc, boards_end_all_together, 0, CAUSES);
	tcase_add_loop_test(
	    tc, board_takes_no_bits_that_cannot_be, 0, COUNT(impossible));
	tcase_add_test(tc, board_bears_slices_that_make_no_list);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
