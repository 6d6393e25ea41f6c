/* SPDX-License-Identifier: ISC */
/*
 * The worker tells a page how its session's two ways are, and nobody else;
 * with and without a broker. Its sockets are not TCP: no numbers are known.
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/worker_rig.h"
#include "worker/parse/frame.h"

#define TEST_SEC 60
#define PIECE	 WS_CONTROL_MAX
#define PIECES	 400  /* more than its socket has room for, less than a queue */
#define ROOM	 4096 /* of the target's socket, or what the kernel grants */

#define UPGRADE                                               \
	"GET /proxy?target=desk HTTP/1.1\r\nHost: bridge\r\n" \
	"Upgrade: websocket\r\nConnection: Upgrade\r\n"       \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"     \
	"Sec-WebSocket-Version: 13\r\n"                       \
	"Sec-WebSocket-Protocol: vncbridge.v1, binary\r\n\r\n"

#define YOU_ARE_GOOD "{\"type\":\"ways\",\"you\":{\"state\":\"good\"},"
#define BOTH_GOOD    YOU_ARE_GOOD "\"desktop\":{\"state\":\"good\"}}"
#define STALLED	     YOU_ARE_GOOD "\"desktop\":{\"state\":\"stalled\",\"time\":"

static struct worker_rig w;
static union proto_any any;

/* A session of the bridge's page. */
static void
open_page(int broker, uint64_t conn_id, struct session *s)
{
	char payload[FRAME_MAX];
	int fds[2], room = ROOM;
	size_t len;

	s->conn_id = conn_id;
	s->client = worker_give_client(&w, conn_id, 0);
	ck_assert_ptr_nonnull(
	    strstr(client_http(s->client, UPGRADE), "vncbridge.v1"));
	broker_expect_open(broker, conn_id, "desk");
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	ck_assert_int_eq(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(
	    setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
	broker_opened(broker, conn_id, 0, "", fds[1]);
	s->target = fds[0];
	rig_bound_waits(s->target);
	client_say(s->target, "RFB 003.008\n");
	ck_assert_uint_eq(client_read(s->client, payload, &len), WS_BINARY);
}

static int
start(void)
{
	int broker;

	worker_start(&w);
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	return broker;
}

/* The next frame, which must be text that begins so. */
static void
expect_text(int client, const char *text)
{
	char payload[FRAME_MAX];
	size_t len;

	ck_assert_uint_eq(client_read(client, payload, &len), WS_TEXT);
	ck_assert_msg(strncmp(payload, text, strlen(text)) == 0,
	    "%s instead of %s", payload, text);
}

START_TEST(worker_tells_a_page_and_no_other)
{
	struct session page, other;
	int broker = start();

	session_open(&w, broker, 2, &other); /* looked at in the same tick */
	open_page(broker, 6, &page);
	expect_text(page.client, BOTH_GOOD);
	session_check(&other); /* its next frame is a byte of its target's */
	session_check(&page);  /* and it is told once */
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_tells_that_the_target_stalls_without_a_broker)
{
	static const char piece[PIECE];
	char taken[PIECE];
	struct session page;
	size_t left = (size_t)PIECE * PIECES;
	ssize_t n;
	int i, broker = start();

	open_page(broker, 1, &page);
	expect_text(page.client, BOTH_GOOD);
	close(broker);
	worker_wait_unjoined(&w, 1);
	for (i = 0; i < PIECES; i++)
		client_send(page.client, WS_BINARY, piece, PIECE);
	expect_text(page.client, STALLED);
	for (; left > 0; left -= (size_t)n) {
		n = recv(page.target, taken, left < PIECE ? left : PIECE, 0);
		ck_assert_int_gt(n, 0);
	}
	expect_text(page.client, BOTH_GOOD);
	session_check(&page);
	rig_stop(&w.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker");
	TCase *tc = tcase_create("light");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, worker_tells_a_page_and_no_other);
	tcase_add_test(
	    tc, worker_tells_that_the_target_stalls_without_a_broker);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
