/* SPDX-License-Identifier: ISC */
/* What is wrong with an access section, word for word. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/conf_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text;
	int line;
	const char *says;
} faults[] = {
    {"access \"a\" { from = { \"10.0.0.0/8\" } }", 1,
	"access \"a\" has no targets: it would grant nothing"},
    {"\naccess \"a\" {\ntargets = { \"lab1\", \"10.0.0.0/4\" } }", 2,
	"access \"a\": targets: no target section has that name, and "
	"\"10.0.0.0/4\" is not HOST[:PORTS]: the address has bits beyond its "
	"prefix: write 0.0.0.0/4, or leave the prefix out"},
    {"access \"a\" { targets = { \"*\" } from = { \"lab\" } }", 1,
	"access \"a\" has from = \"lab\", which is not ADDRESS[/BITS]"},
    {"access \"a\" { targets = { \"*\" } times = \"Monday\" }", 1,
	"access \"a\" has times = \"Monday\", which is not of the form "
	"\"Mon-Fri 08:00-20:00, Sat 10:00-14:00\""},
    {"access \"\" { targets = { \"*\" } }", 1,
	"access \"\" has no name, or a very long one"},
    {"access { targets = { \"*\" } }", 1,
	"access is a section with a title: access \"NAME\" { }"},
    {"access \"a\" { targets = { \"*\" } }\naccess \"a\" { targets = { "
     "\"*\" } }",
	2, "access \"a\" is given twice: the first begins at line 1"},
    {"access \"a\" { targets = { \"*\" } users = { \"x\" } }", 1,
	"no such setting: \"users\""},
};

START_TEST(access_fault_is_told_word_for_word)
{
	char expected[CONF_ERROR_MAX];

	unsetenv("NOPE_X");
	ck_assert_int_eq(load(faults[_i].text), VB_ESYNTAX);
	snprintf(expected, sizeof(expected), "%s:%d: %s", path, faults[_i].line,
	    faults[_i].says);
	ck_assert_str_eq(error, expected);
}
END_TEST

/* What a child's queue has no room for is refused before anybody is told. */
START_TEST(access_sections_have_so_many_entries_together)
{
	static char text[PROTO_ACCESS_MAX * 16];
	char expected[CONF_ERROR_MAX];
	int i, most = PROTO_ACCESS_MAX - 1 + _i;

	strlcpy(text, "access \"a\" { targets = { \"*\"", sizeof(text));
	for (i = 1; i < most; i++)
		strlcat(text, ",\"a.b\"", sizeof(text));
	strlcat(text, " } }", sizeof(text));
	if (_i == 0) {
		ck_assert_int_eq(load(text), 0);
		ck_assert_uint_eq(
		    conf->access[0].target_count, PROTO_ACCESS_MAX - 1);
		return;
	}
	ck_assert_int_eq(load(text), VB_EFULL);
	snprintf(expected, sizeof(expected),
	    "the access sections have %d entries, and more than %d don't fit",
	    PROTO_ACCESS_MAX + 1, PROTO_ACCESS_MAX);
	ck_assert_str_eq(error, expected);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf-access");
	TCase *tc = tcase_create("conf-access");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, access_fault_is_told_word_for_word, 0, COUNT(faults));
	tcase_add_loop_test(
	    tc, access_sections_have_so_many_entries_together, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
