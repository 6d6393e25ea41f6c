/* SPDX-License-Identifier: ISC */
/* Floods through the pipe: all bytes, in frames, and never a stranger's. */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/parse/frame.h"
#include "tests/unit/leg_rig.h"
#include "worker/leg/buffer.h"
#include "worker/leg/bulk.h"

#define FLOOD_BYTES (3 * 1024 * 1024)

static uint8_t flood[FLOOD_BYTES], got[FLOOD_BYTES];
static uint8_t raw[FLOOD_BYTES * 2]; /* as it came, in frames */
static size_t raw_len, raw_at;
static uint8_t *spare;
static struct leg source; /* what is read; its other end is feeder */
static int feeder;

static void
set_up(void)
{
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	bulk_open();
	ck_assert_int_ne(bulk_in_fd(), -1);
	ck_assert_ptr_nonnull(spare = malloc(WORKER_BUFFER_BYTES));
	for (i = 0; i < sizeof(flood); i++)
		flood[i] = (uint8_t)(i * 7 + i / 4096);
}

static void
tear_down(void)
{
	close(bulk_in_fd());
	close(bulk_out_fd());
	free(spare);
}

static void
open_source(void)
{
	const struct leg_ops *none = t.leg.ops;
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	leg_init(&source, none, NULL);
	leg_open(&source, t.base, fds[0]);
	feeder = fds[1];
}

static void
close_source(void)
{
	leg_close(&source);
	close(feeder);
}

static size_t
left_in_pipe(void)
{
	int bytes = -1;

	ck_assert_int_eq(ioctl(bulk_out_fd(), FIONREAD, &bytes), 0);
	return (size_t)bytes;
}

/* Reads what has come, and takes the frames' headers away. */
static size_t
unframe(size_t have)
{
	uint64_t len;
	ssize_t n;
	size_t head, i;

	while ((n = read(t.peer, raw + raw_len, sizeof(raw) - raw_len)) > 0)
		raw_len += (size_t)n;
	for (;;) {
		if (raw_len - raw_at < 2 ||
		    raw_len - raw_at < (raw[raw_at + 1] == 127 ? 10U : 4U))
			return have;
		ck_assert_uint_eq(raw[raw_at], 0x80 | WS_BINARY);
		len = raw[raw_at + 1];
		head = len == 127 ? 10 : len == 126 ? 4 : 2;
		for (len = len < 126 ? len : 0, i = 2; i < head; i++)
			len = len << 8 | raw[raw_at + i];
		ck_assert_uint_le(len, BULK_FRAME_BYTES);
		if (raw_len - raw_at < head + len)
			return have;
		memcpy(got + have, raw + raw_at + head, len);
		have += len;
		raw_at += head + len;
	}
}

/* ---- bytes ---- */

START_TEST(flood_arrives_whole_and_in_order)
{
	size_t fed = 0, moved = 0, have = 0;
	int fault, is_tcp = _i;
	ssize_t n;

	if (is_tcp)
		open_tcp();
	else
		open_pair(); /* small buffers: most has to be queued */
	fcntl(t.peer, F_SETFL, O_NONBLOCK);
	open_source();
	while (have < sizeof(flood)) {
		n = write(feeder, flood + fed, sizeof(flood) - fed);
		if (n > 0)
			fed += (size_t)n;
		/* as the relay does: not over the watermark */
		if (leg_queued(&t.leg) <= LEG_HIGH_BYTES) {
			n = bulk_move(&source, &t.leg, WORKER_BUFFER_BYTES,
			    spare, &fault);
			ck_assert_int_eq(fault, 0);
			if (n > 0)
				moved += (size_t)n;
		}
		ck_assert_uint_eq(left_in_pipe(), 0);
		turn(1);
		have = unframe(have);
	}
	ck_assert_uint_eq(moved, sizeof(flood));
	ck_assert_mem_eq(got, flood, sizeof(flood));
	close_source();
	close_all();
}
END_TEST

START_TEST(end_and_nothing_are_told_as_by_a_read)
{
	int fault = 1;

	open_pair();
	open_source();
	ck_assert_int_eq(
	    bulk_move(&source, &t.leg, WORKER_BUFFER_BYTES, spare, &fault), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(fault, 0);
	shutdown(feeder, SHUT_WR);
	ck_assert_int_eq(
	    bulk_move(&source, &t.leg, WORKER_BUFFER_BYTES, spare, &fault), 0);
	ck_assert_int_eq(fault, 0);
	close_source();
	close_all();
}
END_TEST

/* ---- a client that is gone ---- */

START_TEST(nothing_of_a_lost_client_reaches_the_next)
{
	char buf[64];
	ssize_t n;
	int fault;

	open_tcp();
	open_source();
	n = write(feeder, flood, sizeof(flood));
	ck_assert_int_gt(n, BULK_FRAME_BYTES);
	reset_peer();
	ck_assert_int_eq(
	    bulk_move(&source, &t.leg, WORKER_BUFFER_BYTES, spare, &fault), n);
	ck_assert_int_eq(fault, VB_ESYS);
	ck_assert(errno == ECONNRESET || errno == EPIPE);
	ck_assert_uint_eq(left_in_pipe(), 0);
	close_source();
	close_all();

	open_pair();
	open_source();
	ck_assert_int_eq(write(feeder, "next", 4), 4);
	ck_assert_int_eq(
	    bulk_move(&source, &t.leg, WORKER_BUFFER_BYTES, spare, &fault), 4);
	ck_assert_int_eq(fault, 0);
	ck_assert_int_eq(read(t.peer, buf, sizeof(buf)), 6);
	ck_assert_mem_eq(buf, "\x82\x04next", 6);
	close_source();
	close_all();
}
END_TEST

static Suite *
bulk_suite(void)
{
	Suite *suite = suite_create("bulk");
	TCase *tc = tcase_create("bulk");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, flood_arrives_whole_and_in_order, 0, 2);
	tcase_add_test(tc, end_and_nothing_are_told_as_by_a_read);
	tcase_add_test(tc, nothing_of_a_lost_client_reaches_the_next);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(bulk_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
