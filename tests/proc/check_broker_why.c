/* SPDX-License-Identifier: ISC */
/*
 * WHY: what is said of an OPEN is what comes of it, in code and words, and
 * nothing is taken or dialled for it.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ipc.h"
#include "tests/proc/broker_login_rig.h"

#define TEST_SEC   60
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define WHY_COOKIE 77

static struct msg_opened opened;
static struct msg_whyed whyed;

static void
why(struct rig *rig, const char *client, const char *user, const char *groups,
    const char *target)
{
	struct msg_why ask;

	memset(&ask, 0, sizeof(ask));
	ask.cookie = WHY_COOKIE;
	ck_assert_int_eq(addr_parse_ip(client, &ask.client), 0);
	strlcpy(ask.user, user, sizeof(ask.user));
	strlcpy(ask.groups, groups, sizeof(ask.groups));
	strlcpy(ask.target, target, sizeof(ask.target));
	rig_why(rig, &ask, &whyed);
	ck_assert_uint_eq(whyed.cookie, WHY_COOKIE);
	ck_assert(PROTO_IS_TEXT(whyed.reason) && PROTO_IS_TEXT(whyed.rule) &&
	    PROTO_IS_TEXT(whyed.why) && PROTO_IS_TEXT(whyed.target));
}

/* PORT stands for the target's port. */
static const struct {
	const char *rules;
	const char *targets; /* as access_targets; NULL: no section */
	const char *from;
	const char *client;
	const char *target;
	uint32_t code;
	const char *rule;
	const char *words; /* in why */
} cases[] = {
    {"127.0.0.1:*", NULL, NULL, RIG_CLIENT, "127.0.0.1:PORT", 0,
	"allow 127.0.0.1:1-65535", "no access sections"},
    {"127.0.0.0/8:*", NULL, NULL, RIG_CLIENT, "localhost:PORT", 0,
	"allow 127.0.0.0/8:1-65535", ""},
    {"127.0.0.0/8:* !127.0.0.1", NULL, NULL, RIG_CLIENT, "127.0.0.1:PORT", 4520,
	"deny 127.0.0.1", "denied by an entry"},
    {"10.0.0.0/8", NULL, NULL, RIG_CLIENT, "127.0.0.1:PORT", 4520, "",
	"no entry allows it"},
    {"10.0.0.0/8:22", NULL, NULL, RIG_CLIENT, "desk.invalid:PORT", 4520, "",
	"no entry allows it"},
    {"*.invalid:* !desk.invalid", NULL, NULL, RIG_CLIENT, "desk.invalid:PORT",
	4520, "deny desk.invalid", "denied by an entry"},
    {"10.0.0.0/8", NULL, NULL, RIG_CLIENT, "a b", 4520, "", "no host and port"},
    {"10.0.0.0/8", NULL, NULL, RIG_CLIENT, "a:99999", 4520, "",
	"no host and port"},
    {"0.0.0.0/0:*", NULL, NULL, RIG_CLIENT, "169.254.169.254", 4520, "",
	"link-local"},
    {"127.0.0.1:*", "*", NULL, RIG_CLIENT, "127.0.0.1:PORT", 0,
	"access section", "access section grants it"},
    {"127.0.0.1:*", "=lab1", NULL, RIG_CLIENT, "LAB1", 0, "access section", ""},
    {"127.0.0.1:*", "=lab1", NULL, RIG_CLIENT, "127.0.0.1:PORT", 0,
	"access section", ""},
    {"", NULL, NULL, RIG_CLIENT, "lab1", 0, "target lab1", ""},
    {"!127.0.0.1", NULL, NULL, RIG_CLIENT, "lab1", 4520, "deny 127.0.0.1", ""},
    {"127.0.0.1:*", "10.0.0.0/8", NULL, RIG_CLIENT, "127.0.0.1:PORT", 4520, "",
	"access section (line 41) does not have that target"},
    {"127.0.0.1:*", "10.0.0.0/8", NULL, RIG_CLIENT, "localhost:PORT", 4520, "",
	"access section (line 41) does not have that target"},
    {"127.0.0.1:*", "*", "198.51.100.0/24", RIG_CLIENT, "127.0.0.1:PORT", 4520,
	"", "access section (line 41) is not for that address"},
    {"127.0.0.1:*", "*", "2001:db8::/32", "2001:db8::7", "127.0.0.1:PORT", 0,
	"access section", ""},
    {"*.invalid:*", "127.0.0.1", NULL, RIG_CLIENT, "desk.invalid:PORT", 4520,
	"", "does not have that target"},
};

static void
write_target(const char *text, uint16_t port, char out[TARGET_TEXT_MAX])
{
	const char *mark = strstr(text, "PORT");

	if (mark == NULL)
		snprintf(out, TARGET_TEXT_MAX, "%s", text);
	else
		snprintf(out, TARGET_TEXT_MAX, "%.*s%u", (int)(mark - text),
		    text, port);
}

START_TEST(broker_says_what_comes_of_it)
{
	struct rig_target list[] = {{"lab1", NULL, 0}, {NULL, NULL, 0}};
	char target[TARGET_TEXT_MAX];
	struct pair p;

	pair_start(&p, NULL);
	list[0].address = p.text;
	p.conf.targets = strcasecmp(cases[_i].target, "lab1") == 0 ||
		(cases[_i].targets != NULL && cases[_i].targets[0] == '=')
	    ? list
	    : NULL;
	p.conf.rules = cases[_i].rules[0] == '\0' ? NULL : cases[_i].rules;
	p.conf.access_targets = cases[_i].targets;
	p.conf.access_from = cases[_i].from;
	p.conf.is_unsandboxed = 1; /* of other ports than at the start */
	rig_stop(&p.rig);
	p.rig = rig_start(&p.conf);
	p.workers[0] = rig_add_worker(&p.rig, 0);
	p.workers[1] = rig_add_worker(&p.rig, 1);
	write_target(cases[_i].target, p.port, target);
	why(&p.rig, cases[_i].client, "", "", target);
	ck_assert_msg(whyed.code == cases[_i].code, "%u: %s: %s", whyed.code,
	    whyed.reason, whyed.why);
	ck_assert_str_eq(whyed.rule, cases[_i].rule);
	ck_assert_msg(
	    strstr(whyed.why, cases[_i].words) != NULL, "%s", whyed.why);
	ck_assert_int_eq(has_connection(p.listener), 0);
	ck_assert_uint_eq(rig_count(&p.rig), 0);
	worker_use_client(cases[_i].client);
	ck_assert_uint_eq(
	    worker_try(p.workers[0], 1, target, &opened), whyed.code);
	worker_use_client(RIG_CLIENT);
	ck_assert_str_eq(opened.reason, whyed.reason);
	if (whyed.target[0] != '\0')
		ck_assert_str_eq(opened.target, whyed.target);
	if (whyed.code == 0)
		ck_assert(addr_is_same_endpoint(&opened.addr, &whyed.addr));
	rig_stop(&p.rig);
}
END_TEST

/* Each with one session that is there, and what is said of the next. */
static const struct {
	const char *what;
	uint32_t code;
	const char *rule;
} limits[] = {
    {"max-sessions", 4522, "max-sessions"},
    {"max-sessions-of-address", 4522, "max-sessions-of-address"},
    {"of target", 4522, "target lab1"},
    {"exclusive", 4510, "target lab1"},
    {"of section", 4522, "access section"},
    {"none", 0, "target lab1"},
};

static int
is_limit(int i, const char *what)
{
	return strcmp(limits[i].what, what) == 0;
}

START_TEST(broker_says_which_limit_is_reached)
{
	struct rig_target list[] = {{"lab1", NULL, 0}, {NULL, NULL, 0}};
	struct pair p;
	int i;

	pair_start(&p, NULL);
	list[0].address = p.text;
	list[0].is_exclusive = is_limit(_i, "exclusive");
	p.conf.targets = list;
	p.conf.max_sessions = is_limit(_i, "max-sessions");
	p.conf.max_sessions_of_address =
	    is_limit(_i, "max-sessions-of-address");
	p.conf.targets_max_sessions = is_limit(_i, "of target");
	p.conf.access_max_sessions = is_limit(_i, "of section");
	p.conf.access_targets = is_limit(_i, "of section") ? "*" : NULL;
	rig_configure(&p.rig, &p.conf);
	for (i = 0; i < 2; i++) /* what they hold has been heard */
		worker_expect_silence(p.workers[i]);
	for (i = 0; i < 5; i++) { /* it takes no place by being asked */
		why(&p.rig, RIG_CLIENT, "", "", "lab1");
		ck_assert_uint_eq(whyed.code, 0);
	}
	ck_assert_uint_eq(worker_try(p.workers[0], 1, "lab1", &opened), 0);
	why(&p.rig, RIG_CLIENT, "", "", "lab1");
	ck_assert_uint_eq(whyed.code, limits[_i].code);
	ck_assert_str_eq(whyed.rule, limits[_i].rule);
	ck_assert_uint_eq(
	    worker_try(p.workers[1], 2, "lab1", &opened), whyed.code);
	ck_assert_str_eq(opened.reason, whyed.reason);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_says_so_while_it_drains)
{
	struct pair p;

	pair_start(&p, NULL);
	rig_drain(&p.rig);
	why(&p.rig, RIG_CLIENT, "", "", p.text);
	ck_assert_uint_eq(whyed.code, 4580);
	rig_stop(&p.rig);
}
END_TEST

/* ---- where people log in ---- */

START_TEST(broker_says_it_for_a_user_with_groups)
{
	struct rig *rig = &login.pair.rig;

	login.pair.conf.access_targets = "*";
	login.pair.conf.access_users = "alice @staff";
	login.pair.conf.max_sessions_of_user = 1;
	login_configure();
	why(rig, RIG_CLIENT, "", "", login.pair.text);
	ck_assert_uint_eq(whyed.code, 4521);
	ck_assert_str_eq(whyed.reason, "you are not logged in");
	why(rig, RIG_CLIENT, "bob", "lab", login.pair.text);
	ck_assert_uint_eq(whyed.code, 4520);
	ck_assert_str_eq(
	    whyed.why, "access section (line 41) is not for that user");
	why(rig, RIG_CLIENT, "bob", "lab,staff", login.pair.text);
	ck_assert_uint_eq(whyed.code, 0);
	ck_assert_str_eq(whyed.rule, "access section");
	ck_assert_uint_eq(whyed.line, 41);
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 1, ALICE, "alice", ""), 0);
	why(rig, RIG_CLIENT, "alice", "", login.pair.text);
	ck_assert_uint_eq(whyed.code, 4522);
	ck_assert_str_eq(whyed.rule, "max-sessions-of-user");
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 2, ALICE_2, "alice", ""),
	    4522);
	ck_assert_str_eq(login.opened.reason, whyed.reason);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker");
	TCase *tc = tcase_create("why"), *people = tcase_create("people");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(tc, broker_says_what_comes_of_it, 0, COUNT(cases));
	tcase_add_loop_test(
	    tc, broker_says_which_limit_is_reached, 0, COUNT(limits));
	tcase_add_test(tc, broker_says_so_while_it_drains);
	suite_add_tcase(suite, tc);
	tcase_set_timeout(people, TEST_SEC);
	tcase_add_checked_fixture(people, login_setup, login_teardown);
	tcase_add_test(people, broker_says_it_for_a_user_with_groups);
	suite_add_tcase(suite, people);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
