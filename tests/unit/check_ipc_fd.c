/* SPDX-License-Identifier: ISC */
/*
 * Descriptors on a channel: each is passed once, and closed on every path
 * on which nobody takes it. And one message on a plain socket.
 */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/ipc_pair.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define MANY	   70 /* descriptors: more than two batches */
#define CLIENT_LEN (sizeof(struct msg_head) + sizeof(struct msg_client))
#define DRAIN_LEN  (sizeof(struct msg_head) + sizeof(struct msg_drain))

static struct ipc_pair pair;
static unsigned char datagram[PROTO_DATAGRAM_MAX + 1];
static const struct msg_client nobody;

static int
send_client(uint64_t conn_id, int fd)
{
	struct msg_client client = nobody;

	client.conn_id = conn_id;
	return ipc_send(pair.master.ipc, MSG_CLIENT, &client, fd);
}

/* The write end of a new pipe, whose read end tells whether it is closed. */
static int
make_pipe(int *reader)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	*reader = fds[0];
	return fds[1];
}

/* True when no write end is open anywhere; closes the read end then. */
static int
is_closed(int reader)
{
	char byte;

	if (read(reader, &byte, 1) != 0)
		return 0;
	close(reader);
	return 1;
}

START_TEST(ipc_passes_descriptors_with_their_messages)
{
	int readers[MANY], i;
	char byte;

	ipc_pair_start(&pair);
	pair.worker.keeps_fd = 1;
	for (i = 0; i < MANY; i++)
		ck_assert_int_eq(
		    send_client((uint64_t)i, make_pipe(&readers[i])), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.had_fds, MANY);
	for (i = 0; i < MANY; i++)
		ck_assert_uint_eq(pair.worker.heard[i], i);
	/* the last is the last pipe's, and is not inherited by a child */
	ck_assert_int_eq(write(pair.worker.fd, "x", 1), 1);
	ck_assert_int_eq(read(readers[MANY - 1], &byte, 1), 1);
	ck_assert_int_eq(
	    fcntl(pair.worker.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(pair.worker.fd);
	ck_assert(is_closed(readers[MANY - 1]));
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_closes_what_no_handler_took)
{
	unsigned before;
	int reader;

	ipc_pair_start(&pair);
	before = count_descriptors();
	pair.worker.answer = _i == 0 ? 0 : VB_EBADMSG;
	pair.worker.frees_in_handler = _i == 2;
	ck_assert_int_eq(send_client(1, make_pipe(&reader)), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.had_fds, 1);
	ck_assert(is_closed(reader));
	if (_i == 0)
		ck_assert_uint_eq(count_descriptors(), before);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_send_takes_the_descriptor_on_every_path)
{
	int readers[3], i;

	ipc_pair_start(&pair);
	pair.master.keeps_when_closed = 1;
	ipc_set_bound(pair.master.ipc, CLIENT_LEN);
	ck_assert_int_eq(send_client(0, make_pipe(&readers[0])), 0);
	ck_assert_int_eq(send_client(1, make_pipe(&readers[1])), VB_EFULL);
	ck_assert(is_closed(readers[1]));
	/* it waits: only ipc_free or the kernel ends that */
	ck_assert(!is_closed(readers[0]));
	ipc_free(pair.worker.ipc);
	pair.worker.ipc = NULL;
	for (i = 0; i < 4; i++)
		event_base_loop(pair.base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(pair.master.closed, 1);
	ck_assert_int_eq(pair.master.reason, VB_ECLOSED);
	ck_assert_int_eq(send_client(2, make_pipe(&readers[2])), VB_ECLOSED);
	ck_assert(is_closed(readers[2]));
	ipc_free(pair.master.ipc);
	pair.master.ipc = NULL;
	ck_assert(is_closed(readers[0]));
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_free_closes_what_waits_in_it)
{
	unsigned before = count_descriptors();
	int reader, i;

	ipc_pair_start(&pair);
	for (i = 0; i < MANY; i++) {
		ck_assert_int_eq(send_client(1, make_pipe(&reader)), 0);
		close(reader);
	}
	/* some are in the kernel, on their way, and some in the queue */
	ck_assert_int_eq(ipc_flush(pair.master.ipc, 0), 0);
	ck_assert_int_eq(send_client(1, make_pipe(&reader)), 0);
	close(reader);
	ipc_pair_stop(&pair);
	ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

/* Datagrams that are refused, and bring descriptors. */
static const struct {
	enum msg_type type;
	size_t len;
	size_t fd_count;
	enum proto_phase phase;
	int reason;
} refused[] = {
    {MSG_CLIENT, CLIENT_LEN, 2, PHASE_RUN, VB_EBADMSG},
    {MSG_CLIENT, CLIENT_LEN, 3, PHASE_RUN, VB_EBADMSG},
    {MSG_CLIENT, CLIENT_LEN, 1, PHASE_SETUP, VB_EBADMSG},
    {MSG_CLIENT, CLIENT_LEN - 1, 1, PHASE_RUN, VB_EBADMSG},
    {MSG_DRAIN, DRAIN_LEN, 1, PHASE_RUN, VB_EBADMSG},
    {MSG_LOAD, sizeof(struct msg_head) + sizeof(struct msg_load), 1, PHASE_RUN,
	VB_EBADMSG},
    {MSG_CLIENT, 0, 1, PHASE_RUN, VB_ECLOSED},
    {MSG_CLIENT, PROTO_DATAGRAM_MAX + 1, 1, PHASE_RUN, VB_EBADMSG},
};

START_TEST(ipc_closes_the_descriptors_of_what_it_refuses)
{
	int master = ipc_pair_start_worker(&pair);
	unsigned before = count_descriptors();
	int reader, writer = make_pipe(&reader);
	const int fds[] = {writer, writer, writer};

	ipc_set_phase(pair.worker.ipc, refused[_i].phase);
	pair.worker.keeps_when_closed = 1;
	make_message(datagram, refused[_i].type);
	ck_assert_int_eq(send_datagram(master, datagram, refused[_i].len, fds,
			     refused[_i].fd_count),
	    0);
	/* right behind it, in the same batch, one that would be in order */
	make_message(datagram, MSG_CLIENT);
	ck_assert_int_eq(
	    send_datagram(master, datagram, CLIENT_LEN, fds, 1), 0);
	close(writer);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.closed, 1);
	ck_assert_int_eq(pair.worker.reason, refused[_i].reason);
	ck_assert_uint_eq(pair.worker.count, 0);
	ck_assert(is_closed(reader));
	ck_assert_uint_eq(count_descriptors(), before);
	close(master);
	ipc_pair_stop(&pair);
}
END_TEST

/* Lets this process open nothing more; returns the limit of before. */
static struct rlimit
exhaust_descriptors(void)
{
	struct rlimit before, none;
	int fd = dup(STDERR_FILENO);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)fd;
	close(fd);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(dup(STDERR_FILENO), -1);
	ck_assert_int_eq(errno, EMFILE);
	return before;
}

START_TEST(ipc_tells_a_handler_that_its_descriptor_is_lost)
{
	struct rlimit before;
	int reader;

	ipc_pair_start(&pair);
	ck_assert_int_eq(send_client(41, make_pipe(&reader)), 0);
	ck_assert_int_eq(pair_send_number(&pair, 42), 0);
	/* it leaves this process, and finds no room to come back */
	ck_assert_int_eq(ipc_flush(pair.master.ipc, 0), 0);
	before = exhaust_descriptors();
	/* the limit is below what was free: nothing fits */
	ipc_pair_run(&pair);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_uint_eq(pair.worker.count, 2);
	ck_assert_uint_eq(pair.worker.had_fds, 0);
	ck_assert_uint_eq(pair.worker.heard[0], 41);
	ck_assert_uint_eq(pair.worker.heard[1], 42);
	ck_assert(is_closed(reader));
	/* the channel lives, and has room again */
	ck_assert_int_eq(send_client(43, make_pipe(&reader)), 0);
	ipc_pair_run(&pair);
	ck_assert_uint_eq(pair.worker.had_fds, 1);
	ipc_pair_stop(&pair);
}
END_TEST

START_TEST(ipc_new_takes_the_descriptor_even_if_it_is_none)
{
	struct event_base *base = event_base_new();

	ck_assert_ptr_null(ipc_new(
	    base, 999, ROLE_WORKER, ROLE_MASTER, &pair_worker_ops, NULL));
	event_base_free(base);
}
END_TEST

/* ---- one message on a plain socket ---- */

static int plain[2];

static void
open_plain(void)
{
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, plain), 0);
}

static int
read_as_worker(union proto_any *any, int *fd)
{
	return ipc_read_message(plain[1], ROLE_WORKER, ROLE_MASTER, any, fd);
}

START_TEST(ipc_message_is_written_and_read_with_its_descriptor)
{
	struct msg_client client = nobody;
	union proto_any any;
	int reader, fd;

	open_plain();
	client.conn_id = 99;
	ck_assert_int_eq(ipc_write_message(
			     plain[0], MSG_CLIENT, &client, make_pipe(&reader)),
	    0);
	ck_assert_int_eq(read_as_worker(&any, &fd), MSG_CLIENT);
	ck_assert_uint_eq(any.client.conn_id, 99);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	/* the sender's own is closed: this is the only one */
	ck_assert(!is_closed(reader));
	close(fd);
	ck_assert(is_closed(reader));
}
END_TEST

START_TEST(ipc_write_takes_the_descriptor_though_nobody_reads)
{
	int reader;

	open_plain();
	close(plain[1]);
	ck_assert_int_eq(ipc_write_message(
			     plain[0], MSG_CLIENT, &nobody, make_pipe(&reader)),
	    VB_ECLOSED);
	ck_assert(is_closed(reader));
	ck_assert_int_eq(
	    ipc_write_message(-1, MSG_CLIENT, &nobody, make_pipe(&reader)),
	    VB_ESYS);
	ck_assert(is_closed(reader));
}
END_TEST

static const struct {
	enum msg_type type;
	size_t len;
	size_t fd_count;
	int result;
} reads[] = {
    {MSG_CLIENT, CLIENT_LEN, 0, VB_ENOFD},
    {MSG_CLIENT, CLIENT_LEN, 2, VB_EBADMSG},
    {MSG_CLIENT, CLIENT_LEN, 3, VB_EBADMSG},
    {MSG_DRAIN, DRAIN_LEN, 1, VB_EBADMSG},
    {MSG_DRAIN, DRAIN_LEN + 1, 0, VB_EBADMSG},
    {MSG_LOAD, sizeof(struct msg_head) + sizeof(struct msg_load), 0,
	VB_EBADMSG},
    {MSG_DRAIN, PROTO_DATAGRAM_MAX + 1, 1, VB_EBADMSG},
    {MSG_DRAIN, DRAIN_LEN, 0, MSG_DRAIN},
};

START_TEST(ipc_read_refuses_what_is_no_message_and_closes)
{
	int reader, writer = make_pipe(&reader), fd = 0;
	const int fds[] = {writer, writer, writer};
	union proto_any any;
	unsigned before;

	open_plain();
	make_message(datagram, reads[_i].type);
	ck_assert_int_eq(send_datagram(plain[0], datagram, reads[_i].len, fds,
			     reads[_i].fd_count),
	    0);
	close(writer);
	before = count_descriptors();
	ck_assert_int_eq(read_as_worker(&any, &fd), reads[_i].result);
	ck_assert_int_eq(fd, -1);
	ck_assert(is_closed(reader));
	ck_assert_uint_eq(count_descriptors(), before - 1);
}
END_TEST

START_TEST(ipc_read_tells_the_end_and_the_fault)
{
	union proto_any any;
	int fd = 0;

	open_plain();
	close(plain[0]);
	ck_assert_int_eq(read_as_worker(&any, &fd), VB_ECLOSED);
	ck_assert_int_eq(fd, -1);
	close(plain[1]);
	ck_assert_int_eq(read_as_worker(&any, &fd), VB_ESYS);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

static Suite *
ipc_fd_suite(void)
{
	Suite *suite = suite_create("ipc-fd");
	TCase *tc = tcase_create("channel"), *blocking;

	tcase_add_test(tc, ipc_passes_descriptors_with_their_messages);
	tcase_add_loop_test(tc, ipc_closes_what_no_handler_took, 0, 3);
	tcase_add_test(tc, ipc_send_takes_the_descriptor_on_every_path);
	tcase_add_test(tc, ipc_free_closes_what_waits_in_it);
	tcase_add_loop_test(tc, ipc_closes_the_descriptors_of_what_it_refuses,
	    0, COUNT(refused));
	tcase_add_test(tc, ipc_tells_a_handler_that_its_descriptor_is_lost);
	tcase_add_test(tc, ipc_new_takes_the_descriptor_even_if_it_is_none);
	suite_add_tcase(suite, tc);
	blocking = tcase_create("plain socket");
	tcase_add_test(
	    blocking, ipc_message_is_written_and_read_with_its_descriptor);
	tcase_add_test(
	    blocking, ipc_write_takes_the_descriptor_though_nobody_reads);
	tcase_add_loop_test(blocking,
	    ipc_read_refuses_what_is_no_message_and_closes, 0, COUNT(reads));
	tcase_add_test(blocking, ipc_read_tells_the_end_and_the_fault);
	suite_add_tcase(suite, blocking);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(ipc_fd_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
