/* SPDX-License-Identifier: ISC */
/* By which names the bridge is asked: DESIGN.md, 4, "a page of ours". */
#include <check.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/machine.h"
#include "worker/parse/names.h"
#include "worker/tls/tls_names.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct names *names;

static void
setup(void)
{
	names = names_new();
	ck_assert_ptr_nonnull(names);
}

static void
teardown(void)
{
	names_free(names);
	names_free(NULL);
}

static void
add(const char *text, enum names_wildcard wildcard)
{
	ck_assert_int_eq(names_add(names, text, strlen(text), wildcard), 0);
}

static int
have(const char *authority)
{
	struct http_span span = {authority, strlen(authority)};

	return names_have(names, &span);
}

static const struct {
	const char *authority;
	int is_ours;
} rows[] = {
    {"127.0.0.1", 1},
    {"127.0.0.1:6080", 1},
    {"10.1.2.3:1", 1},
    {"255.255.255.255:65535", 1},
    {"127.0.0.1.", 1},
    {"[::1]", 1},
    {"[::1]:6080", 1},
    {"[::ffff:10.0.0.1]", 1},
    {"localhost", 1},
    {"LocalHost:6080", 1},
    {"localhost.", 1},
    {"bridge.example", 1},
    {"BRIDGE.example.:443", 1},
    {"a.panel.example", 1}, /* "*." of the list: one label or more */
    {"a.b.panel.example", 1},
    {"x.cert.example", 1}, /* of a certificate: one label */
    {"lab_1", 1},
    {"1.lab.example", 1},
    {"x.lab.example", 0}, /* a name that begins with "1." is no wildcard */
    {"", 0},
    {":6080", 0},
    {"evil.example", 0},
    {"localhost.evil.example", 0},
    {"evil.localhost", 0},
    {"127.0.0.1.evil.example", 0},
    {"bridge.example.evil", 0},
    {"xbridge.example", 0},
    {"x.bridge.example", 0},
    {"example", 0},
    {"panel.example", 0},
    {".panel.example", 0},
    {"*.panel.example", 0},
    {"xpanel.example", 0},
    {"x.y.cert.example", 0},
    {"cert.example", 0},
    {"0x7f.1", 0},
    {"0x7f000001", 0},
    {"2130706433", 0},
    {"127.1", 0},
    {"127.0.0.01", 0},
    {"256.0.0.1", 0},
    {"127.0.0.1..", 0},
    {"localhost..", 0},
    {"[::1%25lo]", 0},
    {"[127.0.0.1]", 0},
    {"::1", 0},
    {"evil@127.0.0.1", 0},
    {"127.0.0.1@evil", 0},
    {"bridge.example:x", 0},
    {"bridge.example:65536", 0},
    {"bridge%2eexample", 0},
    {"bridge.example,evil", 0},
};

START_TEST(names_have_addresses_localhost_and_what_was_added)
{
	add("Bridge.Example.", NAMES_ANY_LABELS);
	add("*.panel.example", NAMES_ANY_LABELS);
	add("*.cert.example", NAMES_ONE_LABEL);
	add("lab_1", NAMES_ANY_LABELS);
	add("1.lab.example", NAMES_ANY_LABELS);
	names_sort(names);
	ck_assert_msg(have(rows[_i].authority) == rows[_i].is_ours, "%s",
	    rows[_i].authority);
}
END_TEST

START_TEST(names_leave_out_what_is_no_name)
{
	static const char *const no_names[] = {"", "*", "*.", ".", "a..b",
	    "*.*.b", "a.*", "*b", "-a", "a b", "127.0.0.1", "1.2", "[::1]",
	    "\xc3\xbc.example"};
	size_t i;

	for (i = 0; i < COUNT(no_names); i++)
		add(no_names[i], NAMES_ANY_LABELS);
	ck_assert_int_eq(
	    names_add(names, "evil\0.example", 13, NAMES_ONE_LABEL), 0);
	names_sort(names);
	ck_assert(!have("evil") && !have("evil.example") && !have("a.b"));
	ck_assert(!have("b") && !have("x.b"));
}
END_TEST

START_TEST(names_without_any_are_addresses_and_localhost)
{
	struct http_span span = {"localhost", 9};

	names_sort(names);
	ck_assert(have("localhost") && have("[::1]:1") && !have("h"));
	ck_assert(names_have(NULL, &span));
}
END_TEST

START_TEST(names_are_found_among_thousands)
{
	char text[32];
	int i;

	for (i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "%d.many.example", i * 7);
		add(text, NAMES_ANY_LABELS);
	}
	names_sort(names);
	for (i = 0; i < 35000; i++) {
		snprintf(text, sizeof(text), "%d.many.example", i);
		ck_assert_int_eq(have(text), i % 7 == 0);
	}
}
END_TEST

/* A certificate that is never verified; san NULL: it has no such names. */
static void
add_certificate(const char *common_name, const char *san)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);
	X509_EXTENSION *ext;

	ck_assert(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)common_name, -1, -1, 0));
	if (san != NULL) {
		ext =
		    X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
		ck_assert_ptr_nonnull(ext);
		ck_assert(X509_add_ext(cert, ext, -1));
		X509_EXTENSION_free(ext);
	}
	ck_assert_int_eq(tls_names_add(cert, names), 0);
	X509_free(cert);
}

START_TEST(names_of_a_certificate_are_its_dns_names_or_its_common_name)
{
	add_certificate("cn.example",
	    "DNS:a.example,DNS:*.b.example,"
	    "IP:10.0.0.1,email:x@mail.example,"
	    "URI:https://uri.example/");
	add_certificate("alone.example", NULL);
	add_certificate("address.example", "IP:10.0.0.1");
	add_certificate("The bridge of the lab", NULL);
	names_sort(names);
	ck_assert(have("A.example:443") && have("x.b.example"));
	ck_assert(have("alone.example") && have("address.example"));
	ck_assert(!have("cn.example") && !have("b.example") &&
	    !have("x.y.b.example") && !have("mail.example") &&
	    !have("uri.example"));
}
END_TEST

static const struct {
	const char *line;
	const char *full; /* NULL: none */
} lines[] = {
    {"127.0.1.1 lab.example.org lab\n", "lab.example.org"},
    {"10.0.0.1\tLAB  lab.Example.org # mine", "lab.example.org"},
    {"10.0.0.1 x lab.a lab.b lab", "lab.a"},
    {"10.0.0.1 lab.example.org", NULL},
    {"10.0.0.1 lab", NULL},
    {"10.0.0.1 lab # lab.evil", NULL},
    {"# 10.0.0.1 lab lab.evil", NULL},
    {"10.0.0.1 lab labx.example", NULL},
    {"10.0.0.1 lab lab..example lab.-a", NULL},
    {"", NULL},
    {"\n", NULL},
};

START_TEST(machine_finds_its_full_name_in_a_line_of_etc_hosts)
{
	char full[TARGET_NAME_MAX];
	int is_there = machine_find_full_name(lines[_i].line, "lab", full);

	ck_assert_msg(
	    is_there == (lines[_i].full != NULL), "%s", lines[_i].line);
	if (is_there)
		ck_assert_str_eq(full, lines[_i].full);
}
END_TEST

START_TEST(machine_tells_its_names_in_words)
{
	char text[MACHINE_TEXT_MAX], own[MACHINE_NAMES_MAX][TARGET_NAME_MAX];
	size_t i, n;

	machine_learn();
	n = machine_names(own);
	ck_assert_uint_le(n, MACHINE_NAMES_MAX);
	machine_describe_names(text);
	for (i = 0; i < n; i++)
		ck_assert_ptr_nonnull(strstr(text, own[i]));
	ck_assert_ptr_nonnull(strstr(text, "list the name that a proxy"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("names");
	TCase *tc = tcase_create("names");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc,
	    names_have_addresses_localhost_and_what_was_added, 0, COUNT(rows));
	tcase_add_test(tc, names_leave_out_what_is_no_name);
	tcase_add_test(tc, names_without_any_are_addresses_and_localhost);
	tcase_add_test(
	    tc, names_of_a_certificate_are_its_dns_names_or_its_common_name);
	tcase_add_test(tc, names_are_found_among_thousands);
	tcase_add_loop_test(tc,
	    machine_finds_its_full_name_in_a_line_of_etc_hosts, 0,
	    COUNT(lines));
	tcase_add_test(tc, machine_tells_its_names_in_words);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
