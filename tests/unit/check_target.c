/* SPDX-License-Identifier: ISC */
/* What a client may ask for, and what it may not even ask. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/target.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define DEFAULT_PORT 5901

#define TEN	     "abcdefghij"
#define FIFTY	     TEN TEN TEN TEN TEN

static const struct {
	const char *text;
	const char *canonical; /* NULL: refused, with error */
	int error;
} targets[] = {
    {"192.168.0.1", "192.168.0.1:5901", 0},
    {"192.168.0.1:5902", "192.168.0.1:5902", 0},
    {"[::1]", "[::1]:5901", 0},
    {"[::1]:5907", "[::1]:5907", 0},
    {"[2001:DB8::A]:80", "[2001:db8::a]:5980", 0},
    {"[::ffff:10.0.0.1]", "10.0.0.1:5901", 0},
    {"[::]", "[::]:5901", 0},
    {"host", "host:5901", 0},
    {"Host.Example", "host.example:5901", 0},
    {"host.example.", "host.example:5901", 0},
    {"host.example.:1", "host.example:5901", 0},
    {"a_b-c.d", "a_b-c.d:5901", 0},
    {"1host", "1host:5901", 0},
    {"3com.example:2", "3com.example:5902", 0},
    {"1.2.3.4.example", "1.2.3.4.example:5901", 0},
    {"0xyz", "0xyz:5901", 0},
    {"x0", "x0:5901", 0},
    {"fe80", "fe80:5901", 0},
    {"abcdef", "abcdef:5901", 0},
    /* display numbers, and the ports behind them */
    {"h:0", "h:5900", 0},
    {"h:2", "h:5902", 0},
    {"h:99", "h:5999", 0},
    {"h:100", "h:100", 0},
    {"h:65535", "h:65535", 0},
    {"h:65536", NULL, VB_ERANGE},
    {"h:99999", NULL, VB_ERANGE},
    {"h:123456", NULL, VB_ERANGE},
    {"h:18446744073709551617", NULL, VB_ERANGE},
    {"h:", NULL, VB_ESYNTAX},
    {"h:01", NULL, VB_ESYNTAX},
    {"h:00", NULL, VB_ESYNTAX},
    {"h:+1", NULL, VB_ESYNTAX},
    {"h:-1", NULL, VB_ESYNTAX},
    {"h: 1", NULL, VB_ESYNTAX},
    {"h:1 ", NULL, VB_ESYNTAX},
    {"h:0x1", NULL, VB_ESYNTAX},
    {"h:1:2", NULL, VB_ESYNTAX},
    {"h::1", NULL, VB_ESYNTAX},
    {"h:rfb", NULL, VB_ESYNTAX},
    /* numbers that inet_aton(3) would take */
    {"0", NULL, VB_ESYNTAX},
    {"127.1", NULL, VB_ESYNTAX},
    {"127.0.0.1.", NULL, VB_ESYNTAX},
    {"127.0.0.1..", NULL, VB_ESYNTAX},
    {"2130706433", NULL, VB_ESYNTAX},
    {"0x7f.1", NULL, VB_ESYNTAX},
    {"0x7f000001", NULL, VB_ESYNTAX},
    {"0X7F000001", NULL, VB_ESYNTAX},
    {"0x", NULL, VB_ESYNTAX},
    {"0177.0.0.1", NULL, VB_ESYNTAX},
    {"127.0.0.0x1", NULL, VB_ESYNTAX},
    {"foo.0x7f", NULL, VB_ESYNTAX},
    {"foo.1", NULL, VB_ESYNTAX},
    {"foo.1.", NULL, VB_ESYNTAX},
    {"256.256.256.256", NULL, VB_ESYNTAX},
    {"1.2.3.4.5", NULL, VB_ESYNTAX},
    /* brackets, colons, zones */
    {"::1", NULL, VB_ESYNTAX},
    {"::1:5901", NULL, VB_ESYNTAX},
    {"[::1]5901", NULL, VB_ESYNTAX},
    {"[::1", NULL, VB_ESYNTAX},
    {"::1]", NULL, VB_ESYNTAX},
    {"[]", NULL, VB_ESYNTAX},
    {"[", NULL, VB_ESYNTAX},
    {"]", NULL, VB_ESYNTAX},
    {"[]:1", NULL, VB_ESYNTAX},
    {"[[::1]]", NULL, VB_ESYNTAX},
    {"[::1]]", NULL, VB_ESYNTAX},
    {"[::1].example", NULL, VB_ESYNTAX},
    {"[127.0.0.1]", NULL, VB_ESYNTAX},
    {"[host]", NULL, VB_ESYNTAX},
    {"[fe80::1%lo]", NULL, VB_ESYNTAX},
    {"[fe80::1%251]", NULL, VB_ESYNTAX},
    {"fe80::1%lo", NULL, VB_ESYNTAX},
    {"[v1.x]", NULL, VB_ESYNTAX},
    /* names */
    {"", NULL, VB_ESYNTAX},
    {".", NULL, VB_ESYNTAX},
    {"..", NULL, VB_ESYNTAX},
    {".host", NULL, VB_ESYNTAX},
    {"host..example", NULL, VB_ESYNTAX},
    {"host..", NULL, VB_ESYNTAX},
    {"-host", NULL, VB_ESYNTAX},
    {"host-", NULL, VB_ESYNTAX},
    {"a.-b.c", NULL, VB_ESYNTAX},
    {":5901", NULL, VB_ESYNTAX},
    {" host", NULL, VB_ESYNTAX},
    {"host ", NULL, VB_ESYNTAX},
    {"ho st", NULL, VB_ESYNTAX},
    {"host\n", NULL, VB_ESYNTAX},
    {"host/path", NULL, VB_ESYNTAX},
    {"user@host", NULL, VB_ESYNTAX},
    {"host#x", NULL, VB_ESYNTAX},
    {"host?x", NULL, VB_ESYNTAX},
    {"host\\x", NULL, VB_ESYNTAX},
    {"host%2eexample", NULL, VB_ESYNTAX},
    {"*.example", NULL, VB_ESYNTAX},
    {"h\xc3\xb6st", NULL, VB_ESYNTAX},
    {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.1.1.1", NULL, VB_ESYNTAX},
    {"127\xe3\x80\x82"
     "0.0.1",
	NULL, VB_ESYNTAX},
    {"unix:/run/x", NULL, VB_ESYNTAX},
    {"../etc/passwd", NULL, VB_ESYNTAX},
    /* RFC 1035, 2.3.4: labels of 63 and names of 253 */
    {FIFTY TEN "abc", FIFTY TEN "abc:5901", 0},
    {FIFTY TEN "abcd", NULL, VB_ESYNTAX},
    {FIFTY "." FIFTY "." FIFTY "." FIFTY "." TEN TEN TEN TEN "abcdefghi",
	FIFTY "." FIFTY "." FIFTY "." FIFTY "." TEN TEN TEN TEN
	      "abcdefghi:5901",
	0},
    {FIFTY "." FIFTY "." FIFTY "." FIFTY "." TEN TEN TEN TEN "abcdefghi.",
	FIFTY "." FIFTY "." FIFTY "." FIFTY "." TEN TEN TEN TEN
	      "abcdefghi:5901",
	0},
    {FIFTY "." FIFTY "." FIFTY "." FIFTY "." FIFTY, NULL, VB_ESYNTAX},
};

START_TEST(target_parses_hosts_and_refuses_what_is_none)
{
	struct target t, zero = {0};
	char out[TARGET_TEXT_MAX];
	int result;

	memset(&t, 0xff, sizeof(t));
	result = target_parse(targets[_i].text, DEFAULT_PORT, &t);
	ck_assert_int_eq(result, targets[_i].error);
	if (result < 0) {
		ck_assert_mem_eq(&t, &zero, sizeof(t));
		return;
	}
	ck_assert_str_eq(target_format(&t, out), targets[_i].canonical);
	ck_assert((t.name[0] == '\0') == (t.addr.family != ADDR_NONE));
	ck_assert_int_eq(t.addr.port, 0);
}
END_TEST

START_TEST(target_canonical_text_parses_to_the_same_target)
{
	struct target t, again;
	char out[TARGET_TEXT_MAX];

	if (targets[_i].canonical == NULL)
		return;
	ck_assert_int_eq(
	    target_parse(targets[_i].canonical, DEFAULT_PORT, &t), 0);
	ck_assert_int_eq(t.has_port, 1);
	ck_assert_int_eq(
	    target_parse(target_format(&t, out), DEFAULT_PORT, &again), 0);
	ck_assert_mem_eq(&t, &again, sizeof(t));
}
END_TEST

START_TEST(target_without_a_port_takes_the_default)
{
	struct target t;

	ck_assert_int_eq(target_parse("h", 5999, &t), 0);
	ck_assert_int_eq(t.port, 5999);
	ck_assert_int_eq(t.has_port, 0);
	ck_assert_int_eq(target_parse("h:1", 5999, &t), 0);
	ck_assert_int_eq(t.port, 5901);
	ck_assert_int_eq(t.has_port, 1);
	/* never port 0, whatever the caller asks for */
	ck_assert_int_eq(target_parse("h", 0, &t), VB_ERANGE);
}
END_TEST

START_TEST(target_name_is_bounded_by_its_length_not_by_a_nul)
{
	char out[TARGET_NAME_MAX];

	ck_assert_int_eq(target_parse_name("Lab.example/x", 11, out), 0);
	ck_assert_str_eq(out, "lab.example");
	ck_assert_int_eq(target_parse_name("a\0b", 3, out), VB_ESYNTAX);
	ck_assert_int_eq(target_parse_name("a", 0, out), VB_ESYNTAX);
	ck_assert_int_eq(target_parse_name("127.1", 5, out), VB_ESYNTAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("target");
	TCase *tc = tcase_create("target");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, target_parses_hosts_and_refuses_what_is_none, 0,
	    COUNT(targets));
	tcase_add_loop_test(tc, target_canonical_text_parses_to_the_same_target,
	    0, COUNT(targets));
	tcase_add_test(tc, target_without_a_port_takes_the_default);
	tcase_add_test(tc, target_name_is_bounded_by_its_length_not_by_a_nul);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
