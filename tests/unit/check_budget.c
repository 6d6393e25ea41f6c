/* SPDX-License-Identifier: ISC */
/* Buffers that shrink as sessions grow in number; what the machine has. */
#include <check.h>
#include <stdlib.h>

#include "common/tcp.h"
#include "daemon/bundle/machine.h"
#include "worker/leg/budget.h"

#define MIB (1024 * 1024)

static const struct row {
	uint32_t socket_buffer_bytes;
	uint32_t socket_memory_kib;
	uint32_t sessions;
	uint32_t expected;
} rows[] = {
    {4 * MIB, 256 * 1024, 1, 4 * MIB},
    {4 * MIB, 256 * 1024, 64, 4 * MIB},
    {4 * MIB, 256 * 1024, 65, 2 * MIB},
    {4 * MIB, 256 * 1024, 128, 2 * MIB},
    {4 * MIB, 256 * 1024, 129, MIB},
    {4 * MIB, 256 * 1024, 1000000, TCP_BUFFER_MIN_BYTES},
    {4 * MIB, 1, 1, TCP_BUFFER_MIN_BYTES},
    {100000, 1, 1, 50000}, /* the kernel's side makes 65536 of it */
    {65536, 1, 1000, 65536},
    {1, 1, 1000, 1},
    {0, 1, 1000, 0},
    {1073741824, 4194303, 4, 536870912},
    {1073741824, 4194303, 3, 1073741824},
};

START_TEST(budget_shrinks_with_the_number_of_sessions)
{
	const struct row *row = &rows[_i];
	struct settings s = {0};

	s.socket_buffer_bytes = row->socket_buffer_bytes;
	s.socket_memory_kib = row->socket_memory_kib;
	ck_assert_uint_eq(
	    budget_socket_bytes(&s, row->sessions), row->expected);
}
END_TEST

START_TEST(budget_counts_connections_that_are_no_session)
{
	struct settings s = {0};
	uint32_t connections, bytes;

	s.socket_memory_kib = 8 * 1024;
	ck_assert_uint_eq(budget_connection_bytes(&s, 1), 131072);
	ck_assert_uint_eq(budget_connection_bytes(&s, 64), 131072);
	ck_assert_uint_eq(budget_connection_bytes(&s, 65), 65536);
	ck_assert_uint_eq(budget_connection_bytes(&s, 1000000), 16384);
	for (connections = 1; connections <= 512; connections++) {
		bytes = budget_connection_bytes(&s, connections);
		ck_assert_uint_le(bytes * connections, 8 * MIB);
	}
}
END_TEST

START_TEST(budget_is_divided_among_workers)
{
	ck_assert_uint_eq(machine_socket_kib(64, 1), 65536);
	ck_assert_uint_eq(machine_socket_kib(64, 4), 16384);
	ck_assert_uint_eq(machine_socket_kib(64, 256), 8192); /* at least */
	ck_assert_uint_eq(machine_socket_kib(1048576, 1), 1073741824);
}
END_TEST

START_TEST(budget_comes_from_the_kernel_if_nobody_says)
{
	/* where nobody has looked yet, a fixed one */
	ck_assert_uint_eq(machine_socket_kib(0, 1), 262144);
	machine_learn();
	ck_assert_uint_ge(machine()->cpus, 1);
	if (machine()->tcp_kib > 64 * 1024)
		ck_assert_uint_eq(
		    machine_socket_kib(0, 1), machine()->tcp_kib / 8);
	ck_assert_uint_le(machine_socket_kib(0, 2), machine_socket_kib(0, 1));
}
END_TEST

static Suite *
budget_suite(void)
{
	Suite *suite = suite_create("budget");
	TCase *tc = tcase_create("budget");

	tcase_add_loop_test(tc, budget_shrinks_with_the_number_of_sessions, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, budget_counts_connections_that_are_no_session);
	tcase_add_test(tc, budget_is_divided_among_workers);
	tcase_add_test(tc, budget_comes_from_the_kernel_if_nobody_says);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(budget_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
