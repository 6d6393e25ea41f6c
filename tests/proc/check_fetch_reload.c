/* SPDX-License-Identifier: ISC */
/* The real fetch and a reload: by which configuration it asks. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/proc/fetch_rig.h"
#include "tests/proc/provider.h"
#include "tests/unit/breach.h"

#define TEST_SEC 120

static struct fetch_rig f;
static struct fetch_answer answer;
static struct provider *provider;
static uint16_t port;

static void
start(void)
{
	provider = provider_start(NULL, NULL);
	port = provider_port(provider);
	struct fetch_host hosts[] = {{0, "127.0.0.1", port, 1},
	    {0, "localhost", port, 1}, {1, "127.0.0.1", port, 1},
	    {0, NULL, 0, 0}};

	fetch_begin(&f);
	fetch_run(&f, hosts, -1);
}

static void
get(const char *path)
{
	fetch_get_path(&f, port, path, &answer);
}

START_TEST(fetch_asks_what_a_reload_allows)
{
	struct fetch_host none[] = {{0, NULL, 0, 0}};

	start();
	get("/bytes/1");
	ck_assert_uint_eq(answer.status, 200);
	struct fetch_host by_tls[] = {
	    {0, "127.0.0.1", port, 0}, {0, NULL, 0, 0}};
	fetch_configure(&f, by_tls, -1);
	fetch_probe(&f);
	get("/bytes/1");
	ck_assert_ptr_nonnull(strstr(answer.error, "by https alone"));
	fetch_configure(&f, none, -1);
	fetch_probe(&f);
	get("/bytes/1");
	ck_assert_ptr_nonnull(strstr(answer.error, "is not one of"));
	ck_assert_uint_eq(provider_connections(provider), 1);
	fetch_stop(&f);
}
END_TEST

/*
 * auth hears of a reload a moment earlier: what it asks then waits, and is
 * judged by what is to come.
 */
START_TEST(fetch_waits_for_the_configuration_that_auth_has)
{
	static struct msg_fetch early;
	struct fetch_host none[] = {{0, NULL, 0, 0}};

	start();
	struct fetch_host by_http[] = {
	    {0, "127.0.0.1", port, 1}, {0, NULL, 0, 0}};
	early.id = 99;
	early.generation = f.rig.generation + 2;
	snprintf(
	    early.url, sizeof(early.url), "http://127.0.0.1:%u/bytes/9", port);
	ck_assert_int_eq(breach_say(f.auth, MSG_FETCH, &early, -1), 0);
	fetch_configure(&f, none, -1);
	get("/bytes/1"); /* of the one that it has */
	ck_assert_ptr_nonnull(strstr(answer.error, "is not one of"));
	ck_assert_uint_eq(provider_connections(provider), 0);
	fetch_configure(&f, by_http, -1);
	fetch_read(&f, &answer);
	ck_assert_uint_eq(answer.id, 99);
	ck_assert_uint_eq(answer.status, 200);
	fetch_stop(&f);
}
END_TEST

static Suite *
fetch_suite(void)
{
	Suite *suite = suite_create("fetch-reload");
	TCase *tc = tcase_create("fetch-reload");

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, fetch_asks_what_a_reload_allows);
	tcase_add_test(tc, fetch_waits_for_the_configuration_that_auth_has);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(fetch_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
