/* SPDX-License-Identifier: ISC */
/*
 * The broker's configuration at its bounds and without memory, and the
 * words about who holds a target.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/broker/broker.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/session.h"
#include "tests/unit/starve.h"

#define NOON	     1700049600u /* 2023-11-15 12:00 UTC */
#define HOUR_SEC     3600
#define DAY_SEC	     86400
#define ATTEMPTS_MAX 20

static struct msg_conf_start start = {.proto_version = PROTO_VERSION};
static struct conf *conf;

static void
setup(void)
{
	ck_assert_ptr_nonnull(conf = conf_new(&start));
}

static void
teardown(void)
{
	conf_unref(conf);
}

static struct msg_conf_target
make_target(void)
{
	struct msg_conf_target target;

	memset(&target, 0, sizeof(target));
	strcpy(target.name, "lab1");
	ck_assert_int_eq(
	    target_parse("127.0.0.1:5901", 5901, &target.address), 0);
	return target;
}

START_TEST(conf_takes_no_more_targets_than_it_may)
{
	struct msg_conf_target target = make_target();
	int i;

	for (i = 0; i < PROTO_TARGETS_MAX; i++)
		ck_assert_int_eq(conf_add_target(conf, &target), 0);
	ck_assert_int_eq(conf_add_target(conf, &target), VB_EFULL);
	ck_assert_uint_eq(conf->target_count, PROTO_TARGETS_MAX);
}
END_TEST

/* A session of what is no target has the settings' limits. */
START_TEST(conf_says_the_limits_of_a_target)
{
	struct msg_conf_target target = make_target();
	struct msg_opened opened;
	const struct configured *t;

	target.idle_timeout_sec = 30;
	target.max_session_sec = PROTO_NO_LIMIT;
	ck_assert_int_eq(conf_add_target(conf, &target), 0);
	ck_assert_int_eq(conf_complete(conf), 0);
	t = conf_find_address(conf, &target.address);
	ck_assert_ptr_nonnull(t);
	memset(&opened, 0, sizeof(opened));
	conf_fill_greeting(conf, NULL, &opened);
	ck_assert_uint_eq(opened.idle_timeout_sec, 0);
	ck_assert_uint_eq(opened.max_session_sec, 0);
	conf_fill_greeting(conf, t, &opened);
	ck_assert_uint_eq(opened.idle_timeout_sec, 30);
	ck_assert_uint_eq(opened.max_session_sec, PROTO_NO_LIMIT);
}
END_TEST

START_TEST(conf_takes_no_target_without_text_or_port)
{
	struct msg_conf_target target = make_target();

	target.address.port = 0;
	ck_assert_int_eq(conf_add_target(conf, &target), VB_EBADMSG);
	target = make_target();
	memset(target.name, 'a', sizeof(target.name));
	ck_assert_int_eq(conf_add_target(conf, &target), VB_EBADMSG);
	target = make_target();
	memset(target.address.name, 'a', sizeof(target.address.name));
	ck_assert_int_eq(conf_add_target(conf, &target), VB_EBADMSG);
	ck_assert_uint_eq(conf->target_count, 0);
}
END_TEST

/* Of those with one address, any that speaks TLS makes all of them do. */
START_TEST(conf_finds_the_tls_of_an_address)
{
	struct msg_conf_target target = make_target();
	struct target where = target.address;
	struct addr addr = where.addr;
	int i;

	addr.port = where.port;
	for (i = 0; i < 5; i++) {
		target.tls_id = i == 3 ? 7 : 0;
		ck_assert_int_eq(conf_add_target(conf, &target), 0);
	}
	ck_assert_int_eq(
	    target_parse("lab.example:5901", 1, &target.address), 0);
	target.tls_id = 8;
	ck_assert_int_eq(conf_add_target(conf, &target), 0);
	ck_assert_int_eq(conf_complete(conf), 0);
	ck_assert_uint_eq(conf_tls_of_address(conf, &where), 7);
	ck_assert_uint_eq(conf_tls_of_addr(conf, &addr), 7);
	ck_assert_uint_eq(conf_tls_of_address(conf, &target.address), 8);
	addr.port++;
	ck_assert_uint_eq(conf_tls_of_addr(conf, &addr), 0);
	addr.port--;
	addr.ip[3]++;
	ck_assert_uint_eq(conf_tls_of_addr(conf, &addr), 0);
	conf_unref(conf);
	conf = NULL;
}
END_TEST

START_TEST(conf_asks_name_servers_at_port_53_if_none_is_given)
{
	struct addr server;
	size_t i = 0;

	ck_assert_int_eq(addr_parse_ip("192.0.2.53", &server), 0);
	while (conf_add_nameserver(conf, &server) == 0)
		ck_assert_uint_lt(i++, 100);
	ck_assert_int_eq(conf_add_nameserver(conf, &server), VB_EFULL);
	ck_assert_uint_eq(conf->nameservers.count, i);
	ck_assert_uint_eq(conf->nameservers.addrs[0].port, 53);
}
END_TEST

START_TEST(conf_is_none_or_whole_whichever_request_for_memory_fails)
{
	struct msg_conf_target target = make_target();
	struct conf *c;
	unsigned n = 0;
	int result, has_starved, failures = 0;

	do {
		ck_assert_uint_lt(n, ATTEMPTS_MAX);
		starve_at(++n);
		result = VB_ENOMEM;
		if ((c = conf_new(&start)) != NULL &&
		    (result = conf_add_target(c, &target)) == 0)
			result = conf_complete(c);
		has_starved = starve_has_come();
		failures += result < 0;
		ck_assert(result == 0 || result == VB_ENOMEM);
		conf_unref(c);
	} while (has_starved);
	ck_assert_int_eq(result, 0);
	ck_assert_int_ge(failures, 5);
}
END_TEST

/* What a newcomer reads, since_sec after the holder came. */
static const char *
holder_after(uint64_t since_sec, uint64_t later_sec)
{
	static char out[PROTO_REASON_MAX];
	const struct session_key key = {1, 0};
	struct session_table table;
	struct session_list list = TAILQ_HEAD_INITIALIZER(list);
	struct msg_conf_target target = make_target();
	struct configured *held;
	struct session *s;
	static struct broker broker;

	session_table_init(&table);
	target.mode = LEASE_MODE_EXCLUSIVE;
	ck_assert_int_eq(conf_add_target(conf, &target), 0);
	held = &conf->targets[conf->target_count - 1];
	TAILQ_INIT(&held->holders); /* as conf_complete() does */
	ck_assert_ptr_nonnull(s = session_new(&table, &list, &key));
	s->broker = &broker;
	s->since_sec = since_sec;
	ck_assert_int_eq(addr_parse_ip("192.0.2.7", &s->client), 0);
	ck_assert_int_eq(lease_take(s, held), 0);
	ck_assert_uint_eq(
	    lease_refusal(held, since_sec + later_sec, out), 4510);
	lease_drop(s);
	session_free(&table, &list, s);
	return out;
}

START_TEST(lease_tells_since_when_and_the_day_if_it_is_long)
{
	ck_assert_str_eq(holder_after(NOON, HOUR_SEC),
	    "in use by 192.0.2.7 since 12:00 UTC");
	ck_assert_str_eq(holder_after(NOON, DAY_SEC - 1),
	    "in use by 192.0.2.7 since 12:00 UTC");
	ck_assert_str_eq(holder_after(NOON, DAY_SEC),
	    "in use by 192.0.2.7 since 2023-11-15 12:00 UTC");
	/* a worker may say any time, in HELD */
	ck_assert_ptr_nonnull(strstr(holder_after(UINT64_MAX / 2, 0), "since"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker conf");
	TCase *tc = tcase_create("conf");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, conf_takes_no_more_targets_than_it_may);
	tcase_add_test(tc, conf_says_the_limits_of_a_target);
	tcase_add_test(tc, conf_takes_no_target_without_text_or_port);
	tcase_add_test(tc, conf_finds_the_tls_of_an_address);
	tcase_add_test(tc, conf_asks_name_servers_at_port_53_if_none_is_given);
	tcase_add_test(
	    tc, conf_is_none_or_whole_whichever_request_for_memory_fails);
	tcase_add_test(tc, lease_tells_since_when_and_the_day_if_it_is_long);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
