/* SPDX-License-Identifier: ISC */
/* The forms that people log in with: which are read, and in what pieces. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/proc/login_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *fields;
	const char *body;
	const char *status;
} form_rows[] = {
    {LOGIN_FORM "Content-Length: 5000\r\n", "", "413"},
    {LOGIN_FORM "Content-Length: 99999999999999999999\r\n", "", "413"},
    {LOGIN_FORM "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "411"},
    {LOGIN_FORM, "", "400"},
    {"Content-Length: 3\r\n", "a=b", "415"},
    {"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 3\r\n",
	"a=b", "415"},
    {"Content-Type: text/plain\r\nContent-Length: 3\r\n", "a=b", "415"},
    {LOGIN_FORM "Origin: http://evil.example\r\nContent-Length: 3\r\n", "a=b",
	"403"},
    {LOGIN_FORM "Origin: null\r\nContent-Length: 3\r\n", "a=b", "403"},
    {LOGIN_FORM "Sec-Fetch-Site: cross-site\r\nContent-Length: 3\r\n", "a=b",
	"403"},
    {LOGIN_FORM "Sec-Fetch-Site: same-site\r\nContent-Length: 3\r\n", "a=b",
	"403"},
    {LOGIN_FORM "Sec-Fetch-Site: same-origin\r\n"
		"Sec-Fetch-Site: cross-site\r\nContent-Length: 3\r\n",
	"a=b", "403"},
    {LOGIN_FORM "Origin: https://evil\r\nSec-Fetch-Site: cross-site\r\n"
		"Content-Length: 3\r\n",
	"a=b", "403"},
    /* read, and not understood */
    {LOGIN_FORM "Content-Length: 17\r\n", "name=a&password=%", "400"},
    {LOGIN_FORM "Content-Length: 13\r\n", "name=a&name=b", "400"},
    {LOGIN_FORM "Content-Length: 0\r\n", "", "400"},
};

START_TEST(worker_takes_forms_of_its_own_pages_only)
{
	char text[1024];
	int client;

	login_begin();
	client = login_new_client();
	snprintf(text, sizeof(text),
	    "POST /login HTTP/1.1\r\nHost: h\r\n%s\r\n%s", form_rows[_i].fields,
	    form_rows[_i].body);
	login_expect(client_http(client, text), form_rows[_i].status, "");
	close(client);
	login_end();
}
END_TEST

static const char *const own_fields[] = {"Origin: http://h\r\n",
    "Sec-Fetch-Site: same-origin\r\n", "Sec-Fetch-Site: none\r\n",
    "Origin: null\r\nSec-Fetch-Site: same-origin\r\n", ""};

START_TEST(worker_takes_forms_however_its_own_pages_say_so)
{
	char text[1024];
	int client;

	login_begin();
	client = login_new_client();
	snprintf(text, sizeof(text),
	    "POST /login HTTP/1.1\r\nHost: h\r\n%s" LOGIN_FORM
	    "Content-Length: 17\r\n\r\nname=a&password=b",
	    own_fields[_i]);
	client_say(client, text);
	login_say_logged_in(login_hear(MSG_LOGIN), LOGIN_OK, login_alice);
	login_expect(client_http(client, ""), "303", "Set-Cookie");
	close(client);
	login_end();
}
END_TEST

/* In two parts at each byte, and another request behind it. */
START_TEST(worker_reads_a_form_in_parts)
{
	char text[2048];
	size_t i, len;
	int client;

	login_begin();
	strcpy(text, login_form("/login", NULL, "name=alice&password=x\ny"));
	strcat(text, login_request("GET /robots.txt", NULL, ""));
	len = strlen(text);
	for (i = 1; i < len; i += 3) {
		client = login_new_client();
		ck_assert_int_eq(send(client, text, i, 0), (ssize_t)i);
		ck_assert_int_eq(
		    send(client, text + i, len - i, 0), (ssize_t)(len - i));
		login_expect(
		    client_http(client, ""), "400", "could not be read");
		login_expect(client_http(client, ""), "200", "Disallow");
		close(client);
	}
	login_end();
}
END_TEST

START_TEST(worker_tells_a_form_that_waits_to_go_on)
{
	char answer[64] = "";
	int client;

	login_begin();
	client = login_new_client();
	client_say(client,
	    "POST /login HTTP/1.1\r\nHost: h\r\nExpect: "
	    "100-continue\r\n" LOGIN_FORM "Content-Length: 17\r\n\r\n");
	ck_assert_int_eq(recv(client, answer, 25, MSG_WAITALL), 25);
	ck_assert_str_eq(answer, "HTTP/1.1 100 Continue\r\n\r\n");
	client_say(client, "name=a&pass");
	client_say(client, "word=b");
	login_say_logged_in(login_hear(MSG_LOGIN), LOGIN_OK, login_alice);
	login_expect(client_http(client, ""), "303", "Set-Cookie");
	close(client);
	login_end();
}
END_TEST

static Suite *
form_suite(void)
{
	Suite *suite = suite_create("worker_form");
	TCase *tc = tcase_create("worker_form");

	tcase_set_timeout(tc, LOGIN_TEST_SEC);
	tcase_add_loop_test(
	    tc, worker_takes_forms_of_its_own_pages_only, 0, COUNT(form_rows));
	tcase_add_loop_test(tc, worker_takes_forms_however_its_own_pages_say_so,
	    0, COUNT(own_fields));
	tcase_add_test(tc, worker_reads_a_form_in_parts);
	tcase_add_test(tc, worker_tells_a_form_that_waits_to_go_on);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(form_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
