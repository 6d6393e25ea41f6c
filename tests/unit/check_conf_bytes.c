/* SPDX-License-Identifier: ISC */
/*
 * Nothing of a configuration is lost without a word, and files are read as
 * other programs write them.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/conf_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- what is not lost ---- */

static const struct {
	const char *name;
	const char *entries[2];
} lists[] = {
    {"allow", {"10.0.0.1", "10.0.0.2"}},
    {"deny", {"10.0.0.1", "10.0.0.2"}},
    {"origins", {"https://a", "https://b"}},
    {"hosts", {"a.example", "b.example"}},
    {"frame-ancestors", {"https://a", "https://b"}},
    {"nameservers", {"10.0.0.1", "10.0.0.2"}},
};

/* Only the first may be "=": what it would throw away is told. */
START_TEST(conf_list_is_never_taken_back)
{
	static const struct {
		const char *first, *second;
		int is_fault;
	} pairs[] = {
	    {"=", "=", 1}, {"+=", "=", 1}, {"=", "+=", 0}, {"+=", "+=", 0}};
	char text[512], expected[CONF_ERROR_MAX];
	size_t i;

	for (i = 0; i < COUNT(pairs); i++) {
		snprintf(text, sizeof(text),
		    "\n%s %s { \"%s\" }\n#\n%s %s { \"%s\" }\n", lists[_i].name,
		    pairs[i].first, lists[_i].entries[0], lists[_i].name,
		    pairs[i].second, lists[_i].entries[1]);
		ck_assert_int_eq(
		    load(text), pairs[i].is_fault ? VB_ESYNTAX : 0);
		if (!pairs[i].is_fault) {
			conf_free(conf);
			continue;
		}
		snprintf(expected, sizeof(expected),
		    "%s:4: %s is given twice: it was set at line 2 already; "
		    "use += to add to it",
		    path, lists[_i].name);
		ck_assert_str_eq(error, expected);
	}
}
END_TEST

/* The same of the lists of a section; the next section begins anew. */
START_TEST(conf_list_of_a_section_is_never_taken_back)
{
	ck_assert_int_eq(
	    load("listen \"127.0.0.1:1\" {\n certificate += { \"/a\" }\n"
		 " certificate = { \"/b\" }\n}\n"),
	    VB_ESYNTAX);
	ck_assert_ptr_nonnull(strstr(error,
	    ":3: certificate is given twice: it was set at "
	    "line 2 already; use += to add to it"));
	ck_assert_int_eq(load("target \"a\" {\n address = \"a\"\n"
			      " address = \"b\"\n}\n"),
	    VB_ESYNTAX);
	ck_assert_ptr_nonnull(strstr(
	    error, ":3: address is given twice: it was set at line 2 already"));
	ck_assert_int_eq(load("target \"a\" { address = \"a\" }\n"
			      "target \"b\" { address = \"b\" }\n"
			      "listen \"127.0.0.1:1\" { certificate = "
			      "{ \"/a\" } certificate += { \"/b\" } }\n"),
	    0);
	ck_assert_uint_eq(conf->target_count, 2);
	ck_assert_uint_eq(conf->tls[0].cert_count, 2);
	conf_free(conf);
}
END_TEST

START_TEST(conf_value_comes_from_the_environment_or_is_an_error)
{
	setenv("NOPE_X", "games", 1);
	setenv("NOPE_N", "7", 1);
	ck_assert_int_eq(load("user = \"${NOPE_X}\" workers = ${NOPE_N}\n"
			      "base-path = \"/${NOPE_Y:-vnc}\"\n"
			      "control-group = '${X'\n"
			      "pages = \"/\\${X}\"\n"),
	    0);
	ck_assert_str_eq(conf->user, "games");
	ck_assert_uint_eq(conf->settings.workers, 7);
	ck_assert_str_eq(conf->settings.base_path, "/vnc");
	ck_assert_str_eq(conf->control_group, "${X");
	ck_assert_str_eq(conf->pages, "/${X}");
	conf_free(conf);
	setenv("NOPE_N", "many", 1);
	ck_assert_int_eq(load("workers = ${NOPE_N}\n"), VB_ESYNTAX);
	/* a "}" further on is none of this one's */
	ck_assert_int_eq(
	    load("user = \"${NOPE_X\"\ntarget \"a\" { address = \"a\" }\n"),
	    VB_ESYNTAX);
	ck_assert_ptr_nonnull(strstr(error, ":1: \"${\" begins ${NAME}"));
}
END_TEST

/* ---- as other programs write it ---- */

#define PLAIN                                         \
	"user = \"bob\"\n"                            \
	"\n# comment\n"                               \
	"allow = { \"10.0.0.1\",\n\t\"10.0.0.2\" }\n" \
	"target \"t\" {\n\taddress = \"h:1\"\n}\n"

static void
check_plain(const char *bytes, size_t len)
{
	ck_assert_msg(load_bytes(bytes, len) == 0, "%s", error);
	ck_assert_str_eq(conf->user, "bob");
	ck_assert_uint_eq(conf->rule_count, 2);
	ck_assert_uint_eq(conf->target_count, 1);
	ck_assert_uint_eq(conf->targets[0].address.port, 5901);
	conf_free(conf);
}

/* PLAIN with other ends of lines, after a mark. Returns its length. */
static size_t
write_variant(char *out, const char *mark, const char *line_end, size_t without)
{
	const char *p;
	size_t n = strlen(mark);

	memcpy(out, mark, n);
	for (p = PLAIN; p[without] != '\0'; p++)
		if (*p != '\n')
			out[n++] = *p;
		else {
			memcpy(out + n, line_end, strlen(line_end));
			n += strlen(line_end);
		}
	return n;
}

START_TEST(conf_file_is_read_as_other_programs_write_it)
{
	static const char *const marks[] = {"", "\xef\xbb\xbf"};
	static const char *const ends[] = {
	    "\n", "\r\n", "\r", "\t\n", " \r\n", "\n\n"};
	char text[512];
	size_t i, j, without;

	for (i = 0; i < COUNT(marks); i++)
		for (j = 0; j < COUNT(ends); j++)
			for (without = 0; without < 2; without++)
				check_plain(text,
				    write_variant(
					text, marks[i], ends[j], without));
}
END_TEST

START_TEST(conf_line_is_counted_whatever_ends_it)
{
	static const char *const texts[] = {"\n\nx = 1\n", "\r\n\r\nx = 1\r\n",
	    "\r\rx = 1\r", "\xef\xbb\xbf\r\n\r\nx = 1", "/*\r\n*/\r\nx = 1",
	    "user = \"a\\\r\nb\"\r\nx = 1"};
	size_t i;

	for (i = 0; i < COUNT(texts); i++) {
		ck_assert_int_eq(load(texts[i]), VB_ESYNTAX);
		ck_assert_ptr_nonnull(strstr(error, ":3: no such setting"));
	}
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	const char *says;
} encodings[] = {
#define BYTES(text) text, sizeof(text) - 1
    {BYTES("\xff\xfeu\0s\0e\0r\0"), ": it is written in UTF-16"},
    {BYTES("\xfe\xff\0u\0s\0e\0r"), ": it is written in UTF-16"},
    {BYTES("u\0s\0e\0r\0 \0=\0"), ": it is written in UTF-16"},
    {BYTES("\0u\0s\0e\0r\0 \0="), ": it is written in UTF-16"},
    {BYTES("\xff\xfe\0\0u\0\0\0"), ": it is written in UTF-16"},
    {BYTES("#\nuser = \"b\xe9\"\n"),
	":2: the byte 0xE9 is not UTF-8: save the file as UTF-8"},
    {BYTES("#\nuser = \"b\xc3\"\n"),
	":2: the byte 0xC3 is not UTF-8: save the file as UTF-8"},
    {BYTES("\n\xe9 = 1\n"), ":2: the byte 0xE9 is not UTF-8"},
    {BYTES("user = \"b\xed\xa0\x80\"\n"), ":1: the byte 0xED is not UTF-8"},
    {BYTES("user = \"b\xc0\xaf\"\n"), ":1: the byte 0xC0 is not UTF-8"},
    {BYTES("#\n#\nuser = \"a\0b\"\n"), ":3: not a text file: it has a byte 0"},
    {BYTES("#\r\n#\r\nuser\0"), ":3: not a text file: it has a byte 0"},
#undef BYTES
};

START_TEST(conf_encoding_that_is_none_of_ours_is_named)
{
	ck_assert_int_lt(load_bytes(encodings[_i].bytes, encodings[_i].len), 0);
	ck_assert_int_eq(strncmp(error, path, strlen(path)), 0);
	ck_assert_msg(strncmp(error + strlen(path), encodings[_i].says,
			  strlen(encodings[_i].says)) == 0,
	    "%s", error);
}
END_TEST

/* Comments are the writer's own, whatever they are written in. */
START_TEST(conf_comment_may_have_any_bytes)
{
	ck_assert_int_eq(load("# \xe9 \xc2\xa0\n/* \xff \x01 */ user = \"a\" "
			      "// \xe2\x80\x9c\n"),
	    0);
	ck_assert_str_eq(conf->user, "a");
	conf_free(conf);
}
END_TEST

/* Where char is unsigned (ARM), too. */
START_TEST(conf_backslash_covers_a_letter_that_is_no_ascii)
{
	ck_assert_msg(load("target \"t\" { address = \"h\" "
			   "description = \"caf\\\xc3\xa9\" }\n") == 0,
	    "%s", error);
	ck_assert_str_eq(conf->targets[0].description, "caf\xc3\xa9");
	conf_free(conf);
}
END_TEST

START_TEST(conf_line_may_be_very_long)
{
	static char text[900000];
	size_t n = 0;
	int i;

	n += (size_t)sprintf(text, "deny = {");
	for (i = 0; i < 500; i++)
		n += (size_t)sprintf(
		    text + n, "%*s\"10.0.%d.%d\",", 1500, "", i / 250, i % 250);
	sprintf(text + n, "}");
	ck_assert_msg(load(text) == 0, "%s", error);
	ck_assert_uint_eq(conf->rule_count, 502);
	conf_free(conf);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf-bytes");
	TCase *tc = tcase_create("conf-bytes");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, conf_list_is_never_taken_back, 0, COUNT(lists));
	tcase_add_test(tc, conf_list_of_a_section_is_never_taken_back);
	tcase_add_test(
	    tc, conf_value_comes_from_the_environment_or_is_an_error);
	tcase_add_test(tc, conf_file_is_read_as_other_programs_write_it);
	tcase_add_test(tc, conf_line_is_counted_whatever_ends_it);
	tcase_add_loop_test(tc, conf_encoding_that_is_none_of_ours_is_named, 0,
	    COUNT(encodings));
	tcase_add_test(tc, conf_comment_may_have_any_bytes);
	tcase_add_test(tc, conf_backslash_covers_a_letter_that_is_no_ascii);
	tcase_add_test(tc, conf_line_may_be_very_long);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
