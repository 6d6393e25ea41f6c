/* SPDX-License-Identifier: ISC */
/*
 * When a page is told how the two ways of its session are, and what. The
 * program is linked with --wrap: the kernel's figures are the test's.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/inner_worker.h"
#include "worker/client/write.h"
#include "worker/client/ways.h"
#include "worker/stages/light.h"

#define FRAME_MAX  512
#define TEXT_FRAME 0x81 /* RFC 6455, 5.2 */
#define LONG_AGO   40	/* seconds */

#define GOOD	   "{\"type\":\"ways\",\"you\":{\"state\":\"good\",\"ms\":"
#define DESKTOP	   ",\"desktop\":{\"state\":"

static struct client *c;
static int far_end;
static struct session_ways now_so;

void __wrap_ways_fill(const struct client *client, struct session_ways *ways);

void
__wrap_ways_fill(const struct client *client, struct session_ways *ways)
{
	ck_assert_ptr_eq(client, c);
	*ways = now_so;
}

static void
setup(void)
{
	inner_start();
	c = inner_give_client(1, &far_end);
	c->state = CLIENT_RELAY;
	c->ws.decoder.takes_text = 1;
	memset(&now_so, 0, sizeof(now_so));
	now_so.client.rtt_us = 11001;
	now_so.target.rtt_us = 90;
}

static void
teardown(void)
{
	c->state = CLIENT_OVER;
	inner_stop();
	close(far_end);
}

/* What the page is told by a look; "" for nothing. */
static const char *
told(void)
{
	static char frame[FRAME_MAX];
	ssize_t n;

	light_look(c);
	n = read(far_end, frame, sizeof(frame) - 1);
	if (n <= 0)
		return "";
	frame[n] = '\0';
	ck_assert_uint_eq((uint8_t)frame[0], TEXT_FRAME);
	ck_assert_int_lt(frame[1], 126); /* and the length is that byte */
	ck_assert_int_eq(n, frame[1] + 2);
	return frame + 2;
}

static void
expect(const char *text)
{
	ck_assert_str_eq(told(), text);
	ck_assert_str_eq(told(), ""); /* once */
}

START_TEST(page_is_told_at_first_and_then_what_is_news)
{
	expect(GOOD "12}" DESKTOP "\"good\",\"ms\":1}}");
	now_so.client.rtt_us = 31000; /* a small number may be twice as much */
	expect("");
	now_so.client.rtt_us = 61000;
	expect(GOOD "61}" DESKTOP "\"good\",\"ms\":1}}");
	now_so.client.rtt_us = 99000;
	expect(GOOD "99}" DESKTOP "\"good\",\"ms\":1}}");
	now_so.client.rtt_us = 120000; /* not by a quarter */
	expect("");
	now_so.client.rtt_us = 1000;
	expect(GOOD "1}" DESKTOP "\"good\",\"ms\":1}}");
}
END_TEST

START_TEST(slow_is_so_until_it_is_a_quarter_better)
{
	(void)told();
	now_so.target.rtt_us = LIGHT_SLOW_MS * 1000 - 1000;
	expect(GOOD "12}" DESKTOP "\"good\",\"ms\":149}}");
	now_so.target.rtt_us += 1;
	expect(GOOD "12}" DESKTOP "\"slow\",\"ms\":150}}");
	now_so.target.rtt_us = 120000;
	expect("");
	now_so.target.rtt_us = 112000;
	expect(GOOD "12}" DESKTOP "\"good\",\"ms\":112}}");
	now_so.target.rtt_us = 120000;
	expect("");
}
END_TEST

START_TEST(ping_goes_farther_than_the_kernel_sees)
{
	now_so.has_ping = 1;
	now_so.ping_ms = 240;
	expect(
	    "{\"type\":\"ways\",\"you\":{\"state\":\"slow\",\"ms\":240}" DESKTOP
	    "\"good\",\"ms\":1}}");
	now_so.client.rtt_us = 2000000; /* since the last ping */
	expect("{\"type\":\"ways\",\"you\":{\"state\":\"slow\",\"ms\":"
	       "2000}" DESKTOP "\"good\",\"ms\":1}}");
}
END_TEST

START_TEST(desktop_that_stalls_is_told_with_its_time_once)
{
	unsigned seconds = 0;
	const char *text;

	(void)told();
	now_so.target.stalled_sec = (uint32_t)(time(NULL) - LONG_AGO);
	text = told();
	ck_assert_int_eq(
	    sscanf(text,
		GOOD "12}" DESKTOP "\"stalled\",\"ms\":1,\"time\":%u}}",
		&seconds),
	    1);
	ck_assert_uint_ge(seconds, LONG_AGO);
	ck_assert_uint_lt(seconds, 2 * LONG_AGO);
	expect("");
	now_so.target.stalled_sec = 0;
	expect(GOOD "12}" DESKTOP "\"good\",\"ms\":1}}");
	/* a clock that was set back */
	now_so.target.stalled_sec = UINT32_MAX;
	expect(GOOD "12}" DESKTOP "\"stalled\",\"ms\":1,\"time\":1}}");
}
END_TEST

START_TEST(numbers_that_are_not_known_are_left_out)
{
	memset(&now_so, 0, sizeof(now_so));
	expect("{\"type\":\"ways\",\"you\":{\"state\":\"good\"}" DESKTOP
	       "\"good\"}}");
}
END_TEST

START_TEST(largest_numbers_are_no_fault)
{
	memset(&now_so, 0xff, sizeof(now_so));
	now_so.client.stalled_sec = 0;
	expect("{\"type\":\"ways\",\"you\":{\"state\":\"slow\",\"ms\":"
	       "65535}" DESKTOP "\"stalled\",\"ms\":65535,\"time\":1}}");
}
END_TEST

START_TEST(page_that_takes_nothing_is_told_when_it_does)
{
	c->way_client.stalled_sec = 1;
	expect("");
	c->way_client.stalled_sec = 0;
	expect(GOOD "12}" DESKTOP "\"good\",\"ms\":1}}");
}
END_TEST

START_TEST(page_that_has_much_to_read_is_told_later)
{
	static char much[2 * LEG_HIGH_BYTES];
	struct iovec iov = {much, sizeof(much)};

	while (leg_queued(&c->client) <= LEG_HIGH_BYTES)
		client_write(c, &iov, 1);
	light_look(c);
	ck_assert_uint_eq(c->light.state[0], LIGHT_UNKNOWN);
	ck_assert_uint_eq(c->light.ms[0], 0);
}
END_TEST

START_TEST(others_are_told_nothing_and_not_looked_at)
{
	c->ws.decoder.takes_text = 0;
	now_so.target.rtt_us = 900000;
	expect("");
	ck_assert_uint_eq(c->light.state[1], LIGHT_UNKNOWN);
}
END_TEST

START_TEST(session_that_ends_is_told_no_more)
{
	c->ws.has_sent_close = 1;
	expect("");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("light");
	TCase *tc = tcase_create("light");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, page_is_told_at_first_and_then_what_is_news);
	tcase_add_test(tc, slow_is_so_until_it_is_a_quarter_better);
	tcase_add_test(tc, ping_goes_farther_than_the_kernel_sees);
	tcase_add_test(tc, desktop_that_stalls_is_told_with_its_time_once);
	tcase_add_test(tc, numbers_that_are_not_known_are_left_out);
	tcase_add_test(tc, largest_numbers_are_no_fault);
	tcase_add_test(tc, page_that_takes_nothing_is_told_when_it_does);
	tcase_add_test(tc, page_that_has_much_to_read_is_told_later);
	tcase_add_test(tc, others_are_told_nothing_and_not_looked_at);
	tcase_add_test(tc, session_that_ends_is_told_no_more);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
