/* SPDX-License-Identifier: ISC */
/* The bridge's own secrets: sealed copies, or a sentence that says why not. */
#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/bundle/bundle.h"
#include "daemon/bundle/secrets.h"
#include "tests/unit/conf_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char folder[32], secret_path[64], line[LOG_LINE_MAX];
static struct secrets secrets;

static void
on_line(int level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	strlcpy(line, text, sizeof(line));
}

/* Two providers: the first has no secret. */
static void
set_up(void)
{
	char text[512];

	line[0] = '\0';
	log_to_sink(on_line, NULL);
	strcpy(folder, "/tmp/vb-secrets-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(secret_path, sizeof(secret_path), "%s/secret", folder);
	snprintf(text, sizeof(text),
	    "auth \"oidc\" { issuer = \"https://a\" client-id = \"b\" }\n"
	    "auth \"oidc b\" { issuer = \"https://b\" client-id = \"b\" "
	    "client-secret-file = \"%s\" }\n",
	    secret_path);
	ck_assert_msg(load(text) == 0, "%s", error);
	secrets_init(&secrets);
}

static void
tear_down(void)
{
	secrets_close(&secrets);
	conf_free(conf);
	remove(secret_path);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void
put(size_t bytes, mode_t mode)
{
	int fd =
	    open(secret_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, "secret\n", 7), 7);
	ck_assert_int_eq(ftruncate(fd, (off_t)bytes), 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static const struct {
	mode_t mode;
	const char *part; /* of the warning; NULL: none */
} modes[] = {
    {0600, NULL},
    {0640, NULL},
    {0644, "mode=0644: everybody on this host can read it; chmod 0640"},
    {0642, "mode=0642: everybody on this host can change it; chmod 0640"},
};

START_TEST(a_secret_is_copied_and_sealed)
{
	char copy[16];
	int seals;

	put(7, modes[_i].mode);
	ck_assert_msg(secrets_open(conf, &source_files, &secrets, error) == 0,
	    "%s", error);
	ck_assert_int_eq(secrets.fds[0], -1);
	ck_assert_uint_eq(secrets.bytes[0], 0);
	ck_assert_uint_eq(secrets.bytes[1], 7);
	ck_assert_int_eq(pread(secrets.fds[1], copy, sizeof(copy), 0), 7);
	ck_assert_int_eq(memcmp(copy, "secret\n", 7), 0);
	ck_assert_int_ne(seals = fcntl(secrets.fds[1], F_GET_SEALS), -1);
	ck_assert_int_ne(seals & F_SEAL_WRITE, 0);
	if (modes[_i].part == NULL)
		ck_assert_str_eq(line, "");
	else
		ck_assert_msg(strstr(line, modes[_i].part) != NULL, "%s", line);
	ck_assert_ptr_null(strstr(line, "secret\n"));
}
END_TEST

static void
expect_refused(const char *why)
{
	char expected[CONF_ERROR_MAX];

	ck_assert_int_lt(secrets_open(conf, &source_files, &secrets, error), 0);
	snprintf(expected, sizeof(expected), "%s:2: client-secret-file %s: %s",
	    path, secret_path, why);
	ck_assert_str_eq(error, expected);
}

START_TEST(a_secret_that_is_not_there_is_named)
{
	expect_refused("No such file or directory");
}
END_TEST

START_TEST(a_secret_has_a_size)
{
	if (_i == 0) {
		put(0, 0640);
		expect_refused("it is empty");
	} else if (_i == 1) {
		put(OIDC_SECRET_MAX, 0640);
		expect_refused("it is larger than a secret is");
	} else {
		put(OIDC_SECRET_MAX - 1, 0640);
		ck_assert_int_eq(
		    secrets_open(conf, &source_files, &secrets, error), 0);
		ck_assert_uint_eq(secrets.bytes[1], OIDC_SECRET_MAX - 1);
	}
}
END_TEST

static const struct {
	uint32_t provider;
	const char *expected; /* after the file's path */
} known_rows[] = {
    {0, "auth: why"}, /* without users: it lies */
    {3, "auth: why"},
    {UINT32_MAX, "auth: why"},
    {1, ":1: client-secret-file : why"}, /* it has none */
    {2, NULL},
};

START_TEST(what_auth_refuses_is_told_with_its_place)
{
	struct msg_known known = {.provider = known_rows[_i].provider};
	char expected[CONF_ERROR_MAX];

	strcpy(known.text, "why");
	bundle_describe(conf, &known, error);
	if (known_rows[_i].expected == NULL)
		snprintf(expected, sizeof(expected),
		    "%s:2: client-secret-file %s: why", path, secret_path);
	else
		snprintf(expected, sizeof(expected), "%s%s",
		    known_rows[_i].expected[0] == ':' ? path : "",
		    known_rows[_i].expected);
	ck_assert_str_eq(error, expected);
}
END_TEST

START_TEST(a_folder_is_no_secret)
{
	ck_assert_int_eq(mkdir(secret_path, 0700), 0);
	ck_assert_int_lt(secrets_open(conf, &source_files, &secrets, error), 0);
	ck_assert_int_eq(secrets.fds[1], -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("secrets");
	TCase *tc = tcase_create("secrets");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, a_secret_is_copied_and_sealed, 0, COUNT(modes));
	tcase_add_test(tc, a_secret_that_is_not_there_is_named);
	tcase_add_loop_test(tc, a_secret_has_a_size, 0, 3);
	tcase_add_loop_test(
	    tc, what_auth_refuses_is_told_with_its_place, 0, COUNT(known_rows));
	tcase_add_test(tc, a_folder_is_no_secret);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
