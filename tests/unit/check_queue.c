/* SPDX-License-Identifier: ISC */
/* A queue whose kernel says "writable", and takes nothing. */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "worker/leg/queue.h"

#define DATA_BYTES 100000
#define LOW_BYTES  100
#define TURNS	   1000

static struct rig {
	struct event_base *base;
	struct queue *queue;
	int fds[2];
	int refuses; /* an errno that writing gives */
	unsigned writes;
	unsigned drained;
	unsigned failed;
	unsigned done;
	int error;
} t;

static char data[DATA_BYTES];

/* libevent calls this one. */
ssize_t
writev(int fd, const struct iovec *iov, int count)
{
	t.writes++;
	if (t.refuses != 0) {
		errno = t.refuses;
		return -1;
	}
	return syscall(SYS_writev, fd, iov, count);
}

static void
on_drained(void *arg)
{
	ck_assert_ptr_eq(arg, &t);
	t.drained++;
}

static void
on_failed(void *arg, int error)
{
	ck_assert_ptr_eq(arg, &t);
	t.failed++;
	t.error = error;
}

static void
on_done(const void *bytes, size_t len, void *arg)
{
	ck_assert_ptr_eq(arg, &t);
	ck_assert_ptr_eq(bytes, data);
	ck_assert_uint_eq(len, sizeof(data));
	t.done++;
}

static void
set_up(void)
{
	static const struct queue_ops ops = {on_drained, on_failed};
	size_t i;

	memset(&t, 0, sizeof(t));
	for (i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 256);
	t.base = event_base_new();
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, t.fds), 0);
	t.queue = queue_new(t.base, t.fds[0], LOW_BYTES, &ops, &t);
	ck_assert_ptr_nonnull(t.queue);
}

static void
tear_down(void)
{
	queue_free(t.queue);
	event_base_free(t.base);
	close(t.fds[0]);
	close(t.fds[1]);
}

static void
turn(unsigned times)
{
	while (times-- > 0)
		event_base_loop(t.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static void
expect_data(void)
{
	static char got[DATA_BYTES];
	size_t at = 0;
	ssize_t n;

	while (at < sizeof(got)) {
		event_base_loop(t.base, EVLOOP_NONBLOCK);
		n = read(t.fds[1], got + at, sizeof(got) - at);
		if (n > 0)
			at += (size_t)n;
		else /* a rest: wait for its end */
			event_base_loop(t.base, EVLOOP_ONCE);
	}
	ck_assert_mem_eq(got, data, sizeof(data));
}

START_TEST(queue_rests_when_nothing_is_taken_and_goes_on)
{
	unsigned before;

	ck_assert_int_eq(queue_add(t.queue, data, sizeof(data)), 0);
	t.refuses = EAGAIN;
	turn(1);
	ck_assert_uint_eq(t.writes, 1);
	/* as often as the loop turns it would be asked, without a rest */
	turn(TURNS);
	ck_assert_uint_le(t.writes, TURNS / 10);
	/* each rest ends by itself, and the next one is longer */
	for (before = t.writes; t.writes < before + 2;)
		event_base_loop(t.base, EVLOOP_ONCE);
	t.refuses = 0;
	expect_data();
	ck_assert_uint_eq(queue_length(t.queue), 0);
	ck_assert_uint_ge(t.drained, 1);
	ck_assert_uint_eq(t.failed, 0);
	/* as if nothing had been */
	ck_assert_int_eq(queue_add(t.queue, data, sizeof(data)), 0);
	expect_data();
}
END_TEST

START_TEST(queue_may_be_freed_while_it_rests)
{
	ck_assert_int_eq(
	    queue_add_shared(t.queue, data, sizeof(data), on_done, &t), 0);
	t.refuses = EAGAIN;
	turn(2);
	ck_assert_uint_eq(t.done, 0);
	queue_free(t.queue);
	t.queue = NULL;
	ck_assert_uint_eq(t.done, 1);
	turn(1); /* when libevent frees a bufferevent */
	ck_assert_int_eq(
	    event_base_get_num_events(t.base, EVENT_BASE_COUNT_ADDED), 0);
}
END_TEST

START_TEST(queue_that_failed_tells_once_and_tries_no_more)
{
	ck_assert_int_eq(queue_add(t.queue, data, sizeof(data)), 0);
	t.refuses = EPIPE;
	turn(TURNS);
	ck_assert_uint_eq(t.failed, 1);
	ck_assert_int_eq(t.error, EPIPE);
	ck_assert_uint_eq(t.writes, 1);
	ck_assert_int_eq(queue_add(t.queue, data, sizeof(data)), 0);
	turn(TURNS);
	ck_assert_uint_eq(t.writes, 1);
	ck_assert_uint_eq(t.drained, 0);
}
END_TEST

START_TEST(queue_goes_on_after_a_signal)
{
	ck_assert_int_eq(queue_add(t.queue, data, sizeof(data)), 0);
	t.refuses = EINTR;
	turn(1);
	ck_assert_uint_eq(t.writes, 1);
	t.refuses = 0;
	expect_data();
	ck_assert_uint_eq(t.failed, 0);
}
END_TEST

START_TEST(queue_of_nothing)
{
	ck_assert_int_eq(queue_add(t.queue, data, 0), 0);
	ck_assert_uint_eq(queue_length(t.queue), 0);
	ck_assert_uint_eq(queue_length(NULL), 0);
	queue_free(NULL);
	turn(3);
	ck_assert_uint_eq(t.writes, 0);
	ck_assert_uint_eq(t.drained, 0);
}
END_TEST

static Suite *
queue_suite(void)
{
	Suite *suite = suite_create("queue");
	TCase *tc = tcase_create("queue");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, queue_rests_when_nothing_is_taken_and_goes_on);
	tcase_add_test(tc, queue_may_be_freed_while_it_rests);
	tcase_add_test(tc, queue_that_failed_tells_once_and_tries_no_more);
	tcase_add_test(tc, queue_goes_on_after_a_signal);
	tcase_add_test(tc, queue_of_nothing);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(queue_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
