/* SPDX-License-Identifier: ISC */
/* Which address wins, in which order they are tried, what a failure says. */
#include <linux/netlink.h>
#include <sys/socket.h>

#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "daemon/broker/dial.h"
#include "daemon/broker/own_host.h"
#include "tests/proc/broker_rig.h"
#include "tests/unit/starve.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC      20
#define LIMIT_MS      2000
#define ADDRS_MAX     4
#define MANY	      8
#define MANY_LIMIT_MS 4000

static struct event_base *base;
static struct dial_outcome outcome;
static int done_count;

static void
on_done(void *arg, const struct dial_outcome *o)
{
	ck_assert_ptr_eq(arg, base);
	outcome = *o;
	done_count++;
	event_base_loopbreak(base);
}

static size_t
make_addrs(struct addr *out, const char *const *ips, uint16_t port)
{
	size_t n;

	for (n = 0; ips[n] != NULL; n++) {
		ck_assert_int_eq(addr_parse_ip(ips[n], &out[n]), 0);
		out[n].port = port;
	}
	return n;
}

/* Dials and waits; returns how long it took. */
static uint64_t
dial(const char *const *ips, uint16_t port, uint64_t limit_ms)
{
	struct addr addrs[ADDRS_MAX];
	size_t n = make_addrs(addrs, ips, port);
	uint64_t begin = clock_now_ms();

	done_count = 0;
	base = event_base_new();
	ck_assert_ptr_nonnull(
	    dial_start(base, addrs, n, 0, begin + limit_ms, on_done, base));
	ck_assert_int_eq(done_count, 0); /* not before dial_start returns */
	event_base_dispatch(base);
	ck_assert_int_eq(done_count, 1);
	ck_assert((outcome.fd == -1) == (outcome.error != 0));
	event_base_free(base);
	return clock_now_ms() - begin;
}

START_TEST(dial_tries_the_other_family_second_rfc8305_4)
{
	static const char *const ips[] = {
	    "127.0.0.3", "127.0.0.4", "::1", NULL};
	struct silent_target silent[2];
	uint16_t port = 0;
	int listener = listen_on("::1", &port);
	uint64_t took_ms;

	silent_on(&silent[0], ips[0], &port);
	silent_on(&silent[1], ips[1], &port);
	took_ms = dial(ips, port, LIMIT_MS);
	ck_assert_int_ne(outcome.fd, -1);
	ck_assert_int_eq(outcome.addr.family, ADDR_V6);
	ck_assert_uint_eq(outcome.addr.port, port);
	/* one delay (RFC 8305, 5), and not two */
	ck_assert_uint_ge(took_ms, 240);
	ck_assert_uint_lt(took_ms, 450);
	close(accept_on(listener));
}
END_TEST

START_TEST(dial_of_the_first_that_answers_closes_the_others)
{
	static const char *const ips[] = {"127.0.0.3", "127.0.0.4", NULL};
	struct silent_target silent;
	uint16_t port = 0;
	int listener = listen_on(ips[1], &port), probe;

	silent_on(&silent, ips[0], &port);
	probe = dup(listener);
	close(probe);
	dial(ips, port, LIMIT_MS);
	ck_assert_int_ne(outcome.fd, -1);
	ck_assert_int_eq(outcome.addr.ip[3], 4);
	close(outcome.fd);
	/* no descriptor is left: the next free one is the same as before */
	ck_assert_int_eq(dup(listener), probe);
}
END_TEST

static int sockets_max;

/* How many descriptors there are: the next free one tells. */
static void
on_sample_cb(evutil_socket_t fd, short what, void *arg)
{
	int next = dup(0);

	(void)fd;
	(void)what;
	close(next);
	if (next - *(int *)arg > sockets_max)
		sockets_max = next - *(int *)arg;
}

/* Seven that are silent, and an eighth that answers: three at a time. */
START_TEST(dial_of_many_has_few_sockets_and_comes_to_the_last)
{
	struct silent_target silent[MANY - 1];
	struct addr addrs[MANY];
	struct event *sample;
	struct timeval often = {0, 20000};
	char ip[ADDR_TEXT_MAX];
	uint16_t port = 0;
	int listener = listen_on("127.0.0.208", &port), first, i;

	for (i = 0; i < MANY; i++) {
		snprintf(ip, sizeof(ip), "127.0.0.%d", 201 + i);
		ck_assert_int_eq(addr_parse_ip(ip, &addrs[i]), 0);
		addrs[i].port = port;
		if (i < MANY - 1)
			silent_on(&silent[i], ip, &port);
	}
	base = event_base_new();
	sample = event_new(base, -1, EV_PERSIST, on_sample_cb, &first);
	event_add(sample, &often);
	close(first = dup(0));
	ck_assert_ptr_nonnull(dial_start(base, addrs, MANY, 0,
	    clock_now_ms() + MANY_LIMIT_MS, on_done, base));
	event_base_dispatch(base);
	ck_assert_int_ne(outcome.fd, -1);
	ck_assert_int_eq(outcome.addr.ip[3], 208);
	ck_assert_int_le(sockets_max, DIAL_SOCKETS_MAX);
	ck_assert_int_ge(sockets_max, 2);
	event_free(sample);
	event_base_free(base);
	close(listener);
}
END_TEST

static const struct {
	const char *ips[ADDRS_MAX]; /* 127.0.0.9 is silent, others refuse */
	int error;
	int last_byte; /* of the address that is told */
	int is_slow;
} failures[] = {
    {{"127.0.0.1", NULL}, ECONNREFUSED, 1, 0},
    {{"127.0.0.9", NULL}, ETIMEDOUT, 9, 1},
    {{"127.0.0.9", "127.0.0.1", NULL}, ECONNREFUSED, 1, 1},
    {{"127.0.0.1", "127.0.0.9", NULL}, ECONNREFUSED, 1, 1},
    {{"127.0.0.1", "127.0.0.2", NULL}, ECONNREFUSED, 1, 0},
    /* a host without the family, or a broadcast: not even tried */
    {{"255.255.255.255", "127.0.0.9", NULL}, ETIMEDOUT, 9, 1},
    {{"255.255.255.255", "127.0.0.1", NULL}, ECONNREFUSED, 1, 0},
    {{"fe80::1", "127.0.0.9", NULL}, ETIMEDOUT, 9, 1},
};

START_TEST(dial_tells_the_most_telling_error)
{
	struct silent_target silent;
	uint16_t port = 0;
	uint64_t took_ms;

	silent_on(&silent, "127.0.0.9", &port);
	took_ms = dial(failures[_i].ips, port, 500);
	ck_assert_int_eq(outcome.fd, -1);
	ck_assert_msg(
	    outcome.error == failures[_i].error, "%s", strerror(outcome.error));
	ck_assert_int_eq(outcome.addr.ip[3], failures[_i].last_byte);
	if (failures[_i].is_slow)
		ck_assert_uint_ge(took_ms, 490);
	else
		ck_assert_uint_lt(took_ms, 400);
}
END_TEST

START_TEST(dial_that_is_cancelled_tells_nothing_and_keeps_nothing)
{
	static const char *const ips[] = {"127.0.0.9", NULL};
	struct silent_target silent;
	struct addr addrs[ADDRS_MAX];
	struct dial *d;
	uint16_t port = 0;
	int probe;

	silent_on(&silent, ips[0], &port);
	make_addrs(addrs, ips, port);
	base = event_base_new();
	probe = dup(0);
	close(probe);
	done_count = 0;
	d = dial_start(
	    base, addrs, 1, 0, clock_now_ms() + LIMIT_MS, on_done, base);
	ck_assert_ptr_nonnull(d);
	dial_cancel(d);
	ck_assert_int_eq(dup(0), probe);
	/* no event is left: the loop ends by itself */
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(done_count, 0);
	event_base_free(base);
	dial_cancel(NULL);
}
END_TEST

START_TEST(dial_past_its_deadline_dials_nobody)
{
	static const char *const ips[] = {"127.0.0.1", NULL};
	uint16_t port = 0;
	int listener = listen_on(ips[0], &port);

	dial(ips, port, 0);
	ck_assert_int_eq(outcome.error, ETIMEDOUT);
	ck_assert(!has_connection(listener));
}
END_TEST

START_TEST(own_host_knows_addresses_of_other_hosts)
{
	static const struct {
		const char *ip;
		int is_own;
	} rows[] = {{"192.0.2.1", 0}, {"2001:db8::1", 0}, {"127.0.0.1", 1},
	    {"127.9.9.9", 1}, {"::1", 1}};
	struct addr a;
	size_t i;

	ck_assert_int_eq(addr_parse_ip("192.0.2.1", &a), 0);
	ck_assert(own_host_has(&a)); /* nobody can be asked yet */
	own_host_use(
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
	for (i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(addr_parse_ip(rows[i].ip, &a), 0);
		ck_assert_msg(
		    own_host_has(&a) == rows[i].is_own, "%s", rows[i].ip);
	}
	memset(&a, 0, sizeof(a)); /* no address at all */
	ck_assert(!own_host_has(&a));
}
END_TEST

START_TEST(dial_without_memory_fails_and_keeps_nothing)
{
	static const char *const ips[] = {"127.0.0.1", NULL};
	struct addr addrs[ADDRS_MAX];
	size_t n = make_addrs(addrs, ips, 1);
	struct dial *d;
	int has_starved;

	base = event_base_new();
	starve_at(1);
	d = dial_start(
	    base, addrs, n, 0, clock_now_ms() + LIMIT_MS, on_done, base);
	has_starved = starve_has_come();
	ck_assert(has_starved);
	ck_assert_ptr_null(d);
	ck_assert_int_eq(
	    event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	event_base_free(base);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dial");
	TCase *tc = tcase_create("dial");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, dial_tries_the_other_family_second_rfc8305_4);
	tcase_add_test(tc, dial_of_the_first_that_answers_closes_the_others);
	tcase_add_test(tc, dial_of_many_has_few_sockets_and_comes_to_the_last);
	tcase_add_loop_test(
	    tc, dial_tells_the_most_telling_error, 0, COUNT(failures));
	tcase_add_test(
	    tc, dial_that_is_cancelled_tells_nothing_and_keeps_nothing);
	tcase_add_test(tc, dial_past_its_deadline_dials_nobody);
	tcase_add_test(tc, own_host_knows_addresses_of_other_hosts);
	tcase_add_test(tc, dial_without_memory_fails_and_keeps_nothing);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
