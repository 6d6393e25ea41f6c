/* SPDX-License-Identifier: ISC */
/* A channel's order, bounds and end. Descriptors: check_ipc_fd.c. */
#include <check.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "tests/unit/ipc_pair.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define BATCHES	   100 /* messages: more than three times a batch */
#define NUMBER_LEN (sizeof(struct msg_head) + sizeof(struct msg_drain))
#define MANY	   3000 /* more than a socket's buffer takes */
#define FLUSH_MS   50

static struct ipc_pair pair;
static unsigned char datagram[PROTO_DATAGRAM_MAX + 1];

START_TEST(ipc_delivers_many_batches_in_order)
{
	uint32_t i;

	ipc_pair_start(&pair);
	for (i = 0; i < BATCHES; i++)
		ck_assert_int_eq(pair_send_number(&pair, i), 0);
	ck_assert_uint_eq(ipc_queued(pair.master.ipc), BATCHES);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(ipc_queued(pair.master.ipc), 0);
	ck_assert_uint_eq(pair.worker.count, BATCHES);
	for (i = 0; i < BATCHES; i++)
		ck_assert_uint_eq(pair.worker.heard[i], i);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_sends_what_a_handler_answers)
{
	ipc_pair_start(&pair);
	pair.worker.sends_in_handler = 1;
	ck_assert_int_eq(pair_send_number(&pair, 1), 0);
	ck_assert_int_eq(pair_send_number(&pair, 2), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.count, 2);
	ck_assert_uint_eq(pair.master.count, 2);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_queue_is_bounded_to_the_byte)
{
	ipc_pair_start(&pair);
	ipc_set_bound(pair.master.ipc, 2 * NUMBER_LEN);
	ck_assert_int_eq(pair_send_number(&pair, 1), 0);
	ck_assert_int_eq(pair_send_number(&pair, 2), 0);
	ck_assert_int_eq(pair_send_number(&pair, 3), VB_EFULL);
	ck_assert_uint_eq(ipc_queued(pair.master.ipc), 2);
	ipc_pair_run(&pair);
	/* full is no fault: there is room again */
	ck_assert_int_eq(pair_send_number(&pair, 4), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.count, 3);
	ck_assert_uint_eq(pair.worker.heard[2], 4);
	ck_assert_uint_eq(pair.master.closed, 0);
	ipc_set_bound(pair.master.ipc, NUMBER_LEN - 1);
	ck_assert_int_eq(pair_send_number(&pair, 5), VB_EFULL);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_waits_for_a_slow_reader_and_goes_on_in_order)
{
	int fd, reader = ipc_pair_start_worker(&pair);
	struct msg_load load = {0};
	union proto_any any;
	size_t left;
	uint32_t i;

	for (i = 0; i < MANY; i++) {
		load.sessions = i;
		ck_assert_int_eq(
		    ipc_send(pair.worker.ipc, MSG_LOAD, &load, -1), 0);
	}
	ipc_pair_run(&pair);
	left = ipc_queued(pair.worker.ipc);
	ck_assert_uint_gt(left, 0);
	ck_assert_uint_lt(left, MANY);
	/* without room nothing is ready: the loop does not spin */
	ck_assert_int_eq(event_base_loop(pair.base, EVLOOP_NONBLOCK), 0);
	ck_assert_uint_eq(ipc_queued(pair.worker.ipc), left);
	for (i = 0; i < MANY; i++) {
		ck_assert_int_eq(ipc_read_message(reader, ROLE_MASTER,
				     ROLE_WORKER, &any, &fd),
		    MSG_LOAD);
		ck_assert_uint_eq(any.load.sessions, i);
		if (i % 16 == 0)
			ipc_pair_run(&pair);
	}
	ck_assert_uint_eq(ipc_queued(pair.worker.ipc), 0);
	close(reader);
	ipc_pair_stop(&pair);
}
END_TEST

/* ---- what ends a channel ---- */

START_TEST(ipc_hears_what_was_said_before_the_end)
{
	ipc_pair_start(&pair);
	ck_assert_int_eq(pair_send_number(&pair, 7), 0);
	ck_assert_int_eq(ipc_flush(pair.master.ipc, FLUSH_MS), 0);
	ipc_free(pair.master.ipc);
	pair.master.ipc = NULL;
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.count, 1);
	ck_assert_uint_eq(pair.worker.heard[0], 7);
	ck_assert_uint_eq(pair.worker.closed, 1);
	ck_assert_int_eq(pair.worker.reason, VB_ECLOSED);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_that_is_dead_sends_and_hears_nothing_more)
{
	int master = ipc_pair_start_worker(&pair);
	struct msg_load load = {0};

	pair.worker.keeps_when_closed = 1;
	make_message(datagram, MSG_DRAIN);
	ck_assert_int_eq(send_datagram(master, datagram, 3, NULL, 0), 0);
	ck_assert_int_eq(
	    send_datagram(master, datagram, NUMBER_LEN, NULL, 0), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.closed, 1);
	ck_assert_int_eq(pair.worker.reason, VB_EBADMSG);
	ck_assert_int_eq(
	    ipc_send(pair.worker.ipc, MSG_LOAD, &load, -1), VB_ECLOSED);
	ck_assert_int_eq(ipc_flush(pair.worker.ipc, 0), VB_ECLOSED);
	ck_assert_int_eq(
	    send_datagram(master, datagram, NUMBER_LEN, NULL, 0), 0);
	close(master);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.count, 0);
	ck_assert_uint_eq(pair.worker.closed, 1);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_tells_the_answer_of_a_handler_as_the_reason)
{
	ipc_pair_start(&pair);
	pair.worker.answer = VB_ERANGE;
	ck_assert_int_eq(pair_send_number(&pair, 1), 0);
	ck_assert_int_eq(pair_send_number(&pair, 2), 0);
	ipc_pair_run(&pair);
	/* the second of the same batch is not heard any more */
	ck_assert_uint_eq(pair.worker.count, 1);
	ck_assert_uint_eq(pair.worker.closed, 1);
	ck_assert_int_eq(pair.worker.reason, VB_ERANGE);
	ck_assert_uint_eq(pair.master.closed, 1);
	ck_assert_int_eq(pair.master.reason, VB_ECLOSED);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_may_be_freed_in_its_own_handler)
{
	ipc_pair_start(&pair);
	pair.worker.frees_in_handler = 1;
	pair.worker.sends_in_handler = 1;
	pair.worker.answer = _i == 0 ? 0 : VB_EBADMSG;
	ck_assert_int_eq(pair_send_number(&pair, 1), 0);
	ck_assert_int_eq(pair_send_number(&pair, 2), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.count, 1);
	/* who frees it needs not be told */
	ck_assert_uint_eq(pair.worker.closed, 0);
	ck_assert_uint_eq(pair.master.closed, 1);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_takes_messages_of_its_phase_only)
{
	struct msg_ready ready = {PROTO_VERSION};

	ipc_pair_start(&pair);
	ipc_set_phase(pair.master.ipc, PHASE_SETUP);
	ck_assert_int_eq(ipc_send(pair.worker.ipc, MSG_READY, &ready, -1), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.master.count, 1);
	ipc_set_phase(pair.master.ipc, PHASE_RUN);
	ck_assert_int_eq(ipc_send(pair.worker.ipc, MSG_READY, &ready, -1), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.master.count, 1);
	ck_assert_int_eq(pair.master.reason, VB_EBADMSG);
	ipc_pair_stop(&pair);
}
END_TEST

/* What is no message: its length, and what it begins with. */
static const struct {
	size_t len;
	uint32_t type;
	int reason;
} garbage[] = {
    {0, MSG_DRAIN, VB_ECLOSED}, /* as an end of file, which it looks like */
    {1, MSG_DRAIN, VB_EBADMSG},
    {NUMBER_LEN - 1, MSG_DRAIN, VB_EBADMSG},
    {NUMBER_LEN + 1, MSG_DRAIN, VB_EBADMSG},
    {NUMBER_LEN, MSG_NONE, VB_EBADMSG},
    {NUMBER_LEN, MSG_TYPE_COUNT, VB_EBADMSG},
    {NUMBER_LEN, MSG_LOAD, VB_EBADMSG}, /* of the other direction */
    {PROTO_DATAGRAM_MAX + 1, MSG_DRAIN, VB_EBADMSG},
};

START_TEST(ipc_ends_at_what_is_no_message)
{
	int master = ipc_pair_start_worker(&pair);

	memset(datagram, 0, sizeof(datagram));
	memcpy(datagram, &garbage[_i].type, sizeof(garbage[_i].type));
	ck_assert_int_eq(
	    send_datagram(master, datagram, garbage[_i].len, NULL, 0), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.closed, 1);
	ck_assert_int_eq(pair.worker.reason, garbage[_i].reason);
	ck_assert_uint_eq(pair.worker.count, 0);
	close(master);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_without_a_handler_for_a_message_is_a_broken_invariant)
{
	struct ipc_ops ops = pair_worker_ops;
	int fds[2];

	/* one that is missing, one that nobody may send */
	if (_i == 0)
		ops.on[MSG_DRAIN] = NULL;
	else
		ops.on[MSG_LOAD] = ops.on[MSG_DRAIN];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	ipc_free(ipc_new(
	    event_base_new(), fds[0], ROLE_WORKER, ROLE_MASTER, &ops, NULL));
}
END_TEST

/* ---- the last words ---- */

START_TEST(ipc_flush_sends_all_without_the_loop)
{
	uint32_t i;

	ipc_pair_start(&pair);
	for (i = 0; i < BATCHES; i++)
		ck_assert_int_eq(pair_send_number(&pair, i), 0);
	ck_assert_int_eq(ipc_flush(pair.master.ipc, FLUSH_MS), 0);
	ck_assert_uint_eq(ipc_queued(pair.master.ipc), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.count, BATCHES);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_flush_waits_no_longer_than_it_may)
{
	int master = ipc_pair_start_worker(&pair);
	struct msg_load load = {0};
	uint64_t begin_ms = clock_now_ms();
	uint32_t i;

	for (i = 0; i < MANY; i++)
		ck_assert_int_eq(
		    ipc_send(pair.worker.ipc, MSG_LOAD, &load, -1), 0);
	ck_assert_int_eq(ipc_flush(pair.worker.ipc, FLUSH_MS), VB_EFULL);
	ck_assert_uint_ge(clock_now_ms() - begin_ms, FLUSH_MS);
	/* the reader goes: that is told too */
	close(master);
	ck_assert_int_eq(ipc_flush(pair.worker.ipc, FLUSH_MS), VB_ECLOSED);
	ipc_pair_stop(&pair);
}
END_TEST

/* ---- the log ---- */

START_TEST(ipc_log_sink_keeps_half_of_the_queue_free_and_counts)
{
	char line[LOG_LINE_MAX * 2];

	ipc_pair_start(&pair);
	ipc_set_bound(pair.worker.ipc,
	    3 * (sizeof(struct msg_head) + sizeof(struct msg_log)));
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	ipc_log_sink(LOG_LEVEL_INFO, "one", pair.worker.ipc);
	ipc_log_sink(LOG_LEVEL_INFO, "two", pair.worker.ipc);
	ipc_log_sink(LOG_LEVEL_INFO, "lost", pair.worker.ipc);
	ipc_log_sink(LOG_LEVEL_INFO, "lost", pair.worker.ipc);
	ck_assert_uint_eq(ipc_queued(pair.worker.ipc), 2);
	ipc_pair_run(&pair);
	ck_assert_str_eq(pair.master.log_line, "two");
	ck_assert_uint_eq(pair.master.log_dropped, 0);
	/* the next one tells what is missing, once; too long a line is cut */
	ipc_log_sink(LOG_LEVEL_WARN, line, pair.worker.ipc);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.master.log_dropped, 2);
	ck_assert_uint_eq(pair.master.heard[2], LOG_LEVEL_WARN);
	ck_assert_uint_eq(
	    strnlen(pair.master.log_line, sizeof(pair.master.log_line)),
	    LOG_LINE_MAX - 1);
	ipc_log_sink(LOG_LEVEL_INFO, "again", pair.worker.ipc);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.master.log_dropped, 0);
	ck_assert_str_eq(pair.master.log_line, "again");
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_log_early_needs_no_loop_and_leaves_at_once)
{
	union proto_any any;
	int ends[2], fd;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	ipc_log_early(LOG_LEVEL_ERROR, "last words", &ends[0]);
	close(ends[0]);
	ck_assert_int_eq(
	    ipc_read_message(ends[1], ROLE_MASTER, ROLE_KEEPER, &any, &fd),
	    MSG_LOG);
	ck_assert_uint_eq(any.log.level, LOG_LEVEL_ERROR);
	ck_assert_str_eq(any.log.line, "last words");
	close(ends[1]);
}
END_TEST

static Suite *
ipc_suite(void)
{
	Suite *suite = suite_create("ipc");
	TCase *tc = tcase_create("ipc");

	tcase_add_test(tc, ipc_delivers_many_batches_in_order);
	tcase_add_test(tc, ipc_sends_what_a_handler_answers);
	tcase_add_test(tc, ipc_queue_is_bounded_to_the_byte);
	tcase_add_test(tc, ipc_waits_for_a_slow_reader_and_goes_on_in_order);
	tcase_add_test(tc, ipc_hears_what_was_said_before_the_end);
	tcase_add_test(tc, ipc_that_is_dead_sends_and_hears_nothing_more);
	tcase_add_test(tc, ipc_tells_the_answer_of_a_handler_as_the_reason);
	tcase_add_loop_test(tc, ipc_may_be_freed_in_its_own_handler, 0, 2);
	tcase_add_test(tc, ipc_takes_messages_of_its_phase_only);
	tcase_add_loop_test(
	    tc, ipc_ends_at_what_is_no_message, 0, COUNT(garbage));
	tcase_add_loop_exit_test(tc,
	    ipc_without_a_handler_for_a_message_is_a_broken_invariant, 1, 0, 2);
	tcase_add_test(tc, ipc_flush_sends_all_without_the_loop);
	tcase_add_test(tc, ipc_flush_waits_no_longer_than_it_may);
	tcase_add_test(
	    tc, ipc_log_sink_keeps_half_of_the_queue_free_and_counts);
	tcase_add_test(tc, ipc_log_early_needs_no_loop_and_leaves_at_once);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(ipc_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
