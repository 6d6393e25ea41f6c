/* SPDX-License-Identifier: ISC */
/* Entries of allow and deny. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rule.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text;
	int result;
	enum rule_kind kind;
	const char *host; /* address or name */
	int bits;
	int first, last;
} rules[] = {
    {"127.0.0.1", 0, RULE_PREFIX, "127.0.0.1", 32, 5900, 5999},
    {"127.0.0.1:5901", 0, RULE_PREFIX, "127.0.0.1", 32, 5901, 5901},
    {"127.0.0.1:5900-5999", 0, RULE_PREFIX, "127.0.0.1", 32, 5900, 5999},
    {"127.0.0.1:*", 0, RULE_PREFIX, "127.0.0.1", 32, 1, 65535},
    {"127.0.0.1:1-65535", 0, RULE_PREFIX, "127.0.0.1", 32, 1, 65535},
    {"127.0.0.1:1", 0, RULE_PREFIX, "127.0.0.1", 32, 1, 1},
    {"10.0.0.0/24:5900-5910", 0, RULE_PREFIX, "10.0.0.0", 24, 5900, 5910},
    {"0.0.0.0/0", 0, RULE_PREFIX, "0.0.0.0", 0, 5900, 5999},
    {"10.0.0.1/32", 0, RULE_PREFIX, "10.0.0.1", 32, 5900, 5999},
    {"[::1]:5900-5999", 0, RULE_PREFIX, "::1", 128, 5900, 5999},
    {"[::1]", 0, RULE_PREFIX, "::1", 128, 5900, 5999},
    {"::1", 0, RULE_PREFIX, "::1", 128, 5900, 5999},
    {"::/0", 0, RULE_PREFIX, "::", 0, 5900, 5999},
    {"2001:db8::/32", 0, RULE_PREFIX, "2001:db8::", 32, 5900, 5999},
    {"[2001:DB8::/32]:5900-5910", 0, RULE_PREFIX, "2001:db8::", 32, 5900, 5910},
    {"[fe80::1]:5901", 0, RULE_PREFIX, "fe80::1", 128, 5901, 5901},
    {"[::ffff:10.0.0.0/104]:1", 0, RULE_PREFIX, "10.0.0.0", 8, 1, 1},
    {"::ffff:10.0.0.1", 0, RULE_PREFIX, "10.0.0.1", 32, 5900, 5999},
    {"::ffff:0:0/96", 0, RULE_PREFIX, "0.0.0.0", 0, 5900, 5999},
    {"lab", 0, RULE_NAME, "lab", 0, 5900, 5999},
    {"Lab.Example.:5901", 0, RULE_NAME, "lab.example", 0, 5901, 5901},
    {"*.Lab.example:5901", 0, RULE_SUFFIX, ".lab.example", 0, 5901, 5901},
    {"*.example", 0, RULE_SUFFIX, ".example", 0, 5900, 5999},
    {"*", 0, RULE_ANY, "", 0, 5900, 5999},
    {"*:*", 0, RULE_ANY, "", 0, 1, 65535},
    {"*:22", 0, RULE_ANY, "", 0, 22, 22},
    /* what is meant cannot be guessed */
    {"10.0.0.1/24", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"10.0.0.0/7", 0, RULE_PREFIX, "10.0.0.0", 7, 5900, 5999},
    {"10.0.0.0/6", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"0.0.0.1/0", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"2001:db8::1/32", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"::1/127", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"::ffff:10.0.0.0/95", VB_ERANGE, 0, NULL, 0, 0, 0},
    {"::ffff:10.0.0.0/8", VB_ERANGE, 0, NULL, 0, 0, 0},
    {"10.0.0.0/33", VB_ERANGE, 0, NULL, 0, 0, 0},
    {"::/129", VB_ERANGE, 0, NULL, 0, 0, 0},
    {"10.0.0.0/", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"10.0.0.0/-1", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"10.0.0.0/08", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"10.0.0.0/8/8", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"10.0.0.0/255.0.0.0", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"10/8", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"10.0.0/24", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"lab/24", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"[::1]/128", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"127.1", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"0x7f.1", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"0", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"[127.0.0.1]", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"[lab]", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"[*]", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"[::1", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"[::1]x", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"[]:1", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"fe80::1%lo", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"a:b:c", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {":5901", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"*lab", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"*.", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"*.*", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"a.*.b", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"**", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"*.1", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"lab example", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"lab:", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"lab:x", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"lab:**", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"lab:1-", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"lab:-1", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"lab:1-2-3", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"lab:1,2", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"lab:1 - 2", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"lab:65535-65535x", VB_ESYNTAX, 0, NULL, 0, 0, 0},
    {"lab:0", VB_ERANGE, 0, NULL, 0, 0, 0},
    {"lab:0-5", VB_ERANGE, 0, NULL, 0, 0, 0},
    {"lab:2-1", VB_ERANGE, 0, NULL, 0, 0, 0},
    {"lab:65536", VB_ERANGE, 0, NULL, 0, 0, 0},
    {"lab:1-65536", VB_ERANGE, 0, NULL, 0, 0, 0},
};

START_TEST(rule_parses_entries_and_guesses_nothing)
{
	struct rule r, zero = {0}, again;
	char host[ADDR_TEXT_MAX], text[RULE_TEXT_MAX];
	int result;

	memset(&r, 0xff, sizeof(r));
	result = rule_parse(rules[_i].text, &r);
	ck_assert_msg(
	    result == rules[_i].result, "%s: %d", rules[_i].text, result);
	if (result < 0) {
		ck_assert_mem_eq(&r, &zero, sizeof(r));
		return;
	}
	/* what is written of it says the same */
	ck_assert_int_eq(rule_parse(rule_format(&r, text), &again), 0);
	ck_assert_mem_eq(&r, &again, sizeof(r));
	ck_assert_int_eq(r.kind, rules[_i].kind);
	ck_assert_int_eq(r.is_deny, 0);
	ck_assert_int_eq(r.port_first, rules[_i].first);
	ck_assert_int_eq(r.port_last, rules[_i].last);
	if (r.kind != RULE_PREFIX) {
		ck_assert_str_eq(r.name, rules[_i].host);
		ck_assert_int_eq(r.addr.family, ADDR_NONE);
		ck_assert_int_eq(r.is_exact, 0);
		return;
	}
	ck_assert_str_eq(addr_format_ip(&r.addr, host), rules[_i].host);
	ck_assert_int_eq(r.bits, rules[_i].bits);
	ck_assert_int_eq(
	    r.is_exact, r.bits == (r.addr.family == ADDR_V4 ? 32 : 128));
}
END_TEST

static struct rule
parse(const char *text)
{
	struct rule r;

	ck_assert_int_eq(rule_parse(text, &r), 0);
	return r;
}

static const struct {
	const char *rule;
	const char *name;
	int port;
	int is_match;
} names[] = {
    {"lab", "lab", 5900, 1},
    {"lab", "lab", 5999, 1},
    {"lab", "lab", 5899, 0},
    {"lab", "lab", 6000, 0},
    {"lab", "lab2", 5900, 0},
    {"lab", "la", 5900, 0},
    {"lab", "x.lab", 5900, 0},
    {"lab:22", "lab", 22, 1},
    {"lab:22", "lab", 23, 0},
    {"*.lab.example", "a.lab.example", 5900, 1},
    {"*.lab.example", "a.b.lab.example", 5900, 1},
    {"*.lab.example", "lab.example", 5900, 0},
    {"*.lab.example", ".lab.example", 5900, 0},
    {"*.lab.example", "xlab.example", 5900, 0},
    {"*.lab.example", "a.lab.example.com", 5900, 0},
    {"*.lab.example", "evil.com", 5900, 0},
    {"*", "anything", 5900, 1},
    {"*", "anything", 22, 0},
    {"*:*", "anything", 22, 1},
    {"0.0.0.0/0:*", "lab", 5900, 0},
    {"::/0", "lab", 5900, 0},
};

START_TEST(rule_covers_names)
{
	struct rule r = parse(names[_i].rule);

	ck_assert_int_eq(
	    rule_matches_name(&r, names[_i].name, (uint16_t)names[_i].port),
	    names[_i].is_match);
}
END_TEST

static const struct {
	const char *rule;
	const char *addr;
	int port;
	int is_match;
} addrs[] = {
    {"10.0.0.0/24:5900-5910", "10.0.0.1", 5900, 1},
    {"10.0.0.0/24:5900-5910", "10.0.0.255", 5910, 1},
    {"10.0.0.0/24:5900-5910", "10.0.0.1", 5911, 0},
    {"10.0.0.0/24:5900-5910", "10.0.1.0", 5900, 0},
    {"10.0.0.0/24:5900-5910", "::ffff:10.0.0.1", 5900, 1},
    {"::ffff:10.0.0.0/104", "10.9.9.9", 5900, 1},
    {"127.0.0.1", "127.0.0.2", 5900, 0},
    {"::1", "::1", 5900, 1},
    {"::1", "127.0.0.1", 5900, 0},
    {"0.0.0.0/0", "::1", 5900, 0},
    {"::/0", "127.0.0.1", 5900, 0},
    {"::/0", "::ffff:127.0.0.1", 5900, 0},
    {"*", "127.0.0.1", 5900, 1},
    {"*", "::1", 5900, 1},
    {"*", "::1", 22, 0},
    {"lab", "10.0.0.1", 5900, 0},
    {"*.lab", "10.0.0.1", 5900, 0},
};

START_TEST(rule_covers_addresses)
{
	struct rule r = parse(addrs[_i].rule);
	struct addr a;

	ck_assert_int_eq(addr_parse_ip(addrs[_i].addr, &a), 0);
	ck_assert_int_eq(rule_matches_addr(&r, &a, (uint16_t)addrs[_i].port),
	    addrs[_i].is_match);
}
END_TEST

START_TEST(rule_of_deny_without_ports_is_for_every_port)
{
	struct rule r = parse("10.0.0.1");
	struct addr a;

	ck_assert_int_eq(addr_parse_ip("10.0.0.1", &a), 0);
	ck_assert(!rule_matches_addr(&r, &a, 22));
	r.is_deny = 1;
	ck_assert(rule_matches_addr(&r, &a, 22));
	ck_assert(rule_matches_addr(&r, &a, 5900));
	r = parse("10.0.0.1:5900-5999");
	r.is_deny = 1;
	ck_assert(!rule_matches_addr(&r, &a, 22));
}
END_TEST

START_TEST(rule_takes_the_longest_name)
{
	char text[300], name[TARGET_NAME_MAX];
	struct rule r;
	size_t i;

	for (i = 0; i < 253; i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	name[253] = '\0';
	snprintf(text, sizeof(text), "*.%s:1-65535", name);
	ck_assert_int_eq(rule_parse(text, &r), 0);
	ck_assert_str_eq(r.name + 1, name);
	snprintf(text, sizeof(text), "*.%sa", name);
	ck_assert_int_eq(rule_parse(text, &r), VB_ESYNTAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rule");
	TCase *tc = tcase_create("rule");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, rule_parses_entries_and_guesses_nothing, 0, COUNT(rules));
	tcase_add_loop_test(tc, rule_covers_names, 0, COUNT(names));
	tcase_add_loop_test(tc, rule_covers_addresses, 0, COUNT(addrs));
	tcase_add_test(tc, rule_of_deny_without_ports_is_for_every_port);
	tcase_add_test(tc, rule_takes_the_longest_name);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
