/* SPDX-License-Identifier: ISC */
/* Who may be dialled; what an author of SSRF attacks would try. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/broker/policy.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The rules of a policy: space between, "!" before a deny entry. */
static struct policy *
make_policy(const char *text)
{
	struct policy *p = policy_new();
	char copy[512], *word, *at = copy;
	struct rule r;

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_lt(strlen(text), sizeof(copy));
	strcpy(copy, text);
	while ((word = strsep(&at, " ")) != NULL) {
		if (*word == '\0')
			continue;
		ck_assert_int_eq(rule_parse(word + (*word == '!'), &r), 0);
		r.is_deny = *word == '!';
		ck_assert_int_eq(policy_add_rule(p, &r), 0);
	}
	return p;
}

static void
add_listener(struct policy *p, const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse_endpoint(text, 0, &a), 0);
	ck_assert_int_eq(policy_add_listener(p, &a), 0);
}

#define DEFAULT_RULES "127.0.0.1:5900-5999 [::1]:5900-5999"

#define NAME	      1 /* is_name_allowed */
#define LITERAL	      2 /* is_literal_target */
#define OWN	      4 /* is_own_host */

static const struct {
	const char *rules;
	const char *addr;
	int port;
	int flags;
	int is_allowed;
} questions[] = {
    /* nothing allows */
    {"", "10.0.0.1", 5901, 0, 0},
    {"", "127.0.0.1", 5901, 0, 0},
    {"!10.0.0.1", "10.0.0.2", 5901, 0, 0},
    /* the default */
    {DEFAULT_RULES, "127.0.0.1", 5900, 0, 1},
    {DEFAULT_RULES, "127.0.0.1", 5999, 0, 1},
    {DEFAULT_RULES, "127.0.0.1", 6000, 0, 0},
    {DEFAULT_RULES, "127.0.0.1", 22, 0, 0},
    {DEFAULT_RULES, "127.0.0.2", 5900, 0, 0},
    {DEFAULT_RULES, "::1", 5901, 0, 1},
    {DEFAULT_RULES, "::ffff:127.0.0.1", 5901, 0, 1},
    {DEFAULT_RULES, "::ffff:7f00:1", 5901, 0, 1},
    {DEFAULT_RULES, "10.0.0.1", 5901, 0, 0},
    {DEFAULT_RULES, "0.0.0.0", 5901, 0, 0},
    {DEFAULT_RULES, "::", 5901, 0, 0},
    {DEFAULT_RULES, "169.254.169.254", 5901, 0, 0},
    {DEFAULT_RULES, "::127.0.0.1", 5901, 0, 0},
    {DEFAULT_RULES, "64:ff9b::127.0.0.1", 5901, 0, 0},
    /* deny wins, on any port if it names none */
    {"10.0.0.0/24:* !10.0.0.1", "10.0.0.1", 5901, 0, 0},
    {"10.0.0.0/24:* !10.0.0.1", "10.0.0.1", 22, 0, 0},
    {"10.0.0.0/24:* !10.0.0.1", "::ffff:10.0.0.1", 22, 0, 0},
    {"10.0.0.0/24:* !10.0.0.1", "10.0.0.2", 22, 0, 1},
    {"10.0.0.0/24:* !10.0.0.1:22", "10.0.0.1", 5901, 0, 1},
    {"!10.0.0.1 10.0.0.0/24", "10.0.0.1", 5901, 0, 0},
    {"10.0.0.1 !10.0.0.0/8", "10.0.0.1", 5901, 0, 0},
    {"10.0.0.1 !*", "10.0.0.1", 5901, 0, 0},
    {"10.0.0.1 !10.0.0.1", "10.0.0.1", 5901, NAME | LITERAL, 0},
    {"!10.0.0.1", "10.0.0.1", 5901, LITERAL, 0},
    /* what is denied in v4 is so inside v6 */
    {"*:* !10.0.0.1", "64:ff9b::10.0.0.1", 5901, 0, 0},
    {"*:* !10.0.0.0/8", "2002:a00:1::5", 5901, 0, 0},
    {"*:* !10.0.0.1", "::ffff:0:10.0.0.1", 5901, 0, 0},
    {"*:* !10.0.0.1", "64:ff9b::10.0.0.2", 5901, 0, 1},
    /* and what is allowed in v4 is not */
    {"10.0.0.1", "64:ff9b::10.0.0.1", 5901, 0, 0},
    {"10.0.0.1", "2002:a00:1::", 5901, 0, 0},
    {"64:ff9b::/96", "64:ff9b::10.0.0.1", 5901, 0, 1},
    {"64:ff9b::/96", "64:ff9b::169.254.169.254", 5901, 0, 0},
    /* special addresses: an entry for the very one */
    {"*:*", "169.254.169.254", 80, 0, 0},
    {"0.0.0.0/0:*", "169.254.169.254", 80, 0, 0},
    {"169.254.0.0/16:*", "169.254.169.254", 80, 0, 0},
    {"169.254.169.254/31:*", "169.254.169.254", 80, 0, 0},
    {"169.254.169.254:*", "169.254.169.254", 80, 0, 1},
    {"169.254.169.254:*", "::ffff:169.254.169.254", 80, 0, 1},
    {"169.254.169.254", "169.254.169.254", 80, 0, 0},
    {"169.254.169.254:*", "169.254.169.253", 80, 0, 0},
    {"169.254.169.254:* !169.254.0.0/16", "169.254.169.254", 80, 0, 0},
    {"*:*", "169.254.169.254", 80, NAME, 0},
    {"", "169.254.169.254", 80, LITERAL, 1},
    {"*:*", "0.0.0.0", 5901, NAME, 0},
    {"*:*", "0.0.0.1", 5901, 0, 0},
    {"*:*", "::", 5901, 0, 0},
    {"*:*", "::ffff:0.0.0.0", 5901, 0, 0},
    {"*:*", "fe80::1", 5901, 0, 0},
    {"fe80::/10", "fe80::1", 5901, 0, 0},
    {"fe80::1", "fe80::1", 5901, 0, 1},
    {"*:*", "224.0.0.1", 5901, 0, 0},
    {"*:*", "ff02::1", 5901, 0, 0},
    {"*:*", "255.255.255.255", 5901, 0, 0},
    {"*:*", "250.1.1.1", 5901, 0, 0},
    {"*:*", "::10.0.0.1", 5901, 0, 0},
    {"*:*", "64:ff9b::a9fe:a9fe", 80, 0, 0},
    {"*:*", "64:ff9b:1::a9fe:a9fe", 80, 0, 0},
    {"*:*", "2002:a9fe:a9fe::", 80, 0, 0},
    {"*:*", "2001:0:1:2:3:4:5601:5601", 80, 0, 0},
    {"*:*", "fd00:ec2::254", 80, 0, 0},
    {"[fd00::/8]:*", "fd00:ec2::254", 80, 0, 0},
    {"*:*", "100.100.100.200", 80, 0, 0},
    {"*:*", "168.63.129.16", 80, 0, 0},
    /* loopback is never reached through an allowed name alone */
    {"", "127.0.0.1", 5901, NAME, 0},
    {"", "127.8.8.8", 5901, NAME, 0},
    {"", "::1", 5901, NAME, 0},
    {"", "::ffff:127.0.0.1", 5901, NAME, 0},
    {"127.0.0.1", "127.0.0.1", 5901, NAME, 1},
    {"127.0.0.1", "127.0.0.1", 22, NAME, 0},
    {"127.0.0.1", "127.0.0.2", 5901, NAME, 0},
    {"", "127.0.0.1", 5901, LITERAL, 1},
    {"*", "127.0.0.1", 5901, NAME, 1},
    /* other addresses are */
    {"", "10.0.0.1", 5901, NAME, 1},
    {"", "2001:db8::1", 5901, NAME, 1},
    {"!10.0.0.0/8", "10.0.0.1", 5901, NAME, 0},
    {"", "10.0.0.1", 5901, LITERAL, 1},
    {"*:*", "10.0.0.1", 0, 0, 0},
    /* the daemon's own listeners, see add_listeners */
    {"*:*", "127.0.0.1", 6080, 0, 0},
    {"*:*", "127.0.0.2", 6080, 0, 0},
    {"*:*", "::1", 6080, 0, 0},
    {"*:*", "::ffff:127.0.0.1", 6080, 0, 0},
    {"0.0.0.0:*", "0.0.0.0", 6080, 0, 0},
    {"[::]:*", "::", 6080, 0, 0},
    {"*:* 10.0.0.5:*", "10.0.0.5", 6080, OWN, 0},
    {"10.0.0.5:*", "10.0.0.5", 6080, OWN | LITERAL | NAME, 0},
    {"*:*", "10.0.0.6", 6080, 0, 1},
    {"*:*", "2001:db8::5", 6080, OWN, 0},
    {"*:*", "10.0.0.5", 6081, OWN, 1},
    {"*:*", "10.0.0.5", 7080, 0, 0},
    {"*:*", "::ffff:10.0.0.5", 7080, 0, 0},
    {"*:*", "64:ff9b::10.0.0.5", 7080, 0, 0},
    {"*:*", "10.0.0.6", 7080, 0, 1},
    {"*:*", "2001:db8::7", 7081, 0, 0},
    {"*:*", "127.0.0.9", 7082, 0, 0},
    {"0.0.0.0:*", "0.0.0.0", 7082, 0, 0},
    {"*:*", "127.0.0.1", 7082, 0, 1},
};

START_TEST(policy_judges_addresses)
{
	struct policy *p = make_policy(questions[_i].rules);
	struct policy_question q;
	struct policy_why why = {NULL, NULL};
	int verdict;

	add_listener(p, "0.0.0.0:6080");
	add_listener(p, "10.0.0.5:7080");
	add_listener(p, "[2001:db8::7]:7081");
	add_listener(p, "127.0.0.9:7082");
	memset(&q, 0, sizeof(q));
	ck_assert_int_eq(addr_parse_ip(questions[_i].addr, &q.addr), 0);
	q.port = (uint16_t)questions[_i].port;
	q.is_name_allowed = (questions[_i].flags & NAME) != 0;
	q.is_literal_target = (questions[_i].flags & LITERAL) != 0;
	q.is_own_host = (questions[_i].flags & OWN) != 0;
	verdict = policy_check_addr(p, &q, &why);
	ck_assert_msg(verdict ==
		(questions[_i].is_allowed ? POLICY_ALLOWED : POLICY_DENIED),
	    "rules \"%s\", %s port %d flags %d: %d (%s)", questions[_i].rules,
	    questions[_i].addr, questions[_i].port, questions[_i].flags,
	    verdict, why.text != NULL ? why.text : "no reason");
	ck_assert_ptr_nonnull(why.text);
	policy_free(p);
}
END_TEST

static const struct {
	const char *rules;
	const char *name;
	int port;
	int is_target;
	enum policy_verdict verdict;
} names[] = {
    {"", "lab", 5901, 0, POLICY_DENIED},
    {"", "lab", 5901, 1, POLICY_ALLOWED},
    {"!lab", "lab", 5901, 1, POLICY_DENIED},
    {"lab", "lab", 5901, 0, POLICY_ALLOWED},
    {"lab", "lab", 22, 0, POLICY_DENIED},
    {"lab", "lab2", 5901, 0, POLICY_DENIED},
    {"lab !lab", "lab", 5901, 0, POLICY_DENIED},
    {"lab !*", "lab", 5901, 0, POLICY_DENIED},
    {"*:* !lab", "lab", 22, 0, POLICY_DENIED},
    {"*:* !lab:5901", "lab", 22, 0, POLICY_ALLOWED},
    {"*:* !*:22", "lab", 22, 0, POLICY_DENIED},
    {"*.lab !x.lab", "y.lab", 5901, 0, POLICY_ALLOWED},
    {"*.lab !x.lab", "x.lab", 5901, 0, POLICY_DENIED},
    {DEFAULT_RULES, "localhost", 5901, 0, POLICY_UNDECIDED},
    {DEFAULT_RULES, "localhost", 22, 0, POLICY_DENIED},
    {"10.0.0.0/8:*", "lab", 22, 0, POLICY_UNDECIDED},
    {"!10.0.0.0/8:*", "lab", 22, 0, POLICY_DENIED},
};

START_TEST(policy_judges_names)
{
	struct policy *p = make_policy(names[_i].rules);
	struct policy_why why = {NULL, NULL};

	ck_assert_int_eq(
	    policy_check_name(p, names[_i].name, (uint16_t)names[_i].port,
		names[_i].is_target, &why),
	    names[_i].verdict);
	ck_assert(names[_i].verdict != POLICY_DENIED || why.text != NULL);
	policy_free(p);
}
END_TEST

START_TEST(policy_asks_for_own_host_only_where_a_wildcard_listens)
{
	struct policy *p = policy_new();

	add_listener(p, "10.0.0.1:6080");
	ck_assert(!policy_needs_own_host(p, 6080));
	add_listener(p, "[::]:6081");
	add_listener(p, "0.0.0.0:6082");
	ck_assert(policy_needs_own_host(p, 6081));
	ck_assert(policy_needs_own_host(p, 6082));
	ck_assert(!policy_needs_own_host(p, 6083));
	policy_free(p);
}
END_TEST

START_TEST(policy_lists_the_ports_of_allow_once_and_in_order)
{
	struct policy *p =
	    make_policy("10.0.0.1:80 a:5-7 *:6 !b:9 c:65535 10.0.0.2:80");
	static const uint16_t wanted[] = {5, 6, 7, 80, 65535};
	uint16_t ports[COUNT(wanted)];

	ck_assert_int_eq(
	    policy_ports(p, ports, COUNT(ports)), (int)COUNT(wanted));
	ck_assert_mem_eq(ports, wanted, sizeof(wanted));
	ck_assert_int_eq(policy_ports(p, ports, COUNT(ports) - 1), VB_EFULL);
	policy_free(p);
}
END_TEST

START_TEST(policy_of_every_port_is_more_than_a_list)
{
	struct policy *p = make_policy("*:*");
	static uint16_t ports[65535];

	ck_assert_int_eq(policy_ports(p, ports, 4096), VB_EFULL);
	ck_assert_int_eq(policy_ports(p, ports, COUNT(ports)), 65535);
	ck_assert_int_eq(ports[0], 1);
	ck_assert_int_eq(ports[65534], 65535);
	policy_free(p);
	policy_free(NULL);
}
END_TEST

/* What decided is an entry as it was written, or none. */
static const struct {
	const char *rules;
	const char *what; /* an address, or a name */
	int flags;
	const char *entry; /* NULL: none */
} deciders[] = {
    {"10.0.0.0/8 10.0.0.1", "10.0.0.1", 0, "10.0.0.0/8"},
    {"10.0.0.0/8 !10.0.0.1 !10.0.0.0/24", "10.0.0.1", 0, "10.0.0.1"},
    {"10.0.0.0/8 !10.0.0.0/24", "10.0.0.1", 0, "10.0.0.0/24"},
    {"10.0.0.0/8", "10.0.0.1", NAME, NULL},
    {"10.0.0.0/8", "10.0.0.1", LITERAL, NULL},
    {"10.0.0.0/8 !10.0.0.0/24", "10.0.0.1", LITERAL, "10.0.0.0/24"},
    {"10.0.0.0/8", "11.0.0.1", 0, NULL},
    {"127.0.0.0/8", "127.0.0.1", NAME, "127.0.0.0/8"},
    {"169.254.0.0/16 169.254.0.1", "169.254.0.1", 0, "169.254.0.1"},
    {"*.lab.example:5901 desk", "desk.lab.example", 0, "*.lab.example:5901"},
    {"desk !*", "desk", 0, "*"},
    {"10.0.0.0/8", "desk", 0, NULL},
    {"", "desk", 0, NULL},
};

START_TEST(policy_tells_which_entry_decided)
{
	struct policy *p = make_policy(deciders[_i].rules);
	struct policy_question q = {.port = 5901,
	    .is_name_allowed = (deciders[_i].flags & NAME) != 0,
	    .is_literal_target = (deciders[_i].flags & LITERAL) != 0};
	char text[RULE_TEXT_MAX];
	struct policy_why why;

	if (addr_parse_ip(deciders[_i].what, &q.addr) == 0)
		(void)!policy_check_addr(p, &q, &why);
	else
		(void)!policy_check_name(p, deciders[_i].what, 5901, 0, &why);
	if (deciders[_i].entry == NULL)
		ck_assert_ptr_null(why.rule);
	else {
		ck_assert_ptr_nonnull(why.rule);
		ck_assert_str_eq(
		    rule_format(why.rule, text), deciders[_i].entry);
	}
	policy_free(p);
}
END_TEST

START_TEST(policy_refuses_an_address_of_no_family)
{
	struct policy *p = make_policy("*:*");
	struct policy_question q = {.port = 5901, .is_literal_target = 1};
	struct policy_why why;

	ck_assert_int_eq(policy_check_addr(p, &q, &why), POLICY_DENIED);
	policy_free(p);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tc = tcase_create("policy");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, policy_judges_addresses, 0, COUNT(questions));
	tcase_add_loop_test(tc, policy_judges_names, 0, COUNT(names));
	tcase_add_test(
	    tc, policy_asks_for_own_host_only_where_a_wildcard_listens);
	tcase_add_test(tc, policy_lists_the_ports_of_allow_once_and_in_order);
	tcase_add_test(tc, policy_of_every_port_is_more_than_a_list);
	tcase_add_loop_test(
	    tc, policy_tells_which_entry_decided, 0, COUNT(deciders));
	tcase_add_test(tc, policy_refuses_an_address_of_no_family);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
