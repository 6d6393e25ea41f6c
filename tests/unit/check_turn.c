/* SPDX-License-Identifier: ISC */
/* How much a session may move in a turn. */
#include <check.h>
#include <stdlib.h>

#include "worker/leg/buffer.h"
#include "worker/leg/turn.h"

#define TRIES 1000 /* the machine may sleep between two calls */

START_TEST(turn_is_large_among_those_who_move_much)
{
	struct turn turn = {0};

	ck_assert_uint_eq(turn_bytes(&turn), WORKER_BUFFER_BYTES);
	turn_note(&turn, 8192);
	ck_assert_uint_eq(turn_bytes(&turn), WORKER_BUFFER_BYTES);
}
END_TEST

START_TEST(turn_is_small_while_somebody_moves_little)
{
	struct turn turn = {0};
	size_t bytes = 0;
	int i;

	for (i = 0; i < TRIES && bytes != 32768; i++) {
		turn_note(&turn, 10);
		bytes = turn_bytes(&turn);
	}
	ck_assert_uint_eq(bytes, 32768);
	/* a long time ago */
	turn.small_ms = 1;
	ck_assert_uint_eq(turn_bytes(&turn), WORKER_BUFFER_BYTES);
}
END_TEST

static Suite *
turn_suite(void)
{
	Suite *suite = suite_create("turn");
	TCase *tc = tcase_create("turn");

	tcase_add_test(tc, turn_is_large_among_those_who_move_much);
	tcase_add_test(tc, turn_is_small_while_somebody_moves_little);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(turn_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
