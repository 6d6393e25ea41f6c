/* SPDX-License-Identifier: ISC */
/*
 * The real fetch with an auth that was taken over: it says what it must not,
 * floods, or reads nothing. That costs it its channel, and fetch goes on.
 */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/fetch_rig.h"
#include "tests/proc/provider.h"
#include "tests/unit/breach.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC     120
#define GROWTH_BYTES (48 * 1024 * 1024)
#define IN_FLIGHT    8 /* what a socket has room for, both ways */
#define FULL_ROUNDS  32
#define ENDLESS	     1000000

static struct breach breaches[BREACHES_MAX];
static struct fetch_rig f;
static struct fetch_answer answer;
static struct provider *provider;
static uint16_t port;
static union proto_any any;

static void
start(void)
{
	provider = provider_start(NULL, NULL);
	port = provider_port(provider);
	struct fetch_host hosts[] = {
	    {0, "127.0.0.1", port, 1}, {0, NULL, 0, 0}};

	fetch_begin(&f);
	fetch_run(&f, hosts, -1);
}

static void
expect_served(void)
{
	fetch_get_path(&f, port, "/bytes/1", &answer);
	ck_assert_msg(answer.status == 200, "%s", answer.error);
}

static void
stop(void)
{
	expect_served();
	fetch_stop(&f);
}

static void
expect_dropped(const char *what, int is_told)
{
	unsigned before = f.dropped;
	int type, fd;

	do
		type =
		    ipc_read_message(f.auth, ROLE_AUTH, ROLE_FETCH, &any, &fd);
	while (type > 0);
	ck_assert(type == VB_ECLOSED || type == VB_ESYS);
	close(f.auth);
	fetch_probe(&f);
	ck_assert_msg(f.dropped == before + (unsigned)is_told, "%s", what);
	if (is_told) {
		ck_assert_uint_eq(f.last_dropped.index, 0);
		ck_assert_uint_eq(f.last_dropped.asker, ROLE_AUTH);
		ck_assert_uint_eq(f.last_dropped.fence, f.fence);
	}
	fetch_join(&f);
}

START_TEST(fetch_drops_who_breaks_the_table)
{
	size_t i, n = breach_list(ROLE_FETCH, ROLE_AUTH, PHASE_RUN, breaches);

	start();
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(breach_commit(&breaches[i], f.auth), 0);
		expect_dropped(breach_name(&breaches[i]),
		    breaches[i].kind != BREACH_EMPTY);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	stop();
}
END_TEST

static void
fill_url(union proto_any *body)
{
	memset(body->fetch.url, 'a', sizeof(body->fetch.url));
}

static void
fill_authorization(union proto_any *body)
{
	memset(
	    body->fetch.authorization, 'a', sizeof(body->fetch.authorization));
}

static void
fill_body(union proto_any *body)
{
	memset(body->fetch.body, 'a', sizeof(body->fetch.body));
}

static void
fill_source(union proto_any *body)
{
	body->fetch.source = FETCH_SOURCES_MAX;
	snprintf(body->fetch.url, sizeof(body->fetch.url),
	    "http://127.0.0.1:%u/", port);
}

static void
fill_source_wrap(union proto_any *body)
{
	fill_source(body);
	body->fetch.source = UINT32_MAX;
}

static void
fill_all(union proto_any *body)
{
	memset(body, 0xff, sizeof(*body));
}

static const struct {
	enum msg_type type;
	const char *what;
	breach_fill *fill;
	int is_answered; /* with nothing; else it costs the channel */
} rows[] = {
    {MSG_FETCH, "an endless URL", fill_url, 0},
    {MSG_FETCH, "an endless authorization", fill_authorization, 0},
    {MSG_FETCH, "an endless body", fill_body, 0},
    {MSG_FETCH, "nonsense", fill_all, 0},
    {MSG_FETCH, "of nothing", breach_fill_nothing, 1},
    {MSG_FETCH, "of no provider", fill_source, 1},
    {MSG_FETCH, "of far too many providers", fill_source_wrap, 1},
};

START_TEST(fetch_has_a_row_for_each_message)
{
	enum msg_type types[COUNT(rows)];
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		types[i] = rows[i].type;
	breach_check_rows(ROLE_FETCH, ROLE_AUTH, types, COUNT(rows));
}
END_TEST

START_TEST(fetch_asks_nothing_for_nonsense)
{
	size_t i;

	start();
	for (i = 0; i < COUNT(rows); i++) {
		memset(&any, 0, sizeof(any));
		rows[i].fill(&any);
		ck_assert_int_eq(breach_say(f.auth, rows[i].type, &any, -1), 0);
		if (!rows[i].is_answered) {
			expect_dropped(rows[i].what, 1);
			continue;
		}
		fetch_read(&f, &answer);
		ck_assert_uint_eq(answer.status, 0);
	}
	ck_assert_uint_eq(provider_connections(provider), 0);
	stop();
}
END_TEST

/* Who has asked before gets no answer of the one before. */
START_TEST(fetch_forgets_what_an_auth_has_asked_that_has_gone)
{
	char url[128];
	unsigned i;

	start();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/silent", port);
	for (i = 0; i < 72; i++)
		fetch_ask(&f, i, url, NULL, NULL);
	fetch_probe(&f);
	if (_i == 0)
		close(f.auth);
	fetch_join(&f);
	expect_served();
	stop();
}
END_TEST

START_TEST(fetch_answers_a_flood)
{
	uint64_t i, n = breach_flood();
	struct msg_fetch ask;
	size_t before;

	start();
	memset(&ask, 0, sizeof(ask));
	before = breach_resident_bytes(f.rig.pid);
	for (i = 0; i < n + IN_FLIGHT; i++) {
		if (i < n)
			ck_assert_int_eq(
			    breach_say(f.auth, MSG_FETCH, &ask, -1), 0);
		if (i >= IN_FLIGHT)
			fetch_read(&f, &answer);
	}
	fetch_probe(&f);
	ck_assert_uint_lt(
	    breach_resident_bytes(f.rig.pid), before + GROWTH_BYTES);
	ck_assert_uint_eq(f.dropped, 0);
	stop();
}
END_TEST

/*
 * It asks for as much as there is, and reads nothing: what waits for it is
 * bounded, and since all of that was asked for, it costs nothing.
 */
START_TEST(fetch_owes_who_reads_no_answers)
{
	struct msg_fetch ask;
	uint64_t asked = 0, i;
	unsigned full = 0;
	size_t before;

	start();
	memset(&ask, 0, sizeof(ask));
	snprintf(ask.url, sizeof(ask.url), "http://127.0.0.1:%u/bytes/%u", port,
	    FETCH_ANSWER_MAX);
	before = breach_resident_bytes(f.rig.pid);
	ck_assert_int_eq(fcntl(f.auth, F_SETFL, O_NONBLOCK), 0);
	while (asked < ENDLESS && full < FULL_ROUNDS) {
		if (breach_say(f.auth, MSG_FETCH, &ask, -1) == 0) {
			asked++;
			full = 0;
			continue;
		}
		fetch_probe(&f);
		full++;
	}
	ck_assert_uint_lt(asked, ENDLESS);
	ck_assert_uint_lt(
	    breach_resident_bytes(f.rig.pid), before + GROWTH_BYTES);
	ck_assert_int_eq(fcntl(f.auth, F_SETFL, 0), 0);
	for (i = 0; i < asked; i++)
		fetch_read(&f, &answer);
	ck_assert_uint_eq(f.dropped, 0);
	stop();
}
END_TEST

/* What is under way ends with it, and nothing is left of it. */
START_TEST(fetch_that_is_killed_leaves_nothing)
{
	char url[128];
	int status;

	start();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/silent", port);
	fetch_ask(&f, 1, url, NULL, NULL);
	fetch_probe(&f);
	ck_assert_int_eq(kill(f.rig.pid, SIGKILL), 0);
	status = rig_wait(&f.rig);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(f.auth);
	close(f.rig.master);
	struct fetch_host hosts[] = {
	    {0, "127.0.0.1", port, 1}, {0, NULL, 0, 0}};
	fetch_run(&f, hosts, -1);
	stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("channel-fetch");
	TCase *tc = tcase_create("fetch");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, fetch_drops_who_breaks_the_table);
	tcase_add_test(tc, fetch_has_a_row_for_each_message);
	tcase_add_test(tc, fetch_asks_nothing_for_nonsense);
	tcase_add_loop_test(
	    tc, fetch_forgets_what_an_auth_has_asked_that_has_gone, 0, 2);
	tcase_add_test(tc, fetch_answers_a_flood);
	tcase_add_test(tc, fetch_owes_who_reads_no_answers);
	tcase_add_test(tc, fetch_that_is_killed_leaves_nothing);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
