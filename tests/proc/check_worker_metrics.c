/* SPDX-License-Identifier: ISC */
/*
 * /metrics by the worker, whose master is the test: it is asked once for all
 * who wait, and what it sends is passed on as it is, or not at all.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/worker_rig.h"

#define TEST_SEC 60
#define MANY	 100 /* more than one METRICS_ARE answers */
#define AT_ONCE	 64  /* that one answers */
#define GET	 "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"
#define PAGE	 "vncbridge_sessions 3\n"

static struct worker_rig w;

static void
start(void)
{
	worker_start(&w);
	w.is_metrics = 1;
	worker_configure(&w);
}

static int
client_that_asks(uint64_t conn_id, const char *request)
{
	int client = worker_give_client(&w, conn_id, 0);

	client_say(client, request);
	return client;
}

static void
wait_metrics(uint32_t count)
{
	while (w.metrics < count)
		worker_hear(&w);
	ck_assert_uint_eq(w.metrics, count);
	ck_assert_uint_eq(w.metrics_number, count);
}

/* The page, said to be so large; NULL: without a file. */
static void
send_page(const char *text, uint64_t size_bytes)
{
	struct msg_metrics_are are = {w.metrics_number, size_bytes};
	int fd = -1;

	if (text != NULL) {
		fd = memfd_create("page", MFD_CLOEXEC);
		ck_assert_int_eq(
		    write(fd, text, strlen(text)), (ssize_t)strlen(text));
	}
	worker_tell(&w, MSG_METRICS_ARE, &are, fd);
}

static void
expect_answer(int client, const char *status, const char *text)
{
	const char *answer = client_http(client, "");

	ck_assert_msg(strncmp(answer, status, strlen(status)) == 0 &&
		strstr(answer, text) != NULL,
	    "%s instead of %s", answer, text);
}

/* Until what clients have said before is read, by another that says more. */
static void
wait_read(uint64_t conn_id)
{
	int client =
	    client_that_asks(conn_id, "GET /no HTTP/1.1\r\nHost: h\r\n\r\n");

	expect_answer(client, "HTTP/1.1 404 ", "");
	close(client);
}

START_TEST(worker_passes_the_page_on)
{
	int client;

	start();
	client = client_that_asks(1, GET);
	wait_metrics(1);
	send_page(PAGE, strlen(PAGE));
	expect_answer(client, "HTTP/1.1 200 ", "\r\n\r\n" PAGE);
	/* the connection stays, as a scraper likes it */
	client_say(client, GET);
	wait_metrics(2);
	send_page(PAGE PAGE, 2 * strlen(PAGE));
	expect_answer(client, "HTTP/1.1 200 ", "\r\n\r\n" PAGE PAGE);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_asks_the_master_once_for_all_who_wait)
{
	int clients[MANY], i;

	start();
	for (i = 0; i < MANY; i++)
		clients[i] = client_that_asks((uint64_t)i + 1, GET);
	wait_metrics(1);
	wait_read(MANY + 1);
	ck_assert_uint_eq(w.metrics, 1);
	send_page(PAGE, strlen(PAGE));
	for (i = 0; i < AT_ONCE; i++)
		expect_answer(clients[i], "HTTP/1.1 200 ", PAGE);
	wait_metrics(2);
	send_page(PAGE PAGE, 2 * strlen(PAGE));
	for (; i < MANY; i++)
		expect_answer(clients[i], "HTTP/1.1 200 ", PAGE PAGE);
	rig_stop(&w.rig);
}
END_TEST

/* A page that is not there, is shorter than it is said to be, or too large. */
START_TEST(worker_shows_no_half_page)
{
	static const struct {
		const char *text;
		uint64_t size_bytes;
	} rows[] = {
	    {NULL, 0},
	    {NULL, 100},
	    {PAGE, 0},
	    {PAGE, sizeof(PAGE)},
	    {PAGE, METRICS_TEXT_MAX + 1},
	    {PAGE, UINT64_MAX},
	};
	uint32_t i;
	int client;

	start();
	client = worker_give_client(&w, 1, 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		client_say(client, GET);
		wait_metrics(i + 1);
		send_page(rows[i].text, rows[i].size_bytes);
		expect_answer(client, "HTTP/1.1 503 ", "can't be had now");
	}
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_does_not_wait_for_ever_for_the_master)
{
	int client;

	start();
	client = client_that_asks(1, GET);
	wait_metrics(1);
	expect_answer(client, "HTTP/1.1 503 ", "can't be had now");
	/* late: nobody waits, and the next one is asked for */
	client_say(client, GET);
	client_say(client, GET); /* behind it */
	wait_read(2);
	send_page(PAGE, strlen(PAGE));
	expect_answer(client, "HTTP/1.1 200 ", PAGE);
	wait_metrics(2);
	send_page(PAGE, strlen(PAGE));
	expect_answer(client, "HTTP/1.1 200 ", PAGE);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_forgets_a_client_that_leaves_while_it_waits)
{
	int client, other;

	start();
	client = client_that_asks(1, GET);
	wait_metrics(1);
	close(client);
	send_page(PAGE, strlen(PAGE));
	other = client_that_asks(2, GET);
	wait_metrics(2);
	send_page(PAGE, strlen(PAGE));
	expect_answer(other, "HTTP/1.1 200 ", PAGE);
	rig_stop(&w.rig);
}
END_TEST

/* While it was asked for, the listener has become one of desktops. */
START_TEST(worker_shows_nothing_where_a_reload_took_it_away)
{
	int client;

	start();
	client = client_that_asks(1, GET);
	wait_metrics(1);
	w.is_metrics = 0;
	worker_configure(&w);
	send_page(PAGE, strlen(PAGE));
	expect_answer(client, "HTTP/1.1 421 ", "older than");
	ck_assert(is_at_end(client));
	rig_stop(&w.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker-metrics");
	TCase *tc = tcase_create("metrics");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, worker_passes_the_page_on);
	tcase_add_test(tc, worker_asks_the_master_once_for_all_who_wait);
	tcase_add_test(tc, worker_shows_no_half_page);
	tcase_add_test(tc, worker_does_not_wait_for_ever_for_the_master);
	tcase_add_test(tc, worker_forgets_a_client_that_leaves_while_it_waits);
	tcase_add_test(tc, worker_shows_nothing_where_a_reload_took_it_away);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
