/* SPDX-License-Identifier: ISC */
/*
 * The resolver with name servers that lose a query, answer nonsense or are
 * none, and without memory.
 */
#include <ares.h>
#include <check.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/names/resolve.h"
#include "tests/proc/dns_server.h"
#include "tests/unit/starve.h"

#define WAIT_MS	     30000
#define ATTEMPTS_MAX 20

static struct dns_name names[] = {
    {"lost.test", DNS_LOST, "192.0.2.9", NULL, NULL, 0, NULL},
    {"odd.test", 1, NULL, NULL, NULL, 0, NULL}, /* RFC 1035: format error */
    {"starved.test", DNS_NOERROR, "192.0.2.9", NULL, NULL, 0, NULL},
    {NULL, 0, NULL, NULL, NULL, 0, NULL},
};

static struct dns_server *server;
static struct event_base *base;
static struct name_servers servers;
static struct addr found;
static enum resolve_status status;
static unsigned in_use, in_use_too;
static unsigned *const counts[2] = {&in_use, &in_use_too};
static int does_init_fail;

int __wrap_ares_init_options(
    ares_channel *channel, struct ares_options *options, int mask);
int __real_ares_init_options(
    ares_channel *channel, struct ares_options *options, int mask);

int
__wrap_ares_init_options(
    ares_channel *channel, struct ares_options *options, int mask)
{
	if (does_init_fail)
		return ARES_EFILE;
	return __real_ares_init_options(channel, options, mask);
}

static void
setup(void)
{
	server = dns_server_start(names);
	servers.count = 1;
	servers.addrs[0] = dns_server_addr(server);
	ck_assert_ptr_nonnull(base = event_base_new());
	status = 0;
}

static void
teardown(void)
{
	event_base_free(base);
	dns_server_stop(server);
}

static void
on_done(void *arg, enum resolve_status result, const struct name_answer *answer,
    const char *detail)
{
	(void)arg;
	(void)detail;
	status = result;
	if (answer->count > 0)
		found = answer->addrs[0];
	event_base_loopbreak(base);
}

static enum resolve_status
look_up(struct resolver *r, const char *name, unsigned timeout_ms)
{
	struct lookup *l = resolver_start(
	    r, name, clock_now_ms() + timeout_ms, counts, on_done, NULL);

	ck_assert_ptr_nonnull(l);
	event_base_dispatch(base);
	return status;
}

START_TEST(resolver_asks_again_when_a_query_is_lost)
{
	struct resolver *r = resolver_new(base, &servers);
	char text[ADDR_TEXT_MAX];

	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(look_up(r, "lost.test", WAIT_MS), RESOLVE_OK);
	ck_assert_str_eq(addr_format(&found, text), "192.0.2.9:0");
	resolver_unref(r);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(in_use, 0);
}
END_TEST

START_TEST(resolver_passes_on_that_an_answer_makes_no_sense)
{
	struct resolver *r = resolver_new(base, &servers);

	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(look_up(r, "odd.test", WAIT_MS), RESOLVE_FAILED);
	resolver_unref(r);
	ck_assert_uint_eq(in_use, 0);
}
END_TEST

START_TEST(resolver_is_none_if_c_ares_or_its_servers_are_not_to_be_had)
{
	struct name_servers none = {.count = 1};

	ck_assert_ptr_null(resolver_new(base, &none));
	does_init_fail = 1;
	ck_assert_ptr_null(resolver_new(base, &servers));
}
END_TEST

/* c-ares cannot be told that its socket is not watched. */
START_TEST(resolver_without_memory_for_a_socket_keeps_the_deadline)
{
	struct resolver *r = resolver_new(base, &servers);
	struct lookup *l;
	int has_starved;

	ck_assert_ptr_nonnull(r);
	starve_at(2);
	l = resolver_start(
	    r, "starved.test", clock_now_ms() + 1, counts, on_done, NULL);
	has_starved = starve_has_come();
	ck_assert_ptr_nonnull(l);
	ck_assert(has_starved);
	event_base_dispatch(base);
	ck_assert_int_eq(status, RESOLVE_TIMEOUT);
	event_base_dispatch(base); /* until c-ares has asked again */
	resolver_unref(r);
	ck_assert_uint_eq(in_use, 0);
}
END_TEST

START_TEST(resolver_keeps_the_callers_deadline)
{
	struct resolver *r = resolver_new(base, &servers);

	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(look_up(r, "lost.test", 1), RESOLVE_TIMEOUT);
	/* c-ares still has it: the count bounds what is under way */
	ck_assert_uint_eq(in_use, 1);
	event_base_dispatch(base); /* until the answer has come */
	resolver_unref(r);
	ck_assert_uint_eq(in_use, 0);
}
END_TEST

START_TEST(resolver_is_none_or_whole_whichever_request_for_memory_fails)
{
	struct resolver *r = NULL;
	struct lookup *l;
	unsigned n = 0;
	int has_starved;

	while (r == NULL) {
		ck_assert_uint_lt(n, ATTEMPTS_MAX);
		starve_at(++n);
		r = resolver_new(base, &servers);
		has_starved = starve_has_come();
		ck_assert(r != NULL || has_starved);
	}
	starve_at(1);
	l = resolver_start(
	    r, "lost.test", clock_now_ms() + WAIT_MS, counts, on_done, NULL);
	has_starved = starve_has_come();
	ck_assert(has_starved);
	ck_assert_ptr_null(l);
	ck_assert_uint_eq(in_use, 0);
	resolver_unref(r);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("resolve");
	TCase *tc = tcase_create("resolve");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, resolver_asks_again_when_a_query_is_lost);
	tcase_add_test(tc, resolver_passes_on_that_an_answer_makes_no_sense);
	tcase_add_test(
	    tc, resolver_is_none_if_c_ares_or_its_servers_are_not_to_be_had);
	tcase_add_test(
	    tc, resolver_without_memory_for_a_socket_keeps_the_deadline);
	tcase_add_test(tc, resolver_keeps_the_callers_deadline);
	tcase_add_test(
	    tc, resolver_is_none_or_whole_whichever_request_for_memory_fails);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
