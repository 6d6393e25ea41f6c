/* SPDX-License-Identifier: ISC */
/* A leg's writing: what goes at once, what waits, what fails. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/leg_rig.h"

#define SECRET_BYTES 512
#define SECRET_BEGIN 256 /* what is freed is written over at its beginning */
#define SECRET_PART  64
#define MAPPING_MOST (1 << 28) /* a sanitizer's shadow is all but endless */

static int
write_bulk(size_t len)
{
	size_t part = len / 3;
	struct iovec iov[] = {{bulk, part}, {bulk + part, part},
	    {bulk + 2 * part, len - 2 * part}};

	return leg_write(&t.leg, iov, 3);
}

/* Reads what is there; checks it against bulk from *at on. */
static size_t
read_peer(size_t *at)
{
	unsigned char buf[SMALL_BUFFER];
	ssize_t n;
	size_t total = 0;

	while ((n = recv(t.peer, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		ck_assert_uint_le(*at + (size_t)n, sizeof(bulk));
		ck_assert_mem_eq(buf, bulk + *at, (size_t)n);
		*at += (size_t)n;
		total += (size_t)n;
	}
	return total;
}

/* Reads what is there, whatever it is. */
static void
drain_peer(void)
{
	static unsigned char rest[BULK_BYTES];

	while (recv(t.peer, rest, sizeof(rest), MSG_DONTWAIT) > 0)
		explicit_bzero(rest, sizeof(rest));
}

START_TEST(leg_writes_at_once_what_the_kernel_takes)
{
	size_t at = 0;

	open_pair();
	ck_assert_int_eq(write_bulk(1023), 0);
	ck_assert_uint_eq(leg_queued(&t.leg), 0);
	ck_assert_ptr_null(t.leg.out);
	ck_assert_uint_eq(read_peer(&at), 1023);
	close_all();
}
END_TEST

START_TEST(leg_queues_the_rest_in_order_and_tells_when_it_is_low)
{
	struct iovec second = {bulk + BULK_BYTES / 2, BULK_BYTES / 2};
	size_t at = 0;
	unsigned turns = 0;

	open_pair();
	ck_assert_int_eq(write_bulk(BULK_BYTES / 2), 0);
	ck_assert_uint_gt(leg_queued(&t.leg), LEG_HIGH_BYTES);
	/* what comes later waits behind it, though the kernel had room */
	read_peer(&at);
	ck_assert_int_eq(leg_write(&t.leg, &second, 1), 0);
	while (t.drained == 0) {
		ck_assert_uint_lt(turns++, BULK_BYTES);
		ck_assert_uint_gt(leg_queued(&t.leg), LEG_LOW_BYTES);
		turn(1);
		read_peer(&at);
	}
	ck_assert_uint_le(t.queued_at_drain, LEG_LOW_BYTES);
	ck_assert_uint_gt(t.queued_at_drain, 0);
	while (leg_queued(&t.leg) > 0) {
		turn(1);
		read_peer(&at);
	}
	read_peer(&at);
	ck_assert_uint_eq(at, BULK_BYTES);
	ck_assert_uint_eq(t.failed, 0);
	close_all();
}
END_TEST

START_TEST(leg_that_cannot_write_does_not_spin)
{
	open_pair();
	ck_assert_int_eq(write_bulk(BULK_BYTES), 0);
	turn(1);
	expect_rest();
	ck_assert_uint_eq(t.drained, 0);
	close_all();
}
END_TEST

/* Of no text that is anywhere; computed, so that the search has none itself. */
static unsigned char
letter_of_secret(size_t i)
{
	return (unsigned char)(i * 167 + (i >> 3) + 13);
}

static int
is_secret(const unsigned char *p)
{
	size_t i;

	for (i = 0; i < SECRET_PART; i++)
		if (p[i] != letter_of_secret(SECRET_BEGIN + i))
			return 0;
	return 1;
}

static int
is_in(int mem, uint64_t first, uint64_t end)
{
	static unsigned char piece[SMALL_BUFFER];
	ssize_t i, n;
	int found = 0;

	for (; !found && first < end; first += SMALL_BUFFER - SECRET_PART) {
		n = pread(mem, piece, sizeof(piece), (off_t)first);
		for (i = 0; !found && i + SECRET_PART <= n; i++)
			found = is_secret(piece + i);
		explicit_bzero(piece, sizeof(piece));
	}
	return found;
}

/* Whether this process has it in what it can write. */
static int
has_secret(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC), found = 0;
	uint64_t first, end;
	char line[512], rights[5];

	ck_assert_ptr_nonnull(maps);
	ck_assert_int_ge(mem, 0);
	while (!found && fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &first, &end,
			rights) == 3 &&
		    rights[1] == 'w' && end - first < MAPPING_MOST)
			found = is_in(mem, first, end);
	fclose(maps);
	close(mem);
	return found;
}

/* Written by parts, or given up with the leg. */
START_TEST(leg_wipes_what_waited_and_was_secret)
{
	static unsigned char secret[SECRET_BYTES];
	struct iovec iov = {secret, sizeof(secret)};
	size_t i;

	/* what is freed stays where it can be looked for */
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	mallopt(M_MMAP_THRESHOLD, INT_MAX);
	open_pair();
	ck_assert_int_eq(write_bulk(BULK_BYTES / 2), 0);
	for (i = 0; i < sizeof(secret); i++)
		secret[i] = letter_of_secret(i);
	t.leg.is_secret = 1;
	ck_assert_int_eq(leg_write(&t.leg, &iov, 1), 0);
	t.leg.is_secret = 0;
	explicit_bzero(secret, sizeof(secret));
	ck_assert(has_secret());
	while (_i == 0 && leg_queued(&t.leg) > 0) {
		turn(1);
		drain_peer();
	}
	close_all();
	ck_assert(!has_secret());
}
END_TEST

START_TEST(leg_may_be_closed_in_drained)
{
	size_t at = 0;

	open_pair();
	t.closes = 1;
	ck_assert_int_eq(write_bulk(BULK_BYTES), 0);
	while (t.drained == 0) {
		read_peer(&at);
		turn(1);
	}
	ck_assert(!leg_is_open(&t.leg));
	ck_assert_uint_eq(leg_queued(&t.leg), 0);
	turn(TURNS);
	ck_assert_uint_eq(t.drained, 1);
	ck_assert_uint_eq(t.failed, 0);
	close_all();
}
END_TEST

START_TEST(leg_trim_gives_a_queue_back_that_was_not_used)
{
	open_pair();
	ck_assert_int_eq(write_bulk(BULK_BYTES), 0);
	leg_trim(&t.leg);
	leg_trim(&t.leg);
	ck_assert_ptr_nonnull(t.leg.out);    /* it is not empty */
	ck_assert_int_eq(write_bulk(16), 0); /* waits behind it */
	while (leg_queued(&t.leg) > 0) {
		turn(1);
		drain_peer();
	}
	/* used since the last look: it may be needed again at once */
	leg_trim(&t.leg);
	ck_assert_ptr_nonnull(t.leg.out);
	leg_trim(&t.leg);
	ck_assert_ptr_null(t.leg.out);
	leg_trim(&t.leg);
	/* and it comes back when it is needed */
	ck_assert_int_eq(write_bulk(BULK_BYTES), 0);
	ck_assert_ptr_nonnull(t.leg.out);
	close_all();
}
END_TEST

/* ---- memory that is shared ---- */

static int
write_shared(size_t len)
{
	return leg_write_shared(&t.leg, bulk, len, release, &t);
}

START_TEST(leg_releases_shared_memory_once_when_the_kernel_takes_it)
{
	size_t at = 0;

	open_pair();
	ck_assert_int_eq(write_shared(100), 0);
	ck_assert_uint_eq(t.released, 1);
	ck_assert_int_eq(write_shared(0), 0);
	ck_assert_uint_eq(t.released, 2);
	ck_assert_uint_eq(read_peer(&at), 100);
	close_all();
	ck_assert_uint_eq(t.released, 2);
}
END_TEST

START_TEST(leg_releases_shared_memory_once_when_its_queue_is_written)
{
	size_t at = 0;

	open_pair();
	ck_assert_int_eq(write_shared(BULK_BYTES), 0);
	ck_assert_uint_eq(t.released, 0);
	while (leg_queued(&t.leg) > 0) {
		read_peer(&at);
		turn(1);
	}
	ck_assert_uint_eq(t.released, 1);
	read_peer(&at);
	ck_assert_uint_eq(at, BULK_BYTES);
	close_all();
	ck_assert_uint_eq(t.released, 1);
}
END_TEST

START_TEST(leg_writes_shared_memory_behind_what_waits)
{
	size_t at = 0;

	open_pair();
	ck_assert_int_eq(write_bulk(BULK_BYTES / 2), 0);
	/* the kernel has room again, and yet it is not its turn */
	read_peer(&at);
	ck_assert_int_eq(leg_write_shared(&t.leg, bulk + BULK_BYTES / 2,
			     BULK_BYTES / 2, release, &t),
	    0);
	while (leg_queued(&t.leg) > 0) {
		turn(1);
		read_peer(&at);
	}
	read_peer(&at);
	ck_assert_uint_eq(at, BULK_BYTES);
	ck_assert_uint_eq(t.released, 1);
	close_all();
}
END_TEST

START_TEST(leg_releases_shared_memory_once_when_it_is_closed)
{
	open_pair();
	ck_assert_int_eq(write_shared(BULK_BYTES), 0);
	ck_assert_int_eq(write_shared(BULK_BYTES), 0);
	ck_assert_uint_eq(t.released, 0);
	close_all();
	ck_assert_uint_eq(t.released, 2);
}
END_TEST

START_TEST(leg_releases_shared_memory_once_when_writing_fails)
{
	/* at once, and with the queue half written */
	open_pair();
	signal(SIGPIPE, SIG_IGN); /* as the worker does */
	if (_i == 1)
		ck_assert_int_eq(write_shared(BULK_BYTES), 0);
	close(t.peer);
	t.peer = -1;
	if (_i == 0) {
		ck_assert_int_eq(write_shared(100), VB_ESYS);
		ck_assert_int_eq(errno, EPIPE);
		ck_assert_uint_eq(t.released, 1);
	} else {
		turn(TURNS);
		ck_assert_uint_eq(t.failed, 1);
	}
	close_all();
	ck_assert_uint_eq(t.released, 1);
}
END_TEST

/* ---- faults ---- */

START_TEST(leg_tells_once_that_writing_failed)
{
	open_tcp();
	signal(SIGPIPE, SIG_IGN);
	t.closes = _i;
	/* the kernel takes much of it; the rest waits in the queue */
	do
		ck_assert_int_eq(write_bulk(BULK_BYTES), 0);
	while (leg_queued(&t.leg) == 0);
	turn(1);
	reset_peer();
	turn(TURNS);
	ck_assert_uint_eq(t.failed, 1);
	ck_assert(t.error == ECONNRESET || t.error == EPIPE);
	ck_assert_uint_eq(t.drained, 0);
	close_all();
}
END_TEST

START_TEST(leg_write_to_a_peer_that_left_is_an_error_without_a_signal)
{
	open_pair();
	close(t.peer);
	t.peer = -1;
	ck_assert_int_eq(write_bulk(16), VB_ESYS);
	ck_assert_int_eq(errno, EPIPE);
	turn(TURNS);
	/* the caller was told: no callback comes */
	ck_assert_uint_eq(t.failed, 0);
	close_all();
}
END_TEST

static Suite *
leg_suite(void)
{
	Suite *suite = suite_create("leg");
	TCase *tc = tcase_create("writing");

	tcase_add_test(tc, leg_writes_at_once_what_the_kernel_takes);
	tcase_add_test(
	    tc, leg_queues_the_rest_in_order_and_tells_when_it_is_low);
	tcase_add_test(tc, leg_that_cannot_write_does_not_spin);
	tcase_add_loop_test(tc, leg_wipes_what_waited_and_was_secret, 0, 2);
	tcase_add_test(tc, leg_may_be_closed_in_drained);
	tcase_add_test(tc, leg_trim_gives_a_queue_back_that_was_not_used);
	tcase_add_test(
	    tc, leg_releases_shared_memory_once_when_the_kernel_takes_it);
	tcase_add_test(
	    tc, leg_releases_shared_memory_once_when_its_queue_is_written);
	tcase_add_test(tc, leg_writes_shared_memory_behind_what_waits);
	tcase_add_test(tc, leg_releases_shared_memory_once_when_it_is_closed);
	tcase_add_loop_test(
	    tc, leg_releases_shared_memory_once_when_writing_fails, 0, 2);
	tcase_add_loop_test(tc, leg_tells_once_that_writing_failed, 0, 2);
	tcase_add_test(
	    tc, leg_write_to_a_peer_that_left_is_an_error_without_a_signal);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(leg_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
