/* SPDX-License-Identifier: ISC */
/*
 * The real fetch with a provider on loopback: what is asked, what comes back,
 * and what a provider that means ill can do.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/proc/dns_server.h"
#include "tests/proc/fetch_rig.h"
#include "tests/proc/provider.h"
#include "tests/unit/breach.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 120
#define MANY	 1000

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

/* ---- what is asked ---- */

START_TEST(fetch_asks_by_get_and_says_no_more_than_it_must)
{
	char wanted[512];

	start();
	get("/echo?a=b&c=%2F..%2F/../x");
	ck_assert_uint_eq(answer.status, 200);
	snprintf(wanted, sizeof(wanted),
	    "GET /echo?a=b&c=%%2F..%%2F/../x HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%u\r\n"
	    "User-Agent: vncbridged\r\n"
	    "Accept: application/json\r\n\r\n",
	    port);
	ck_assert_str_eq(answer.data, wanted);
	fetch_stop(&f);
}
END_TEST

START_TEST(fetch_posts_a_form_with_an_authorization)
{
	char url[128];

	start();
	snprintf(url, sizeof(url), "http://localhost:%u/echo", port);
	fetch_ask(&f, 7, url,
	    "Basic Zm9vOmJhcg==", "grant_type=authorization_code&code=x%20y");
	fetch_read(&f, &answer);
	ck_assert_uint_eq(answer.id, 7);
	ck_assert_uint_eq(answer.status, 200);
	ck_assert_ptr_eq(
	    strstr(answer.data, "POST /echo HTTP/1.1\r\n"), answer.data);
	ck_assert_ptr_nonnull(
	    strstr(answer.data, "\r\nAuthorization: Basic Zm9vOmJhcg==\r\n"));
	ck_assert_ptr_nonnull(strstr(answer.data,
	    "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	ck_assert_ptr_nonnull(strstr(
	    answer.data, "\r\n\r\ngrant_type=authorization_code&code=x%20y"));
	ck_assert_ptr_null(strstr(answer.data, "Expect"));
	fetch_stop(&f);
}
END_TEST

START_TEST(fetch_posts_as_much_as_a_message_has_room_for)
{
	static char body[FETCH_BODY_MAX], field[FETCH_AUTHORIZATION_MAX];
	char url[128];

	start();
	memset(body, 'b', sizeof(body) - 1);
	memset(field, 'f', sizeof(field) - 1);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/echo", port);
	fetch_ask(&f, 7, url, field, body);
	fetch_read(&f, &answer);
	ck_assert_uint_eq(answer.status, 200);
	ck_assert_ptr_nonnull(strstr(answer.data, field));
	ck_assert_ptr_nonnull(strstr(answer.data, body));
	/* an empty form is a form, too */
	fetch_ask(&f, 8, url, "", "");
	fetch_read(&f, &answer);
	ck_assert_uint_eq(answer.status, 200);
	ck_assert_ptr_eq(strstr(answer.data, "POST "), answer.data);
	fetch_stop(&f);
}
END_TEST

/* ---- what comes back ---- */

static const size_t sizes[] = {0, 1, FETCH_CHUNK_BYTES - 1, FETCH_CHUNK_BYTES,
    FETCH_CHUNK_BYTES + 1, 3 * FETCH_CHUNK_BYTES, FETCH_ANSWER_MAX - 1,
    FETCH_ANSWER_MAX};

START_TEST(fetch_gives_an_answer_in_parts_in_their_order)
{
	static const char *const paths[] = {"/bytes/%zu", "/chunked/%zu"};
	size_t i, j, k;
	char path[64];

	start();
	for (i = 0; i < COUNT(sizes); i++)
		for (j = 0; j < COUNT(paths); j++) {
			snprintf(path, sizeof(path), paths[j], sizes[i]);
			get(path);
			ck_assert_uint_eq(answer.status, 200);
			ck_assert_uint_eq(answer.len, sizes[i]);
			for (k = 0; k < sizes[i]; k++)
				if (answer.data[k] != (char)('a' + k % 26))
					ck_abort_msg("byte %zu", k);
		}
	fetch_stop(&f);
}
END_TEST

static const struct {
	const char *path;
	uint32_t status;
	const char *error; /* what is in it, if the status is 0 */
} outcomes[] = {
    {"/status/201", 201, NULL},
    {"/status/400", 400, NULL},
    {"/status/500", 500, NULL},
    {"/status/999", 999, NULL},
    {"/redirect", 302, NULL},
    {"/bytes/262145", 0, "is larger than 256 KiB"},
    {"/bytes/99999999999", 0, "is larger than 256 KiB"},
    {"/chunked/262145", 0, "is larger than 256 KiB"},
    {"/endless", 0, "is larger than 256 KiB"},
    {"/fields", 0, "is larger than"},
    {"/cut", 0, "ended the connection before the end"},
    {"/nothing", 0, "no answer from 127.0.0.1:"},
    {"/garbage", 0, "no answer from 127.0.0.1:"},
};

START_TEST(fetch_tells_what_came_of_a_question)
{
	start();
	get(outcomes[_i].path);
	ck_assert_msg(answer.status == outcomes[_i].status, "%s: %u %s",
	    outcomes[_i].path, answer.status, answer.error);
	if (outcomes[_i].error != NULL)
		ck_assert_msg(strstr(answer.error, outcomes[_i].error) != NULL,
		    "%s", answer.error);
	/* a redirect is not followed, and nothing is tried twice */
	ck_assert_uint_eq(provider_requests(provider), 1);
	fetch_stop(&f);
}
END_TEST

START_TEST(fetch_says_where_nobody_listens)
{
	uint16_t nobody = dead_port("127.0.0.1");
	struct fetch_host hosts[] = {
	    {0, "127.0.0.1", nobody, 1}, {0, NULL, 0, 0}};

	fetch_begin(&f);
	fetch_run(&f, hosts, -1);
	fetch_get_path(&f, nobody, "/", &answer);
	ck_assert_uint_eq(answer.status, 0);
	ck_assert_ptr_nonnull(strstr(answer.error, "cannot connect to "));
	ck_assert_ptr_nonnull(strstr(answer.error, ": connection refused"));
	fetch_stop(&f);
}
END_TEST

/* All of them at once, so that the test takes as long as one. */
START_TEST(fetch_waits_for_nobody_longer_than_ten_seconds)
{
	static const char *const paths[] = {"/silent", "/drip", "/silent"};
	char url[128];
	size_t i;

	start();
	for (i = 0; i < COUNT(paths); i++) {
		snprintf(
		    url, sizeof(url), "http://127.0.0.1:%u%s", port, paths[i]);
		fetch_ask(&f, i, url, NULL, NULL);
	}
	/* who is slow holds up nobody else */
	get("/bytes/1");
	ck_assert_uint_eq(answer.status, 200);
	for (i = 0; i < COUNT(paths); i++) {
		fetch_read(&f, &answer);
		ck_assert_uint_eq(answer.status, 0);
		ck_assert_msg(
		    strstr(answer.error, "no answer from 127.0.0.1:") != NULL &&
			strstr(answer.error, " in 10 s") != NULL,
		    "%s", answer.error);
	}
	fetch_stop(&f);
}
END_TEST

/* ---- who is asked ---- */

static const struct {
	const char *url; /* %u: the provider's port */
	const char *error;
} refused[] = {
    {"https://id.example.com/", "id.example.com:443 is not one of"},
    {"http://127.0.0.1:1/", "127.0.0.1:1 is not one of"},
    {"http://127.0.0.1/", "127.0.0.1:80 is not one of"},
    {"http://127.0.0.2:%u/", "is not one of the provider's hosts"},
    {"http://[::1]:%u/", "is not one of the provider's hosts"},
    {"http://2130706433:%u/", "no host and port"},
    {"http://0x7f.0.0.1:%u/", "no host and port"},
    {"http://127.1:%u/", "no host and port"},
    {"http://localhost.:%u/", "no host and port"},
    {"http://a@127.0.0.1:%u/", "has a user"},
    {"http://127.0.0.1:%u@id.example.com/", "has a user"},
    {"http://127.0.0.1:%u/#fragment", "has a fragment"},
    {"http://127.0.0.1:%u\\@id.example.com/", "has a character"},
    {"http://127.0.0.1:%u/ /", "has a character"},
    {"http://127.0.0.1:%u/\r\nX: y", "has a character"},
    {"http://127.0.0.1:%u/\xc3\xa9", "has a character"},
    {"http://127.0.0.1:0%u/", "no host and port"},
    {"http://127.0.0.1:/", "no host and port"},
    {"http:///127.0.0.1:%u/", "no host and port"},
    {"http:/127.0.0.1:%u/", "does not begin"},
    {"HTTP://127.0.0.1:%u/", "does not begin"},
    {"ftp://127.0.0.1:%u/", "does not begin"},
    {"file:///etc/passwd", "does not begin"},
    {"127.0.0.1:%u/", "does not begin"},
    {"", "does not begin"},
};

START_TEST(fetch_asks_nobody_but_the_hosts_of_the_configuration)
{
	char url[256];
	size_t i;

	start();
	for (i = 0; i < COUNT(refused); i++) {
		snprintf(url, sizeof(url), refused[i].url, port);
		fetch_get(&f, url, &answer);
		ck_assert_msg(answer.status == 0 &&
			strstr(answer.error, refused[i].error) != NULL,
		    "%s: %u %s", url, answer.status, answer.error);
	}
	ck_assert_uint_eq(provider_connections(provider), 0);
	fetch_stop(&f);
}
END_TEST

START_TEST(fetch_takes_no_field_that_is_two)
{
	static const char *const fields[] = {
	    "Basic a\r\nX: y", "Basic a\ny", "a\tb", "\x7f", "\xc3\xa9"};
	char url[128];
	size_t i;

	start();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/echo", port);
	for (i = 0; i < COUNT(fields); i++) {
		fetch_ask(&f, i, url, fields[i], NULL);
		fetch_read(&f, &answer);
		ck_assert_uint_eq(answer.status, 0);
		ck_assert_ptr_nonnull(
		    strstr(answer.error, "the authorization has"));
	}
	ck_assert_uint_eq(provider_connections(provider), 0);
	fetch_stop(&f);
}
END_TEST

/* ---- where it is ---- */

START_TEST(fetch_finds_hosts_in_the_hosts_file_and_the_dns)
{
	static struct dns_name names[] = {
	    {.name = "dns.example.com", .v4 = "127.0.0.1"},
	    {.name = "alias.example.com",
		.v4 = "127.0.0.1",
		.cname = "elsewhere.example.org"},
	    {.name = "far.example.com", .v4 = "192.0.2.1"},
	    {.name = "fail.example.com", .rcode = DNS_SERVFAIL}, {0}};
	static const struct {
		const char *host;
		const char *error;
	} rows[] = {
	    {"file.example.com", NULL},
	    {"dns.example.com", NULL},
	    {"alias.example.com", NULL},
	    {"none.example.com", "there is no host none.example.com"},
	    {"fail.example.com", "no name server has an answer"},
	    {"far.example.com", "must be on loopback"},
	};
	struct dns_server *dns = dns_server_start(names);
	struct fetch_host hosts[COUNT(rows) + 1] = {{0}};
	char url[128];
	size_t i;

	provider = provider_start(NULL, NULL);
	port = provider_port(provider);
	for (i = 0; i < COUNT(rows); i++)
		hosts[i] = (struct fetch_host){0, rows[i].host, port, 1};
	fetch_begin(&f);
	f.nameserver = dns_server_addr(dns);
	strlcpy(f.hosts, "127.0.0.1 file.example.com\n", sizeof(f.hosts));
	fetch_run(&f, hosts, -1);
	for (i = 0; i < COUNT(rows); i++) {
		snprintf(url, sizeof(url), "http://%s:%u/bytes/1", rows[i].host,
		    port);
		fetch_get(&f, url, &answer);
		if (rows[i].error == NULL)
			ck_assert_msg(
			    answer.status == 200, "%s: %s", url, answer.error);
		else
			ck_assert_msg(
			    strstr(answer.error, rows[i].error) != NULL,
			    "%s: %u %s", url, answer.status, answer.error);
	}
	fetch_stop(&f);
	dns_server_stop(dns);
}
END_TEST

/* ---- much of it ---- */

static unsigned
count_descriptors(pid_t pid)
{
	char path[64];
	unsigned n = 0;
	FILE *ls;

	snprintf(path, sizeof(path), "ls /proc/%d/fd", (int)pid);
	ck_assert_ptr_nonnull(ls = popen(path, "r"));
	while (fgets(path, sizeof(path), ls) != NULL)
		n++;
	pclose(ls);
	return n;
}

START_TEST(fetch_keeps_no_descriptor_of_a_question)
{
	unsigned before, i;

	start();
	get("/bytes/1");
	before = count_descriptors(f.rig.pid);
	for (i = 0; i < MANY; i++) {
		get(i % 10 == 0 ? "/cut" : "/bytes/1");
		ck_assert_uint_eq(answer.status, i % 10 == 0 ? 0 : 200);
	}
	fetch_probe(&f);
	ck_assert_uint_eq(count_descriptors(f.rig.pid), before);
	fetch_stop(&f);
}
END_TEST

#define PLACES	8  /* DESK_OF_PROVIDER */
#define WAITING 64 /* DESK_WAITING_MAX */

START_TEST(fetch_takes_so_many_questions_and_answers_each)
{
	char url[128];
	unsigned i;

	start();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/silent", port);
	for (i = 0; i < PLACES + WAITING + 1; i++) {
		fetch_ask(&f, i, url, NULL, NULL);
		/* those with a place leave the line in a turn of the loop */
		if (i < PLACES)
			fetch_probe(&f);
	}
	fetch_read(&f, &answer);
	ck_assert_uint_eq(answer.id, PLACES + WAITING);
	ck_assert_str_eq(answer.error, "too many requests are under way");
	/* all of these at their time, each once */
	for (i = 0; i < PLACES + WAITING; i++) {
		fetch_read(&f, &answer);
		ck_assert_uint_eq(answer.status, 0);
		ck_assert_ptr_nonnull(strstr(answer.error, " in 10 s"));
	}
	fetch_stop(&f);
}
END_TEST

/* As many as may be of one provider are silent, and another is asked. */
START_TEST(fetch_leaves_another_provider_a_place)
{
	static struct msg_fetch other;
	char url[128];
	unsigned i;

	start();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/silent", port);
	for (i = 0; i < PLACES + 9; i++)
		fetch_ask(&f, i, url, NULL, NULL);
	memset(&other, 0, sizeof(other));
	other.id = 99;
	other.source = 1;
	snprintf(
	    other.url, sizeof(other.url), "http://127.0.0.1:%u/bytes/9", port);
	ck_assert_int_eq(breach_say(f.auth, MSG_FETCH, &other, -1), 0);
	fetch_read(&f, &answer);
	ck_assert_uint_eq(answer.id, 99);
	ck_assert_uint_eq(answer.status, 200);
	fetch_stop(&f);
}
END_TEST

static Suite *
fetch_suite(void)
{
	Suite *suite = suite_create("fetch");
	TCase *tc = tcase_create("fetch");

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, fetch_asks_by_get_and_says_no_more_than_it_must);
	tcase_add_test(tc, fetch_posts_a_form_with_an_authorization);
	tcase_add_test(tc, fetch_posts_as_much_as_a_message_has_room_for);
	tcase_add_test(tc, fetch_gives_an_answer_in_parts_in_their_order);
	tcase_add_loop_test(
	    tc, fetch_tells_what_came_of_a_question, 0, COUNT(outcomes));
	tcase_add_test(tc, fetch_says_where_nobody_listens);
	tcase_add_test(tc, fetch_waits_for_nobody_longer_than_ten_seconds);
	tcase_add_test(
	    tc, fetch_asks_nobody_but_the_hosts_of_the_configuration);
	tcase_add_test(tc, fetch_takes_no_field_that_is_two);
	tcase_add_test(tc, fetch_finds_hosts_in_the_hosts_file_and_the_dns);
	tcase_add_test(tc, fetch_keeps_no_descriptor_of_a_question);
	tcase_add_test(tc, fetch_takes_so_many_questions_and_answers_each);
	tcase_add_test(tc, fetch_leaves_another_provider_a_place);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(fetch_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
