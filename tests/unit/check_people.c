/* SPDX-License-Identifier: ISC */
/*
 * The users' file as it is opened for auth: a sealed copy of all of it, or a
 * sentence that says why there is none.
 */
#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle/people.h"
#include "tests/unit/conf_rig.h"

#define TEXT "alice:$2b$05$x::\n"
#define MOST (16 * 1024 * 1024)

static char folder[32], users_path[64];
static int users_fd;
static uint64_t users_bytes;

static void
set_up(void)
{
	char text[256];

	strcpy(folder, "/tmp/vb-people-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(users_path, sizeof(users_path), "%s/users", folder);
	snprintf(text, sizeof(text), "\nauth \"password\" { file = \"%s\" }\n",
	    users_path);
	ck_assert_msg(load(text) == 0, "%s", error);
}

static void
tear_down(void)
{
	conf_free(conf);
	remove(users_path);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void
put(const char *text, size_t bytes, mode_t mode)
{
	int fd =
	    open(users_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(ftruncate(fd, (off_t)bytes), 0);
	close(fd);
}

static void
expect_refused(const struct source *source, const char *why)
{
	char expected[CONF_ERROR_MAX];

	users_fd = 4711;
	ck_assert_int_eq(
	    people_open(conf, source, &users_fd, &users_bytes, error), VB_ESYS);
	ck_assert_int_eq(users_fd, -1);
	snprintf(expected, sizeof(expected), "%s:2: users' file %s: %s", path,
	    users_path, why);
	ck_assert_str_eq(error, expected);
}

START_TEST(people_are_copied_and_sealed)
{
	char copy[64];
	int seals;

	put(TEXT, strlen(TEXT), _i == 0 ? 0640 : 0666);
	ck_assert_msg(people_open(conf, &source_files, &users_fd, &users_bytes,
			  error) == 0,
	    "%s", error);
	ck_assert_uint_eq(users_bytes, strlen(TEXT));
	/* what becomes of the file is nothing to it */
	ck_assert_int_eq(truncate(users_path, 0), 0);
	ck_assert_int_eq(
	    pread(users_fd, copy, sizeof(copy), 0), (ssize_t)strlen(TEXT));
	ck_assert_int_eq(memcmp(copy, TEXT, strlen(TEXT)), 0);
	ck_assert_int_ne(seals = fcntl(users_fd, F_GET_SEALS), -1);
	ck_assert_int_eq(seals & (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW),
	    F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
	close(users_fd);
}
END_TEST

START_TEST(people_may_be_none)
{
	put("", 0, 0640);
	ck_assert_int_eq(
	    people_open(conf, &source_files, &users_fd, &users_bytes, error),
	    0);
	ck_assert_uint_eq(users_bytes, 0);
	ck_assert_int_ne(users_fd, -1);
	close(users_fd);
}
END_TEST

START_TEST(people_without_an_auth_section_are_not_looked_for)
{
	struct conf none;

	memset(&none, 0, sizeof(none));
	ck_assert_int_eq(
	    people_open(&none, &source_files, &users_fd, &users_bytes, error),
	    0);
	ck_assert_int_eq(users_fd, -1);
}
END_TEST

START_TEST(people_have_a_greatest_size)
{
	put(TEXT, MOST + (size_t)_i, 0640);
	if (_i == 1) {
		expect_refused(&source_files, "it is larger than 16 MiB");
		return;
	}
	ck_assert_int_eq(
	    people_open(conf, &source_files, &users_fd, &users_bytes, error),
	    0);
	ck_assert_uint_eq(users_bytes, MOST);
	close(users_fd);
}
END_TEST

START_TEST(people_who_are_missing_are_told_what_to_do)
{
	expect_refused(&source_files,
	    "there is none: make it with \"vncbridgectl user add NAME\"");
}
END_TEST

START_TEST(people_are_in_a_regular_file)
{
	if (_i == 0) {
		ck_assert_int_eq(mkdir(users_path, 0755), 0);
		expect_refused(&source_files, "it is a directory");
		return;
	}
	/* nobody writes into it: it must not be waited for */
	ck_assert_int_eq(mkfifo(users_path, 0640), 0);
	expect_refused(&source_files, "it is not a regular file");
}
END_TEST

static int
refuse_file(void *arg, const char *name, int *fd)
{
	(void)arg;
	(void)name;
	*fd = -1;
	errno = EACCES;
	return VB_ESYS;
}

/* Looked at, and not to be had: as "-n" does it for an ordinary user. */
static int
skip_file(void *arg, const char *name, int *fd)
{
	(void)arg;
	(void)name;
	*fd = -1;
	return 0;
}

START_TEST(people_may_be_out_of_reach)
{
	struct source source = source_files;

	source.file = refuse_file;
	expect_refused(&source, "Permission denied");
	source.file = skip_file;
	ck_assert_int_eq(
	    people_open(conf, &source, &users_fd, &users_bytes, error), 0);
	ck_assert_int_eq(users_fd, -1);
}
END_TEST

START_TEST(people_are_described_with_their_line)
{
	char expected[CONF_ERROR_MAX];

	people_describe(conf, 3, "hash: it is none", error);
	snprintf(expected, sizeof(expected),
	    "%s:2: users' file %s:3: hash: it is none", path, users_path);
	ck_assert_str_eq(error, expected);
}
END_TEST

/* Two long names and the longest reason still are one sentence. */
START_TEST(people_are_described_whatever_they_are_called)
{
	char long_path[PATH_MAX], why[AUTH_TEXT_MAX], *was = conf->users_file;

	memset(long_path, 'a', sizeof(long_path) - 1);
	long_path[0] = '/';
	long_path[sizeof(long_path) - 1] = '\0';
	memset(why, 'b', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	conf->users_file = long_path;
	people_describe(conf, UINT32_MAX, why, error);
	conf->users_file = was;
	ck_assert_ptr_nonnull(strstr(error, ":4294967295: bbbb"));
	ck_assert_uint_lt(strlen(error), CONF_ERROR_MAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("people");
	TCase *tc = tcase_create("people");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, people_are_copied_and_sealed, 0, 2);
	tcase_add_test(tc, people_may_be_none);
	tcase_add_test(tc, people_without_an_auth_section_are_not_looked_for);
	tcase_add_loop_test(tc, people_have_a_greatest_size, 0, 2);
	tcase_add_test(tc, people_who_are_missing_are_told_what_to_do);
	tcase_add_loop_test(tc, people_are_in_a_regular_file, 0, 2);
	tcase_add_test(tc, people_may_be_out_of_reach);
	tcase_add_test(tc, people_are_described_with_their_line);
	tcase_add_test(tc, people_are_described_whatever_they_are_called);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
