/* SPDX-License-Identifier: ISC */
/* hosts and resolv.conf as people and programs write them. */
#include <sys/mman.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/names/names.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX  1024
#define LONG_TEXT (NAMES_FILE_MAX + 1)

static struct name_answer answer;

/* "ADDRESS ADDRESS|ALIAS ALIAS" */
static const char *
found(const char *text, size_t len, const char *name)
{
	static char out[TEXT_MAX];
	char ip[ADDR_TEXT_MAX];
	size_t i, n = 0;

	names_find_host(text, len, name, &answer);
	for (i = 0; i < answer.count; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s",
		    i > 0 ? " " : "", addr_format_ip(&answer.addrs[i], ip));
	n += (size_t)snprintf(out + n, sizeof(out) - n, "|");
	for (i = 0; i < answer.alias_count; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s",
		    i > 0 ? " " : "", answer.aliases[i]);
	return out;
}

static const struct {
	const char *text;
	const char *name;
	const char *wanted;
} hosts[] = {
    {"", "lab1", "|"},
    {"10.0.0.1 lab1", "lab1", "10.0.0.1|"},
    {"10.0.0.1\tlab1\n", "lab1", "10.0.0.1|"},
    {"  10.0.0.1 \t lab1  \r\n", "lab1", "10.0.0.1|"},
    {"10.0.0.1 LAB1.", "lab1", "10.0.0.1|"},
    {"10.0.0.1 lab1.example lab1", "lab1", "10.0.0.1|lab1.example"},
    {"10.0.0.1 Lab1.Example. lab1", "lab1", "10.0.0.1|lab1.example"},
    {"10.0.0.1 a b lab1\n::1 a lab1\n", "lab1", "10.0.0.1 ::1|a"},
    {"10.0.0.1 a lab1\n10.0.0.2 b lab1\n", "lab1", "10.0.0.1 10.0.0.2|a b"},
    {"10.0.0.1 other\n10.0.0.2 lab1", "lab1", "10.0.0.2|"},
    {"::ffff:10.0.0.1 lab1", "lab1", "10.0.0.1|"},
    /* no line of these names lab1 */
    {"#10.0.0.1 lab1", "lab1", "|"},
    {"10.0.0.1 other # lab1", "lab1", "|"},
    {"10.0.0.1 other#lab1", "lab1", "|"},
    {"10.0.0.1", "10.0.0.1", "|"},
    {"lab1 10.0.0.1", "lab1", "|"},
    {"10.1 lab1", "lab1", "|"},
    {"010.0.0.1 lab1", "lab1", "|"},
    {"0x7f.1 lab1", "lab1", "|"},
    {"fe80::1%eth0 lab1", "lab1", "|"},
    {"10.0.0.1 lab10 xlab1", "lab1", "|"},
    {"10.0.0.1 lab1..", "lab1", "|"},
    /* RFC 6761, 6.3, and a file that knows better */
    {"", "localhost", "127.0.0.1 ::1|"},
    {"", "a.localhost", "127.0.0.1 ::1|"},
    {"", "alocalhost", "|"},
    {"127.0.0.2 localhost", "localhost", "127.0.0.2|"},
};

START_TEST(names_finds_the_addresses_of_a_host)
{
	ck_assert_str_eq(
	    found(hosts[_i].text, strlen(hosts[_i].text), hosts[_i].name),
	    hosts[_i].wanted);
}
END_TEST

START_TEST(names_bounds_what_a_hosts_file_may_say)
{
	static char text[200000];
	size_t i, n = 0;

	for (i = 0; i < 2 * NAMES_ADDRS_MAX; i++)
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, "10.0.0.%zu lab1\n", i);
	ck_assert_uint_eq(
	    names_find_host(text, n, "lab1", &answer), NAMES_ADDRS_MAX);
	/* a name that stands for more than can be judged ends the search */
	for (i = n = 0; i < 2 * NAMES_ALIASES_MAX; i++)
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, "10.0.0.%zu n%zu lab1\n", i, i);
	ck_assert_uint_eq(
	    names_find_host(text, n, "lab1", &answer), NAMES_ALIASES_MAX);
	/* a first name that is none is not passed over in silence */
	memset(text, 'a', sizeof(text));
	memcpy(text, "10.0.0.1 ", 9);
	memcpy(text + 1000, " lab1\n10.0.0.2 lab1", 19);
	ck_assert_str_eq(found(text, 1019, "lab1"), "10.0.0.2|");
	/* NUL bytes are bytes */
	ck_assert_str_eq(
	    found("10.0.0.1\0 lab1\n10.0.0.2 lab1\0", 29, "lab1"), "|");
}
END_TEST

static const struct {
	const char *text;
	const char *wanted; /* servers, "r" if they are rotated */
} servers[] = {
    {"", "127.0.0.1:53 "},
    {"nameserver 192.0.2.1\n", "192.0.2.1:53 "},
    {"nameserver 192.0.2.1", "192.0.2.1:53 "},
    {"nameserver\t192.0.2.1 # here\r\n nameserver ::1\n",
	"192.0.2.1:53 [::1]:53 "},
    {"#nameserver 192.0.2.1\n;nameserver 192.0.2.2\n", "127.0.0.1:53 "},
    {"nameserver 192.0.2.300\nnameserver\nnameserver x\n", "127.0.0.1:53 "},
    {"nameservers 192.0.2.1\nNAMESERVER 192.0.2.2\n", "127.0.0.1:53 "},
    {"search a b\ndomain c\nnameserver 192.0.2.1\n", "192.0.2.1:53 "},
    {"options ndots:3 rotate\nnameserver 192.0.2.1\n", "192.0.2.1:53 r"},
    {"options rotated\n", "127.0.0.1:53 "},
};

START_TEST(names_reads_the_servers_of_resolv_conf)
{
	struct name_servers out;
	char line[TEXT_MAX] = "", text[ADDR_TEXT_MAX];
	size_t i;

	names_parse_servers(servers[_i].text, strlen(servers[_i].text), &out);
	for (i = 0; i < out.count; i++) {
		strlcat(line, addr_format(&out.addrs[i], text), sizeof(line));
		strlcat(line, " ", sizeof(line));
	}
	if (out.is_rotated)
		strlcat(line, "r", sizeof(line));
	ck_assert_str_eq(line, servers[_i].wanted);
}
END_TEST

START_TEST(names_takes_no_more_servers_than_there_is_room_for)
{
	struct name_servers out;
	char text[TEXT_MAX];
	size_t i, n = 0;

	for (i = 0; i < 2 * PROTO_NAMESERVERS_MAX; i++)
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, "nameserver 10.0.0.%zu\n", i);
	names_parse_servers(text, n, &out);
	ck_assert_uint_eq(out.count, PROTO_NAMESERVERS_MAX);
}
END_TEST

START_TEST(names_cuts_a_file_where_a_line_ends)
{
	static char text[LONG_TEXT];
	static const char line[] = "\n10.0.0.1 lab1";
	size_t len, at = NAMES_FILE_MAX - (sizeof(line) - 2);
	int fd = memfd_create("names", MFD_CLOEXEC);
	char *got = NULL;

	ck_assert_int_ne(fd, -1);
	memset(text, '#', sizeof(text));
	memcpy(text + at, line, sizeof(line) - 1);
	ck_assert_int_eq(
	    pwrite(fd, text, sizeof(text), 0), (ssize_t)sizeof(text));
	ck_assert_int_eq(names_read_file(fd, &got, &len), VB_EFULL);
	ck_assert_uint_eq(names_find_host(got, len, "lab", &answer), 0);
	ck_assert_uint_eq(len, at + 1);
	ck_assert_int_eq(got[len], '\0');
	free(got);
	close(fd);
}
END_TEST

START_TEST(names_reads_a_file_whole_or_says_that_it_is_cut)
{
	static char text[LONG_TEXT];
	char *got = NULL;
	size_t len, sizes[] = {0, 1, 4095, 4096, 8192, 100000, NAMES_FILE_MAX};
	size_t i;
	int fd = memfd_create("names", MFD_CLOEXEC), result;

	ck_assert_int_ne(fd, -1);
	memset(text, 'x', sizeof(text));
	for (i = 0; i < COUNT(sizes); i++) {
		ck_assert_int_eq(ftruncate(fd, 0), 0);
		ck_assert_int_eq(
		    pwrite(fd, text, sizes[i], 0), (ssize_t)sizes[i]);
		result = names_read_file(fd, &got, &len);
		ck_assert_int_eq(
		    result, sizes[i] == NAMES_FILE_MAX ? VB_EFULL : 0);
		ck_assert_uint_eq(len, sizes[i]);
		ck_assert_mem_eq(got, text, len);
		ck_assert_int_eq(got[len], '\0');
		free(got);
	}
	close(fd);
	ck_assert_int_eq(names_read_file(fd, &got, &len), VB_ESYS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("names");
	TCase *tc = tcase_create("names");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, names_finds_the_addresses_of_a_host, 0, COUNT(hosts));
	tcase_add_test(tc, names_bounds_what_a_hosts_file_may_say);
	tcase_add_loop_test(
	    tc, names_reads_the_servers_of_resolv_conf, 0, COUNT(servers));
	tcase_add_test(tc, names_takes_no_more_servers_than_there_is_room_for);
	tcase_add_test(tc, names_cuts_a_file_where_a_line_ends);
	tcase_add_test(tc, names_reads_a_file_whole_or_says_that_it_is_cut);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
