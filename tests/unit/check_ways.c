/* SPDX-License-Identifier: ISC */
/*
 * Which side of a session takes nothing: with real connections, whose other
 * end is the test's. Nothing of it is a matter of time: looks are counted.
 */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker/client/ways.h"

#define LOOKS_MAX 1000 /* until the kernel has moved what it can */
#define PIECE	  4096

static struct client c;
static int far_end;
static char piece[PIECE];

/* A connection over TCP; its own end, and the other in *other. */
static int
make_connection(int *other)
{
	struct sockaddr_in sin = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sin);
	int listener, fd;

	ck_assert_int_ge(listener = socket(AF_INET, SOCK_STREAM, 0), 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(
	    getsockname(listener, (struct sockaddr *)&sin, &len), 0);
	ck_assert_int_ge(fd = socket(AF_INET, SOCK_STREAM, 0), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_ge(*other = accept(listener, NULL, NULL), 0);
	close(listener);
	return fd;
}

static void
setup(void)
{
	memset(&c, 0, sizeof(c));
	c.client.fd = -1;
	c.target.fd = make_connection(&far_end);
}

static void
teardown(void)
{
	close(c.target.fd);
	close(far_end);
}

/* As much as the kernel takes, past the leg: none waits in its queue. */
static size_t
fill_kernel(void)
{
	size_t sum = 0;
	ssize_t n;

	while ((n = send(c.target.fd, piece, PIECE, MSG_DONTWAIT)) > 0)
		sum += (size_t)n;
	ck_assert_int_eq(errno, EAGAIN);
	c.count.to_target += sum;
	return sum;
}

static void
drain(size_t bytes)
{
	ssize_t n;

	for (; bytes > 0; bytes -= (size_t)n) {
		n = recv(far_end, piece, bytes < PIECE ? bytes : PIECE, 0);
		ck_assert_int_gt(n, 0);
	}
}

/* Looks until it says that something has changed. */
static void
look_until_changed(void)
{
	int i;

	for (i = 0; i < LOOKS_MAX; i++)
		if (ways_look(&c))
			return;
	ck_abort_msg("nothing changed in %d looks", LOOKS_MAX);
}

START_TEST(target_stalls_by_what_waits_in_the_kernel_and_goes_on)
{
	struct session_ways ways = {0};
	size_t sum = fill_kernel();

	look_until_changed();
	ways_fill(&c, &ways);
	ck_assert_uint_ne(ways.target.stalled_sec, 0);
	ck_assert_uint_eq(ways.client.stalled_sec, 0);
	ck_assert_int_eq(ways_look(&c), 0); /* and it is said once */
	drain(sum);
	look_until_changed();
	memset(&ways, 0, sizeof(ways));
	ways_fill(&c, &ways);
	ck_assert_uint_eq(ways.target.stalled_sec, 0);
	ck_assert_int_eq(ways_look(&c), 0);
}
END_TEST

START_TEST(side_that_takes_all_does_not_stall)
{
	struct session_ways ways = {0};
	int i;

	for (i = 0; i < LOOKS_MAX; i++) {
		ck_assert_int_eq(send(c.target.fd, piece, 1, 0), 1);
		c.count.to_target++;
		drain(1);
		ck_assert_int_eq(ways_look(&c), 0);
	}
	ways_fill(&c, &ways);
	ck_assert_uint_eq(ways.target.stalled_sec, 0);
	ck_assert_uint_gt(ways.target.rtt_us, 0);
	ck_assert_uint_eq(ways.client.rtt_us, 0); /* it is closed */
	ck_assert_int_eq((int)ways.has_ping, 0);
}
END_TEST

START_TEST(side_that_is_sent_nothing_is_not_asked)
{
	ck_assert_int_eq(ways_look(&c), 0);
	ck_assert_int_eq(ways_look(&c), 0);
	ck_assert_uint_eq(c.way_target.acked, 0); /* the kernel would say 1 */
}
END_TEST

START_TEST(side_that_is_closed_stalls_no_more)
{
	int fd = c.target.fd;

	fill_kernel();
	look_until_changed();
	c.target.fd = -1;
	ck_assert_int_eq(ways_look(&c), 1);
	ck_assert_uint_eq(c.way_target.stalled_sec, 0);
	c.target.fd = fd;
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ways");
	TCase *tc = tcase_create("ways");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
	    tc, target_stalls_by_what_waits_in_the_kernel_and_goes_on);
	tcase_add_test(tc, side_that_takes_all_does_not_stall);
	tcase_add_test(tc, side_that_is_sent_nothing_is_not_asked);
	tcase_add_test(tc, side_that_is_closed_stalls_no_more);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
