/* SPDX-License-Identifier: ISC */
/* What foreign text becomes in a line, and where lines go. */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define OUT_MAX	   128
#define CANARY	   0x5a
#define ESCAPE_LEN 4 /* \xNN */

static const struct {
	const char *text;
	size_t len;
	size_t out_size;
	const char *expected;
} cuts[] = {
    {"", 0, 1, ""},
    {"", 0, 64, ""},
    {"abc", 3, 64, "abc"},
    {"a\0b", 3, 64, "a\\x00b"},
    {"a\nb", 3, 64, "a\\x0ab"},
    {"\x1b[2J", 4, 64, "\\x1b[2J"},
    {"\"\\", 2, 64, "\\x22\\x5c"},
    {"\x7f\x80\xff", 3, 64, "\\x7f\\x80\\xff"},
    {"abcdef", 6, 10, "abcdef"}, /* room for "..." behind each byte */
    {"abcdefgh", 8, 10, "abcdef..."},
    {"abcdefg", 7, 9, "abcde..."},
    {"abc\n", 4, 10, "abc..."}, /* an escape is not cut in two */
    {"abc\n", 4, 11, "abc\\x0a"},
    {"abc", 3, 4, "..."},
    {"abc", 3, 3, ""},
    {"abc", 3, 2, ""},
    {"abc", 3, 1, ""},
};

START_TEST(log_escape_cuts_to_fit)
{
	char out[OUT_MAX];

	memset(out, CANARY, sizeof(out));
	ck_assert_ptr_eq(
	    log_escape(cuts[_i].text, cuts[_i].len, out, cuts[_i].out_size),
	    out);
	ck_assert_str_eq(out, cuts[_i].expected);
	ck_assert_int_eq(out[cuts[_i].out_size], CANARY);
}
END_TEST

START_TEST(log_escape_shows_every_byte_as_printable_ascii)
{
	char out[OUT_MAX], expected[OUT_MAX];
	unsigned char byte = (unsigned char)_i;
	const char *p;

	log_escape(&byte, 1, out, sizeof(out));
	if (byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\')
		snprintf(expected, sizeof(expected), "%c", byte);
	else
		snprintf(expected, sizeof(expected), "\\x%02x", byte);
	ck_assert_str_eq(out, expected);
	for (p = out; *p != '\0'; p++)
		ck_assert(*p >= ' ' && *p <= '~' && *p != '"');
}
END_TEST

/* Every length into every size, of bytes that are escaped and that aren't. */
START_TEST(log_escape_never_writes_beyond_its_size)
{
	unsigned char text[OUT_MAX / 2];
	char out[OUT_MAX];
	size_t len, size, n;

	memset(text, _i, sizeof(text));
	for (len = 0; len <= sizeof(text); len++)
		for (size = 0; size < sizeof(out); size++) {
			memset(out, CANARY, sizeof(out));
			log_escape(text, len, out, size);
			for (n = size; n < sizeof(out); n++)
				ck_assert_int_eq(out[n], CANARY);
			if (size > 0)
				ck_assert_uint_lt(strnlen(out, size), size);
			/* what was left out is told, where it fits */
			n = len * (_i < ' ' ? ESCAPE_LEN : 1);
			if (size >= sizeof("...") && n >= size)
				ck_assert_ptr_nonnull(strstr(out, "..."));
		}
}
END_TEST

/* ---- where lines go ---- */

static struct {
	unsigned count;
	int level;
	char line[LOG_LINE_MAX * 2];
} heard;

static void
hear(int level, const char *line, void *arg)
{
	ck_assert_ptr_eq(arg, &heard);
	heard.count++;
	heard.level = level;
	snprintf(heard.line, sizeof(heard.line), "%s", line);
}

START_TEST(log_sink_gets_what_the_level_lets_through)
{
	log_to_sink(hear, &heard);
	log_debug("not yet %d", 1);
	ck_assert_uint_eq(heard.count, 0);
	log_info("a=%d", 7);
	ck_assert_str_eq(heard.line, "a=7");
	ck_assert_int_eq(heard.level, LOG_LEVEL_INFO);
	log_warn("w");
	ck_assert_int_eq(heard.level, LOG_LEVEL_WARN);
	log_error("e");
	ck_assert_int_eq(heard.level, LOG_LEVEL_ERROR);
	ck_assert_uint_eq(heard.count, 3);
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("now");
	ck_assert_str_eq(heard.line, "now");
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("no more");
	log_line(LOG_LEVEL_WARN, "worker 0", "nor this");
	ck_assert_uint_eq(heard.count, 4);
}
END_TEST

START_TEST(log_traces_when_asked_twice)
{
	memset(&heard, 0, sizeof(heard));
	log_to_sink(hear, &heard);
	log_set_verbosity(1);
	log_trace("OPEN to %s", "broker");
	ck_assert_uint_eq(heard.count, 0);
	log_set_verbosity(2);
	log_trace("OPEN to %s", "broker");
	ck_assert_str_eq(heard.line, "OPEN to broker");
	ck_assert_int_eq(heard.level, LOG_LEVEL_DEBUG);
	log_set_verbosity(0);
	log_debug("no");
	log_trace("no");
	ck_assert_uint_eq(heard.count, 1);
}
END_TEST

START_TEST(log_line_that_is_too_long_is_cut)
{
	char text[LOG_LINE_MAX * 2];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_to_sink(hear, &heard);
	log_info("%s", text);
	ck_assert_uint_eq(strlen(heard.line), LOG_LINE_MAX - 1);
}
END_TEST

START_TEST(log_fatal_tells_and_ends_with_status_1)
{
	log_to_sink(hear, &heard);
	log_fatal("broken=%s", "yes");
}
END_TEST

/* What is written to standard error while body runs. */
static void
catch_stderr(void (*body)(void), char *out, size_t size)
{
	int saved = dup(STDERR_FILENO), pipes[2];
	ssize_t n;

	ck_assert_int_eq(pipe2(pipes, O_NONBLOCK), 0);
	ck_assert_int_ne(dup2(pipes[1], STDERR_FILENO), -1);
	body();
	ck_assert_int_ne(dup2(saved, STDERR_FILENO), -1);
	n = read(pipes[0], out, size - 1);
	ck_assert_int_gt(n, 0);
	out[n] = '\0';
	close(pipes[0]);
	close(pipes[1]);
	close(saved);
}

static void
say_two_lines(void)
{
	char line[LOG_LINE_MAX];

	memset(line, 'y', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	log_to_stderr("master");
	log_warn("port=%d", 6080);
	log_line(LOG_LEVEL_ERROR, "worker 3", line);
}

START_TEST(log_stderr_line_has_time_process_and_level)
{
	char out[4 * LOG_LINE_MAX], *second;
	int year, month, day, at = 0;

	catch_stderr(say_two_lines, out, sizeof(out));
	ck_assert_int_eq(sscanf(out, "%4d-%2d-%2dT%*2d:%*2d:%*2dZ%n", &year,
			     &month, &day, &at),
	    3);
	ck_assert_int_gt(at, 0);
	ck_assert_int_eq(
	    strncmp(out + at, " master warning: port=6080\n", 27), 0);
	second = strchr(out, '\n') + 1;
	ck_assert_ptr_nonnull(strstr(second, " worker 3 error: yyy"));
	/* the longest line still ends in a newline */
	ck_assert_ptr_eq(strchr(second, '\n'), out + strlen(out) - 1);
}
END_TEST

/* ---- a reader who does not read ---- */

static struct {
	int pipe[2];
	unsigned said;
} slow;

static int
has_room(void)
{
	struct pollfd pfd = {slow.pipe[1], POLLOUT, 0};

	return poll(&pfd, 1, 0) == 1;
}

static void
say_number(void)
{
	log_info("number=%u", ++slow.said);
}

/* What the reader finds, which is every line whole. Returns how many. */
static unsigned
read_all(char *out, size_t size)
{
	ssize_t n = read(slow.pipe[0], out, size - 1);
	unsigned lines = 0;
	char *p;

	ck_assert_int_gt(n, 0);
	out[n] = '\0';
	ck_assert_int_eq(out[n - 1], '\n');
	for (p = out; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	return lines;
}

static void
fill_pipe(void)
{
	ck_assert_int_eq(pipe(slow.pipe), 0);
	ck_assert_int_ne(dup2(slow.pipe[1], STDERR_FILENO), -1);
	log_to_stderr("master");
	while (has_room())
		say_number();
}

START_TEST(log_is_not_stopped_by_a_reader_who_does_not_read)
{
	static char out[1024 * 1024];
	char expected[64];
	unsigned i, taken;

	fill_pipe();
	taken = slow.said;
	for (i = 0; i < 100; i++)
		say_number();
	ck_assert_uint_eq(read_all(out, sizeof(out)), taken);
	say_number();
	ck_assert_uint_eq(read_all(out, sizeof(out)), 2);
	ck_assert_ptr_nonnull(strstr(
	    out, " master warning: lost 100 log lines: they were not read\n"));
	snprintf(expected, sizeof(expected), "number=%u\n", slow.said);
	ck_assert_ptr_nonnull(strstr(out, expected));
	/* and told once */
	say_number();
	ck_assert_uint_eq(read_all(out, sizeof(out)), 1);
	ck_assert_ptr_null(strstr(out, "lost"));
}
END_TEST

START_TEST(log_without_a_reader_goes_on)
{
	fill_pipe();
	say_number(); /* lost */
	close(slow.pipe[0]);
	signal(SIGPIPE, SIG_IGN);
	say_number();
	close(STDERR_FILENO);
	say_number();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *tc = tcase_create("log");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, log_escape_cuts_to_fit, 0, COUNT(cuts));
	tcase_add_loop_test(
	    tc, log_escape_shows_every_byte_as_printable_ascii, 0, 256);
	tcase_add_loop_test(
	    tc, log_escape_never_writes_beyond_its_size, 'a', 'b');
	tcase_add_loop_test(
	    tc, log_escape_never_writes_beyond_its_size, '\n', '\n' + 1);
	tcase_add_test(tc, log_sink_gets_what_the_level_lets_through);
	tcase_add_test(tc, log_traces_when_asked_twice);
	tcase_add_test(tc, log_line_that_is_too_long_is_cut);
	tcase_add_exit_test(tc, log_fatal_tells_and_ends_with_status_1, 1);
	tcase_add_test(tc, log_stderr_line_has_time_process_and_level);
	tcase_add_test(tc, log_is_not_stopped_by_a_reader_who_does_not_read);
	tcase_add_test(tc, log_without_a_reader_goes_on);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
