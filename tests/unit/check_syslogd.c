/* SPDX-License-Identifier: ISC */
/* A syslogd that reads, does not, is not there, and comes back. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/master/syslogd.h"

#define PRIORITY   (LOG_DAEMON | LOG_INFO)
#define LINES_MAX  1000000
#define LINE_BYTES 2048
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

static const int types[] = {SOCK_DGRAM, SOCK_STREAM};

static struct {
	char directory[32];
	struct sockaddr_un address;
	int listener; /* that of a stream */
	int fd;	      /* where lines come */
} s;

static void
name_socket(void)
{
	strcpy(s.directory, "/tmp/vb-syslog-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s.directory));
	s.address.sun_family = AF_UNIX;
	snprintf(s.address.sun_path, sizeof(s.address.sun_path), "%s/log",
	    s.directory);
}

static void
start(int type)
{
	int fd = socket(AF_UNIX, type, 0);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&s.address, sizeof(s.address)), 0);
	s.listener = s.fd = -1;
	if (type == SOCK_DGRAM) {
		s.fd = fd;
		return;
	}
	s.listener = fd;
	ck_assert_int_eq(listen(fd, 1), 0);
}

static void
end(void)
{
	close(s.fd);
	close(s.listener);
	ck_assert_int_eq(unlink(s.address.sun_path), 0);
}

static void
clean_up(void)
{
	ck_assert_int_eq(rmdir(s.directory), 0);
}

/*
 * The next line, without the NUL that ends it in a stream. Returns NULL if
 * there is none; a stream's connection is closed at its end.
 */
static const char *
read_line(void)
{
	static char line[LINE_BYTES];
	size_t len = 0;
	ssize_t n;

	if (s.fd == -1)
		ck_assert_int_ne(s.fd = accept(s.listener, NULL, NULL), -1);
	do {
		n = recv(s.fd, line + len,
		    s.listener == -1 ? sizeof(line) - 1 : 1, MSG_DONTWAIT);
		if (n <= 0)
			break;
		len += (size_t)n;
		ck_assert_uint_lt(len, sizeof(line));
	} while (s.listener != -1 && line[len - 1] != '\0');
	line[len] = '\0';
	if (n > 0)
		return line;
	if (n == 0) {
		close(s.fd);
		s.fd = -1;
	}
	return NULL;
}

static int
say(const char *text)
{
	return syslogd_send(PRIORITY, "master", text);
}

static void
expect_line(const char *text)
{
	const char *line = read_line();
	char expected[LINE_BYTES];

	ck_assert_ptr_nonnull(line);
	snprintf(expected, sizeof(expected), " vncbridged[%d]: master: %s",
	    (int)getpid(), text);
	ck_assert_ptr_nonnull(strstr(line, expected));
}

START_TEST(syslogd_gets_a_line_as_syslog_sends_it)
{
	char expected[LINE_BYTES], month[4];
	int priority, day, hour, minute, second, at = 0;
	const char *line;

	name_socket();
	start(types[_i]);
	syslogd_open(s.address.sun_path);
	ck_assert_int_eq(syslogd_has_room(0), 1);
	ck_assert_int_eq(say("a=1 b=\"%s\""), 0);
	line = read_line();
	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(sscanf(line, "<%d>%3s %2d %2d:%2d:%2d%n", &priority,
			     month, &day, &hour, &minute, &second, &at),
	    6);
	ck_assert_int_eq(priority, PRIORITY);
	snprintf(expected, sizeof(expected),
	    " vncbridged[%d]: master: a=1 b=\"%%s\"", (int)getpid());
	ck_assert_str_eq(line + at, expected);
	end();
	clean_up();
}
END_TEST

START_TEST(syslogd_line_is_not_cut_where_the_log_allows_it)
{
	char text[LOG_LINE_MAX];
	const char *line;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	name_socket();
	start(types[_i]);
	syslogd_open(s.address.sun_path);
	ck_assert_int_eq(syslogd_send(PRIORITY, "worker 4294967295", text), 0);
	line = read_line();
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_nonnull(strstr(line, text));
	end();
	clean_up();
}
END_TEST

START_TEST(syslogd_that_does_not_read_is_not_waited_for)
{
	unsigned said = 0;
	int result;

	name_socket();
	start(types[_i]);
	syslogd_open(s.address.sun_path);
	while (syslogd_has_room(0) && said < LINES_MAX) {
		ck_assert_int_eq(say("more"), 0);
		said++;
	}
	ck_assert_uint_lt(said, LINES_MAX);
	/* others may have taken the room that poll(2) has seen */
	while ((result = say("more")) == 0 && said < LINES_MAX)
		said++;
	ck_assert_int_eq(result, VB_EFULL);
	/* who reads again gets lines again, each of them whole */
	for (; said > 0; said--)
		expect_line("more");
	ck_assert_ptr_null(read_line());
	ck_assert_int_eq(syslogd_has_room(0), 1);
	ck_assert_int_eq(say("again"), 0);
	expect_line("again");
	end();
	clean_up();
}
END_TEST

START_TEST(syslogd_that_comes_late_is_found)
{
	name_socket();
	syslogd_open(s.address.sun_path);
	ck_assert_int_eq(syslogd_has_room(0), 0);
	ck_assert_int_eq(say("nobody"), VB_ESYS);
	start(types[_i]);
	ck_assert_int_eq(syslogd_has_room(0), 1);
	ck_assert_int_eq(say("somebody"), 0);
	expect_line("somebody");
	end();
	clean_up();
}
END_TEST

/* Another program's restart, with or without another kind of socket. */
START_TEST(syslogd_that_is_replaced_loses_no_line)
{
	int before = types[_i & 1], after = types[_i >> 1];

	name_socket();
	start(before);
	syslogd_open(s.address.sun_path);
	ck_assert_int_eq(say("before"), 0);
	expect_line("before");
	end();
	start(after);
	ck_assert_int_eq(say("behind"), 0);
	expect_line("behind");
	end();
	ck_assert_int_eq(say("nobody"), VB_ESYS);
	clean_up();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("syslogd");
	TCase *tc = tcase_create("syslogd");
	SRunner *runner;
	int failed, n = (int)COUNT(types);

	tcase_add_loop_test(tc, syslogd_gets_a_line_as_syslog_sends_it, 0, n);
	tcase_add_loop_test(
	    tc, syslogd_line_is_not_cut_where_the_log_allows_it, 0, n);
	tcase_add_loop_test(
	    tc, syslogd_that_does_not_read_is_not_waited_for, 0, n);
	tcase_add_loop_test(tc, syslogd_that_comes_late_is_found, 0, n);
	tcase_add_loop_test(
	    tc, syslogd_that_is_replaced_loses_no_line, 0, n * n);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
