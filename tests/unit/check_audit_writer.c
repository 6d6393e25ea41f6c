/* SPDX-License-Identifier: ISC */
/* The audit trail's file: continued, rotated, torn, full. */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/audit/verify.h"
#include "daemon/master/audit/writer.h"

#define TEXT_MAX (1024 * 1024)

static char folder[64], text[TEXT_MAX];
static struct writer w;

static const char *
path_of(const char *name)
{
	static char paths[4][96];
	static unsigned next;
	char *out = paths[next++ % 4];

	snprintf(out, sizeof(paths[0]), "%s/%s", folder, name);
	return out;
}

static int
open_file(const char *name)
{
	int fd = open(path_of(name), O_RDWR | O_APPEND | O_CREAT, 0600);

	ck_assert_int_ne(fd, -1);
	return fd;
}

static void
begin(void)
{
	strcpy(folder, "/tmp/vb-audit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	log_set_level(LOG_LEVEL_ERROR);
	ck_assert_int_eq(writer_init(&w), 0);
}

static void
end(void)
{
	writer_clear(&w);
	unlink(path_of("a"));
	unlink(path_of("b"));
	ck_assert_int_eq(rmdir(folder), 0);
}

static const char *
put(const char *kind)
{
	struct audit_text *t = writer_begin(&w, kind, 1);

	audit_text_string(t, "user", "anna");
	return writer_end(&w);
}

static size_t
read_text(const char *name)
{
	int fd = open(path_of(name), O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	ck_assert_int_ge(n, 0);
	close(fd);
	text[n] = '\0';
	return (size_t)n;
}

/* Feeds a file's lines; they must be good. */
static void
follow(struct audit_verify *v, const char *name)
{
	char *line = text, *next;
	size_t n = read_text(name);

	audit_verify_next_file(v);
	ck_assert(n == 0 || text[n - 1] == '\n');
	for (; (next = strchr(line, '\n')) != NULL; line = next + 1)
		ck_assert_msg(
		    audit_verify_line(v, line, (size_t)(next - line)) == 0,
		    "%s: %.*s", audit_fault_text(v->fault), (int)(next - line),
		    line);
}

static void
expect_good(const char *name, uint64_t records)
{
	struct audit_verify v;

	audit_verify_init(&v);
	follow(&v, name);
	ck_assert_int_eq(audit_verify_end(&v, w.hash), 0);
	ck_assert_uint_eq(v.records, records);
	ck_assert_int_eq(v.is_whole, 1);
}

START_TEST(writer_binds_each_line_to_the_one_before)
{
	begin();
	writer_use(&w, open_file("a"));
	ck_assert_ptr_nonnull(put("start"));
	ck_assert_ptr_nonnull(put("open"));
	ck_assert_uint_eq(read_text("a"), 0); /* one write for both */
	/* and it is nobody else's */
	ck_assert_int_eq(flock(open_file("a"), LOCK_EX | LOCK_NB), -1);
	ck_assert_int_eq(writer_flush(&w), 0);
	ck_assert_ptr_nonnull(put("end"));
	ck_assert_int_eq(writer_flush(&w), 0);
	writer_sync_later(&w);
	writer_sync(&w);
	expect_good("a", 3);
	end();
}
END_TEST

START_TEST(writer_continues_the_file_that_is_there)
{
	begin();
	writer_use(&w, open_file("a"));
	put("start");
	put("stop");
	ck_assert_int_eq(writer_flush(&w), 0);
	writer_clear(&w);
	ck_assert_int_eq(writer_init(&w), 0);
	writer_use(&w, open_file("a"));
	ck_assert_uint_eq(w.seq, 2);
	put("start");
	ck_assert_int_eq(writer_flush(&w), 0);
	expect_good("a", 3);
	end();
}
END_TEST

START_TEST(writer_goes_on_in_the_same_file_after_a_reload)
{
	begin();
	writer_use(&w, open_file("a"));
	put("start"); /* still waits */
	writer_use(&w, open_file("a"));
	put("reload");
	ck_assert_int_eq(writer_flush(&w), 0);
	expect_good("a", 2);
	end();
}
END_TEST

START_TEST(writer_names_the_last_line_of_the_file_before)
{
	struct audit_verify v;

	begin();
	writer_use(&w, open_file("a"));
	put("start");
	put("open"); /* waits: it belongs to the first */
	ck_assert_int_eq(rename(path_of("a"), path_of("b")), 0);
	writer_use(&w, open_file("a"));
	put("reload");
	ck_assert_int_eq(writer_flush(&w), 0);
	audit_verify_init(&v);
	follow(&v, "b");
	ck_assert_uint_eq(v.records, 2);
	follow(&v, "a");
	ck_assert_uint_eq(v.records, 3);
	ck_assert_int_eq(audit_verify_end(&v, w.hash), 0);
	/* by itself, it says that there was something before */
	audit_verify_init(&v);
	follow(&v, "a");
	ck_assert_int_eq(v.is_whole, 0);
	ck_assert_uint_eq(v.first_seq, 3);
	end();
}
END_TEST

/* ---- half a line ---- */

START_TEST(writer_mends_each_half_line_that_a_death_has_left)
{
	size_t whole, half, at;

	begin();
	writer_use(&w, open_file("a"));
	put("start");
	ck_assert_int_eq(writer_flush(&w), 0);
	whole = read_text("a");
	put("open");
	ck_assert_int_eq(writer_flush(&w), 0);
	half = read_text("a") - whole;
	for (at = 0; at < half; at++) {
		writer_clear(&w);
		ck_assert_int_eq(truncate(path_of("a"), (off_t)whole), 0);
		read_text("a");
		ck_assert_int_eq(writer_init(&w), 0);
		writer_use(&w, open_file("a"));
		put("open");
		ck_assert_int_eq(writer_flush(&w), 0);
		writer_clear(&w);
		ck_assert_int_eq(
		    truncate(path_of("a"), (off_t)(whole + at)), 0);
		ck_assert_int_eq(writer_init(&w), 0);
		writer_use(&w, open_file("a"));
		ck_assert_uint_eq(w.seq, 1);
		ck_assert_uint_eq(w.torn, at);
		put("start");
		ck_assert_int_eq(writer_flush(&w), 0);
		expect_good("a", 2);
		ck_assert_int_eq(strstr(text, "\"torn\":") != NULL, at > 0);
	}
	end();
}
END_TEST

START_TEST(writer_begins_anew_where_only_half_a_line_is)
{
	begin();
	ck_assert_int_eq(write(open_file("a"), "{\"seq\":1", 8), 8);
	writer_use(&w, open_file("a"));
	put("start");
	ck_assert_int_eq(writer_flush(&w), 0);
	expect_good("a", 1);
	end();
}
END_TEST

/* A file that only grows, as by chattr: a seal does the same. */
START_TEST(writer_ends_half_a_line_that_it_can_not_take_away)
{
	struct audit_verify v;
	char path[64], *line, *next;
	int memory = memfd_create("audit", MFD_ALLOW_SEALING), fd;
	ssize_t n;

	begin();
	ck_assert_int_ne(memory, -1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	writer_use(&w, open(path, O_RDWR | O_APPEND));
	put("start");
	ck_assert_int_eq(writer_flush(&w), 0);
	writer_clear(&w);
	fd = open(path, O_RDWR | O_APPEND);
	ck_assert_int_eq(write(fd, "{\"seq\":2,", 9), 9);
	ck_assert_int_eq(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	ck_assert_int_eq(writer_init(&w), 0);
	writer_use(&w, fd);
	put("start");
	ck_assert_int_eq(writer_flush(&w), 0);
	n = pread(memory, text, sizeof(text) - 1, 0);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	audit_verify_init(&v);
	for (line = text; (next = strchr(line, '\n')) != NULL; line = next + 1)
		ck_assert_int_eq(
		    audit_verify_line(&v, line, (size_t)(next - line)), 0);
	ck_assert_int_eq(audit_verify_end(&v, w.hash), 0);
	ck_assert_uint_eq(v.torn, 1);
	ck_assert_uint_eq(v.records, 2);
	close(memory);
	end();
}
END_TEST

START_TEST(writer_goes_on_after_lines_that_are_no_records)
{
	static char junk[3 * (AUDIT_LINE_MAX + 1)];
	struct audit_verify v;
	int fd;

	begin();
	memset(junk, 'x', sizeof(junk));
	junk[sizeof(junk) - 1] = '\n';
	fd = open_file("a");
	ck_assert_int_eq(write(fd, junk, sizeof(junk)), sizeof(junk));
	close(fd);
	writer_use(&w, open_file("a"));
	put("start");
	ck_assert_int_eq(writer_flush(&w), 0);
	ck_assert_uint_eq(w.seq, 1);
	audit_verify_init(&v);
	audit_verify_next_file(&v);
	ck_assert_int_lt(audit_verify_line(&v, junk, AUDIT_LINE_MAX + 1), 0);
	end();
}
END_TEST

/* ---- a disk that is full ---- */

/*
 * Files may have that many bytes while it writes. No assertion in between:
 * libcheck writes files, too.
 */
static int
flush_up_to(rlim_t bytes)
{
	struct rlimit before, limit;
	int result;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
	result = writer_flush(&w);
	setrlimit(RLIMIT_FSIZE, &before);
	return result;
}

static void
use_up_to(rlim_t bytes, int fd)
{
	struct rlimit before, limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
	writer_use(&w, fd);
	setrlimit(RLIMIT_FSIZE, &before);
}

START_TEST(writer_keeps_what_a_full_disk_does_not_take)
{
	size_t at;

	begin();
	writer_use(&w, open_file("a"));
	put("start");
	ck_assert_int_eq(writer_flush(&w), 0);
	at = read_text("a");
	put("open");
	put("end");
	/* half of the next line fits */
	ck_assert_int_eq(flush_up_to(at + 70), VB_ESYS);
	ck_assert_int_eq(w.error, EFBIG);
	ck_assert_uint_eq(read_text("a"), at + 70);
	ck_assert_int_eq(flush_up_to(at + 70), VB_ESYS);
	put("open");
	ck_assert_int_eq(writer_flush(&w), 0);
	ck_assert_int_eq(w.error, 0);
	ck_assert_uint_eq(w.lost_total, 0);
	expect_good("a", 4);
	end();
}
END_TEST

START_TEST(writer_tells_of_what_was_lost)
{
	uint64_t n = 0, lost;

	begin();
	writer_use(&w, open_file("a"));
	while (put("open") != NULL)
		n++;
	ck_assert_uint_gt(n, 100);
	for (lost = 1; lost < 50; lost++)
		ck_assert_ptr_null(put("refuse"));
	ck_assert_int_eq(flush_up_to(0), VB_ESYS);
	ck_assert_uint_eq(w.lost_total, lost);
	ck_assert_int_eq(writer_flush(&w), 0);
	ck_assert_ptr_nonnull(put("open"));
	ck_assert_int_eq(writer_flush(&w), 0);
	expect_good("a", n + 1);
	ck_assert_ptr_nonnull(strstr(text, "\"lost\":50,"));
	ck_assert_uint_eq(w.seq, n + 1 + lost);
	end();
}
END_TEST

START_TEST(writer_gives_the_next_file_what_the_one_before_did_not_take)
{
	struct audit_verify v;
	size_t at;

	begin();
	writer_use(&w, open_file("a"));
	put("start");
	ck_assert_int_eq(writer_flush(&w), 0);
	at = read_text("a");
	put("open");
	ck_assert_int_eq(flush_up_to(at + 10), VB_ESYS);
	ck_assert_int_eq(rename(path_of("a"), path_of("b")), 0);
	use_up_to(at + 10, open_file("a"));
	ck_assert_int_eq(writer_flush(&w), 0);
	audit_verify_init(&v);
	follow(&v, "b");
	follow(&v, "a");
	ck_assert_int_eq(audit_verify_end(&v, w.hash), 0);
	ck_assert_uint_eq(v.records, 2);
	end();
}
END_TEST

/* At the end of other lines they would look like a fraud. */
START_TEST(writer_counts_as_lost_what_fits_to_no_other_file)
{
	begin();
	writer_use(&w, open_file("a"));
	put("start");
	ck_assert_int_eq(writer_flush(&w), 0);
	writer_use(&w, open_file("b"));
	put("start");
	ck_assert_int_eq(writer_flush(&w), 0);
	put("open");
	put("end");
	use_up_to(0, open_file("a"));
	put("reload");
	ck_assert_int_eq(writer_flush(&w), 0);
	expect_good("a", 2);
	ck_assert_ptr_nonnull(strstr(text, "\"lost\":2"));
	end();
}
END_TEST

START_TEST(writer_without_a_file_numbers_all_the_same)
{
	begin();
	ck_assert_ptr_nonnull(put("start"));
	ck_assert_ptr_nonnull(put("open"));
	ck_assert_uint_eq(w.seq, 2);
	ck_assert_uint_eq(w.len, 0);
	ck_assert_int_eq(writer_flush(&w), 0);
	writer_use(&w, open_file("a"));
	put("reload");
	ck_assert_int_eq(writer_flush(&w), 0);
	writer_use(&w, -1);
	ck_assert_ptr_nonnull(put("open"));
	ck_assert_uint_gt(read_text("a"), 0);
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("audit_writer");
	TCase *tc = tcase_create("audit_writer");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, writer_binds_each_line_to_the_one_before);
	tcase_add_test(tc, writer_continues_the_file_that_is_there);
	tcase_add_test(tc, writer_goes_on_in_the_same_file_after_a_reload);
	tcase_add_test(tc, writer_names_the_last_line_of_the_file_before);
	tcase_add_test(tc, writer_mends_each_half_line_that_a_death_has_left);
	tcase_add_test(tc, writer_begins_anew_where_only_half_a_line_is);
	tcase_add_test(tc, writer_ends_half_a_line_that_it_can_not_take_away);
	tcase_add_test(tc, writer_goes_on_after_lines_that_are_no_records);
	tcase_add_test(tc, writer_keeps_what_a_full_disk_does_not_take);
	tcase_add_test(tc, writer_tells_of_what_was_lost);
	tcase_add_test(
	    tc, writer_gives_the_next_file_what_the_one_before_did_not_take);
	tcase_add_test(tc, writer_counts_as_lost_what_fits_to_no_other_file);
	tcase_add_test(tc, writer_without_a_file_numbers_all_the_same);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
