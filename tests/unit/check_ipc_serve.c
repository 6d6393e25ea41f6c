/* SPDX-License-Identifier: ISC */
/* A channel whose other end asks faster than it reads what it is answered. */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/ipc_pair.h"

#define BATCH	     32	  /* questions that may be read at once */
#define MANY	     4000 /* more than two sockets' buffers take */
#define QUESTION_LEN (sizeof(struct msg_head) + sizeof(struct msg_drain))
#define ANSWER_LEN   (sizeof(struct msg_head) + sizeof(struct msg_load))
#define MARK	     (10 * ANSWER_LEN)

static struct ipc_pair pair;
static unsigned char question[PROTO_DATAGRAM_MAX + 1];
static unsigned send_calls;
static int send_error; /* errno that sendmmsg fails with, or 0 */

/* The kernel's, unless it is to be short of something. */
int
sendmmsg(int fd, struct mmsghdr *headers, unsigned n, int flags)
{
	send_calls++;
	if (send_error == 0)
		return (int)syscall(SYS_sendmmsg, fd, headers, n, flags);
	errno = send_error;
	return -1;
}

/* Asks until nothing more is read; how often that was. */
static unsigned
ask_without_reading(int master)
{
	unsigned asked = 0;

	make_message(question, MSG_DRAIN);
	fcntl(master, F_SETFL, O_NONBLOCK);
	while (asked < MANY) {
		if (send_datagram(master, question, QUESTION_LEN, NULL, 0) ==
		    0) {
			asked++;
			continue;
		}
		ipc_pair_run(&pair);
		if (send_datagram(master, question, QUESTION_LEN, NULL, 0) < 0)
			break;
		asked++;
	}
	fcntl(master, F_SETFL, 0);
	return asked;
}

START_TEST(ipc_reads_no_question_while_answers_wait_and_owes_none)
{
	int fd, master = ipc_pair_start_worker(&pair);
	union proto_any any;
	unsigned asked, i;

	pair.worker.sends_in_handler = 1;
	ipc_serve(pair.worker.ipc, MARK);
	asked = ask_without_reading(master);
	ck_assert_uint_lt(asked, MANY); /* the asker is who waits */
	ck_assert_uint_lt(pair.worker.count, asked);
	ck_assert_uint_gt(ipc_queued_bytes(pair.worker.ipc), MARK);
	ck_assert_uint_le(
	    ipc_queued_bytes(pair.worker.ipc), MARK + BATCH * ANSWER_LEN);
	ck_assert_uint_eq(pair.worker.closed, 0);
	for (i = 0; i < asked; i++) {
		ipc_pair_run(&pair);
		ck_assert_int_eq(ipc_read_message(master, ROLE_MASTER,
				     ROLE_WORKER, &any, &fd),
		    MSG_LOAD);
	}
	ck_assert_uint_eq(pair.worker.count, asked);
	ck_assert_uint_eq(ipc_queued(pair.worker.ipc), 0);
	close(master);
	ipc_pair_stop(&pair);
}
END_TEST

/* What is owed already has room, whatever the mark is. */
START_TEST(ipc_has_room_for_each_answer_that_is_owed)
{
	int master = ipc_pair_start_worker(&pair);
	struct msg_log line = {0};
	unsigned i;

	ipc_serve(pair.worker.ipc, MARK);
	for (i = 0; i < 2 * IPC_QUEUE_BYTES / sizeof(line); i++)
		ck_assert_int_eq(
		    ipc_send(pair.worker.ipc, MSG_LOG, &line, -1), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.closed, 0);
	close(master);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_hears_the_end_of_one_that_it_does_not_read)
{
	int master = ipc_pair_start_worker(&pair);

	pair.worker.sends_in_handler = 1;
	ipc_serve(pair.worker.ipc, MARK);
	ck_assert_uint_lt(ask_without_reading(master), MANY);
	close(master);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.closed, 1);
	ck_assert_int_eq(pair.worker.reason, VB_ECLOSED);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_goes_on_to_read_when_its_queue_is_flushed)
{
	int fd, master = ipc_pair_start_worker(&pair);
	union proto_any any;
	unsigned asked, i;

	pair.worker.sends_in_handler = 1;
	ipc_serve(pair.worker.ipc, MARK);
	asked = ask_without_reading(master);
	for (i = 0; i < asked; i++) {
		while (recv(master, &any, 1, MSG_PEEK | MSG_DONTWAIT) == -1) {
			ck_assert_int_eq(ipc_flush(pair.worker.ipc, 0), 0);
			ipc_pair_run(&pair);
		}
		ck_assert_int_eq(ipc_read_message(master, ROLE_MASTER,
				     ROLE_WORKER, &any, &fd),
		    MSG_LOAD);
	}
	close(master);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_tells_when_all_is_taken)
{
	ipc_pair_start(&pair);
	ck_assert_int_eq(pair_send_number(&pair, 1), 0);
	ck_assert_int_eq(pair_send_number(&pair, 2), 0);
	ck_assert_uint_eq(pair.master.drained, 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.master.drained, 1);
	ck_assert_int_eq(pair_send_number(&pair, 3), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.master.drained, 2);
	ck_assert_uint_eq(pair.worker.drained, 0);
	ipc_pair_stop(&pair);
}
END_TEST

/*
 * Too many descriptors are under way, or memory is short: the socket is
 * writable all the same.
 */
START_TEST(ipc_rests_where_the_kernel_is_short_and_the_socket_is_not)
{
	const int errors[] = {ETOOMANYREFS, ENOBUFS};

	ipc_pair_start(&pair);
	ck_assert_int_eq(pair_send_number(&pair, 1), 0);
	send_error = errors[_i];
	send_calls = 0;
	ck_assert_int_eq(event_base_loop(pair.base, EVLOOP_NONBLOCK), 0);
	ck_assert_int_eq(event_base_loop(pair.base, EVLOOP_NONBLOCK), 0);
	ck_assert_int_eq(event_base_loop(pair.base, EVLOOP_NONBLOCK), 0);
	ck_assert_uint_le(send_calls, 2); /* a rest may be over meanwhile */
	ck_assert_uint_eq(pair.master.closed, 0);
	ck_assert_int_eq(pair_send_number(&pair, 2), 0);
	send_error = 0;
	while (pair.worker.count < 2)
		ck_assert_int_eq(event_base_loop(pair.base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(pair.worker.heard[0], 1);
	ck_assert_uint_eq(pair.worker.heard[1], 2);
	ipc_pair_stop(&pair);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ipc");
	TCase *tc = tcase_create("serve");
	SRunner *runner;
	int failed;

	tcase_add_test(
	    tc, ipc_reads_no_question_while_answers_wait_and_owes_none);
	tcase_add_test(tc, ipc_has_room_for_each_answer_that_is_owed);
	tcase_add_test(tc, ipc_hears_the_end_of_one_that_it_does_not_read);
	tcase_add_test(tc, ipc_goes_on_to_read_when_its_queue_is_flushed);
	tcase_add_test(tc, ipc_tells_when_all_is_taken);
	tcase_add_loop_test(tc,
	    ipc_rests_where_the_kernel_is_short_and_the_socket_is_not, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
