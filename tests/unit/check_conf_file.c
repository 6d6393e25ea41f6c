/* SPDX-License-Identifier: ISC */
/*
 * The configuration file as bytes, the example that is installed, and the
 * manual: both name each setting with its default.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle/conf_load.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define FILE_BYTES (256 * 1024)
#define PATH_BYTES 4096
#define FILE_MOST  (8 * 1024 * 1024) /* what the daemon reads */

static char example[FILE_BYTES], manual[FILE_BYTES], error[CONF_ERROR_MAX];
static char path[PATH_BYTES];
static struct conf *conf;

static void
read_source(const char *name, char out[FILE_BYTES])
{
	const char *srcdir = getenv("srcdir");
	FILE *file;
	size_t n;

	snprintf(
	    path, sizeof(path), "%s/%s", srcdir != NULL ? srcdir : ".", name);
	ck_assert_msg((file = fopen(path, "r")) != NULL, "%s", path);
	n = fread(out, 1, FILE_BYTES - 1, file);
	ck_assert(feof(file));
	(void)fclose(file);
	out[n] = '\0';
}

static int
load_bytes(const void *bytes, size_t len)
{
	struct conf_options options = {.file = path};
	int fd, result;

	strcpy(path, "/tmp/vb-conf-XXXXXX");
	ck_assert_int_ne(fd = mkstemp(path), -1);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
	result = conf_load(&options, &conf, error);
	unlink(path);
	return result;
}

/* ---- bytes ---- */

/* A daemon with -l goes on without its file: no line of that is told. */
START_TEST(conf_that_was_read_before_is_forgotten)
{
	static const char text[] = "\nuser = \"a\"\n";
	const char *listen[] = {"127.0.0.1:6080"};
	struct conf_options options = {.listen = listen, .listen_count = 1};

	if (access(VB_CONF_FILE, F_OK) == 0)
		return; /* there is one: it would be read */
	ck_assert_int_eq(load_bytes(text, strlen(text)), 0);
	ck_assert_int_eq(conf->lines.user, 2);
	conf_free(conf);
	ck_assert_int_eq(conf_load(&options, &conf, error), 0);
	ck_assert_int_eq(conf->lines.user, 0);
	conf_free(conf);
}
END_TEST

START_TEST(conf_file_with_a_nul_is_no_text)
{
	static const char bytes[] = "\nuser = \"a\0b\"\n";

	ck_assert_int_eq(load_bytes(bytes, sizeof(bytes) - 1), VB_ERANGE);
	ck_assert_ptr_nonnull(strstr(error, "not a text file"));
}
END_TEST

START_TEST(conf_file_has_a_greatest_size)
{
	char *bytes = malloc(FILE_MOST + 1);

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, '\n', FILE_MOST + 1);
	ck_assert_int_eq(load_bytes(bytes, FILE_MOST), 0);
	conf_free(conf);
	ck_assert_int_eq(load_bytes(bytes, FILE_MOST + 1), VB_ERANGE);
	ck_assert_ptr_nonnull(strstr(error, "too long"));
	free(bytes);
}
END_TEST

/* Every text cut at every place is taken or refused, and that is all. */
START_TEST(conf_file_may_end_anywhere)
{
	static const char text[] = "# c\nlisten \"127.0.0.1:1\" { }\n/* c */"
				   "allow = { 'h:1', \"*\\\"\" } // c\n"
				   "target \"t\" { address = \"h\" }\n";
	size_t len;

	for (len = 0; len < sizeof(text); len++) {
		if (load_bytes(text, len) == 0)
			conf_free(conf);
		else
			ck_assert_int_ne(error[0], '\0');
	}
}
END_TEST

/* ---- the example ---- */

START_TEST(conf_example_is_the_default)
{
	struct conf_options options = {.file = path};
	struct conf *usual;

	ck_assert_int_eq(load_bytes("", 0), 0);
	usual = conf;
	read_source("etc/vncbridge.conf", example); /* sets path */
	ck_assert_msg(conf_load(&options, &conf, error) == 0, "%s", error);
	ck_assert_mem_eq(
	    &conf->settings, &usual->settings, sizeof(conf->settings));
	ck_assert_uint_eq(conf->listener_count, 1);
	ck_assert_mem_eq(
	    conf->listeners, usual->listeners, sizeof(struct addr));
	ck_assert_uint_eq(conf->rule_count, usual->rule_count);
	ck_assert_uint_eq(conf->target_count, 0);
	conf_free(conf);
	conf_free(usual);
}
END_TEST

/* Removes the "#" of what is a setting in a comment. */
static void
uncomment(char *text)
{
	char *line, *next;

	for (line = text; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			next++;
		if (line[0] == '#' && line[1] != ' ' && line[1] != '\n')
			line[0] = ' ';
	}
}

START_TEST(conf_example_shows_only_what_the_daemon_takes)
{
	read_source("etc/vncbridge.conf", example);
	uncomment(example);
	ck_assert_msg(load_bytes(example, strlen(example)) == 0, "%s", error);
	/* the shown settings are the defaults; lists are examples */
#define X(name, field, def, min, max, unit) \
	ck_assert_uint_eq(conf->settings.field, def);
	SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) ck_assert_uint_eq(conf->settings.field, def);
	SETTINGS_SWITCHES(X)
#undef X
	ck_assert_uint_eq(conf->listener_count, 6);
	ck_assert_uint_eq(conf->settings.has_auth, 1);
	ck_assert_str_eq(conf->users_file, "/etc/vncbridge/users");
	ck_assert_uint_eq(conf->access_count, 1);
	ck_assert_uint_eq(conf->access[0].user_count, 2);
	ck_assert_int_eq(conf->knows_open_proxy, 0);
	ck_assert_uint_eq(conf->proxy_count, 3);
	ck_assert_uint_eq(conf->cert_count, 1);
	ck_assert_uint_eq(conf->settings.tls_minimum, SETTINGS_TLS_1_2);
	ck_assert_uint_eq(conf->target_count, 5);
	conf_free(conf);
}
END_TEST

static const struct {
	const char *name;
	const char *usual;
} settings[] = {
#define X(name, field, def, min, max, unit) {name, #def},
    SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) {name, #def},
	SETTINGS_SWITCHES(X)
#undef X
};

/* "1" of a switch may be written as any of its words. */
static int
is_value(const char *text, const char *usual)
{
	static const char *const words[2][3] = {
	    {"no", "off", "false"}, {"yes", "on", "true"}};
	size_t len = strcspn(text, " \t\n"), i;
	int bit = usual[0] == '1';

	if (strlen(usual) == len && strncmp(text, usual, len) == 0)
		return 1;
	for (i = 0; i < COUNT(words[0]) && strlen(usual) == 1; i++)
		if (strlen(words[bit][i]) == len &&
		    strncmp(text, words[bit][i], len) == 0)
			return 1;
	return 0;
}

START_TEST(conf_documents_name_each_setting_with_its_default)
{
	char begin[128];
	const char *p;

	read_source("etc/vncbridge.conf", example);
	snprintf(begin, sizeof(begin), "\n#%s = ", settings[_i].name);
	p = strstr(example, begin);
	ck_assert_msg(
	    p != NULL && is_value(p + strlen(begin), settings[_i].usual),
	    "vncbridge.conf: no #%s = %s", settings[_i].name,
	    settings[_i].usual);
	read_source("man/vncbridge.conf.5", manual);
	snprintf(begin, sizeof(begin), "\n.It Ic %s No = ", settings[_i].name);
	p = strstr(manual, begin);
	ck_assert_msg(
	    p != NULL && is_value(p + strlen(begin), settings[_i].usual),
	    "vncbridge.conf(5): no %s = %s", settings[_i].name,
	    settings[_i].usual);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf-file");
	TCase *tc = tcase_create("conf-file");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, conf_that_was_read_before_is_forgotten);
	tcase_add_test(tc, conf_file_with_a_nul_is_no_text);
	tcase_add_test(tc, conf_file_has_a_greatest_size);
	tcase_add_test(tc, conf_file_may_end_anywhere);
	tcase_add_test(tc, conf_example_is_the_default);
	tcase_add_test(tc, conf_example_shows_only_what_the_daemon_takes);
	tcase_add_loop_test(tc,
	    conf_documents_name_each_setting_with_its_default, 0,
	    COUNT(settings));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
