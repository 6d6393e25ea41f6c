/* SPDX-License-Identifier: ISC */
/* What children may say to the audit trail, and what becomes of it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/audit_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The last record is of that kind, and has these texts. */
static void
expect(const char *kind, const char *first, const char *second)
{
	char wanted[64];

	ck_assert_uint_gt(audit_rig.heard_count, 0);
	snprintf(wanted, sizeof(wanted), "\"kind\":\"%s\"", kind);
	ck_assert_ptr_nonnull(
	    strstr(audit_rig.heard[audit_rig.heard_count - 1], wanted));
	ck_assert_msg(
	    strstr(audit_rig.heard[audit_rig.heard_count - 1], first) != NULL,
	    "%s", audit_rig.heard[audit_rig.heard_count - 1]);
	ck_assert_msg(
	    strstr(audit_rig.heard[audit_rig.heard_count - 1], second) != NULL,
	    "%s", audit_rig.heard[audit_rig.heard_count - 1]);
}

/* Who may say what: else anybody could make up a login. */
START_TEST(audit_hears_each_kind_from_its_own_role_only)
{
	static const enum proto_role roles[] = {ROLE_MASTER, ROLE_WORKER,
	    ROLE_BROKER, ROLE_KEEPER, ROLE_AUTH, ROLE_FETCH, ROLE_PAM};
	static const unsigned may[AUDIT_KIND_COUNT] = {
	    [AUDIT_START] = ROLE_MASTER,
	    [AUDIT_STOP] = ROLE_MASTER,
	    [AUDIT_RELOAD] = ROLE_MASTER,
	    [AUDIT_HOOK] = ROLE_MASTER,
	    [AUDIT_LOGIN] = ROLE_AUTH,
	    [AUDIT_FAILURE] = ROLE_AUTH,
	    [AUDIT_LOGOUT] = ROLE_AUTH,
	    [AUDIT_OPEN] = ROLE_BROKER,
	    [AUDIT_REFUSE] = ROLE_BROKER,
	    [AUDIT_ASK] = ROLE_BROKER,
	    [AUDIT_TAKEOVER] = ROLE_BROKER,
	    [AUDIT_KICK] = ROLE_BROKER,
	    [AUDIT_END] = ROLE_BROKER,
	    [AUDIT_HELD] = ROLE_BROKER,
	    [AUDIT_HELD_END] = ROLE_BROKER,
	    [AUDIT_GONE] = ROLE_BROKER,
	};
	unsigned kind;
	size_t i;

	audit_rig_begin(-1);
	for (kind = 0; kind < AUDIT_KIND_COUNT + 3; kind++)
		for (i = 0; i < COUNT(roles); i++)
			ck_assert_int_eq(
			    audit_rig_say(
				roles[i], (enum audit_kind)kind, 0, kind + 1),
			    kind < AUDIT_KIND_COUNT && (may[kind] & roles[i])
				? 0
				: VB_EBADMSG);
	ck_assert_int_eq(
	    audit_rig_say(ROLE_BROKER, (enum audit_kind)UINT32_MAX, 0, 1),
	    VB_EBADMSG);
	audit_rig_end();
}
END_TEST

START_TEST(audit_refuses_what_has_no_end_or_no_number)
{
	static const size_t texts[][2] = {
	    {offsetof(struct msg_audit, user),
		sizeof(((struct msg_audit *)0)->user)},
	    {offsetof(struct msg_audit, by),
		sizeof(((struct msg_audit *)0)->by)},
	    {offsetof(struct msg_audit, how),
		sizeof(((struct msg_audit *)0)->how)},
	    {offsetof(struct msg_audit, target),
		sizeof(((struct msg_audit *)0)->target)},
	    {offsetof(struct msg_audit, reason),
		sizeof(((struct msg_audit *)0)->reason)},
	};
	struct msg_audit said;
	size_t i;

	audit_rig_begin(-1);
	for (i = 0; i < COUNT(texts); i++) {
		said = audit_rig_of(AUDIT_REFUSE, 0, 1);
		memset((char *)&said + texts[i][0], 0xff, texts[i][1]);
		ck_assert_int_eq(
		    audit_hear(audit_rig.audit, ROLE_BROKER, &said),
		    VB_EBADMSG);
		((char *)&said)[texts[i][0] + texts[i][1] - 1] = '\0';
		ck_assert_int_eq(
		    audit_hear(audit_rig.audit, ROLE_BROKER, &said), 0);
	}
	ck_assert_uint_eq(audit_rig.heard_count, COUNT(texts));
	ck_assert_int_eq(
	    audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 0, 0), VB_EBADMSG);
	ck_assert_int_eq(
	    audit_rig_say(ROLE_BROKER, AUDIT_END, 0, 0), VB_EBADMSG);
	ck_assert_int_eq(
	    audit_rig_say(ROLE_BROKER, AUDIT_HELD, 0, 0), VB_EBADMSG);
	ck_assert_int_eq(
	    audit_rig_say(ROLE_BROKER, AUDIT_GONE, 0, 0), VB_EBADMSG);
	ck_assert_int_eq(
	    audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 256, 1), VB_EBADMSG);
	ck_assert_int_eq(
	    audit_rig_say(ROLE_BROKER, AUDIT_HELD_END, UINT32_MAX, 0),
	    VB_EBADMSG);
	ck_assert_uint_eq(audit_rig.heard_count, COUNT(texts));
	audit_rig_end();
}
END_TEST

START_TEST(audit_writes_all_that_was_said)
{
	struct msg_audit said = audit_rig_of(AUDIT_TAKEOVER, 3, UINT64_MAX);

	audit_rig_begin(-1);
	said.login_id = 0xabc;
	said.lost = 4;
	said.code = 4510;
	said.client.family = ADDR_V4;
	memcpy(said.client.ip, "\x0a\x00\x00\x05", 4);
	said.addr = said.client;
	said.addr.port = 5901;
	strcpy(said.user, "J\xc3\xbcrgen");
	strcpy(said.by, "a\"b");
	strcpy(said.how, "x");
	strcpy(said.target, "desk\n1");
	strcpy(said.reason, "because");
	ck_assert_int_eq(audit_hear(audit_rig.audit, ROLE_BROKER, &said), 0);
	expect("takeover",
	    "\"worker\":3,\"conn\":18446744073709551615,"
	    "\"login\":\"0000000000000abc\",\"client\":\"10.0.0.5\","
	    "\"user\":\"J\\u00fcrgen\",\"by\":\"a\\\"b\",\"how\":\"x\","
	    "\"target\":\"desk\\u000a1\",\"address\":\"10.0.0.5:5901\","
	    "\"code\":4510,\"reason\":\"because\",\"unsaid\":4}",
	    "");
	audit_rig_end();
}
END_TEST

/* ---- one end for each open ---- */

START_TEST(audit_ends_a_session_with_what_it_has_moved)
{
	struct msg_audit said = audit_rig_of(AUDIT_END, 1, 2);

	audit_rig_begin(-1);
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 1, 2), 0);
	expect("open", "\"worker\":1,\"conn\":2", "");
	/* twice: the end of the first could not be said, and is due now */
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 1, 2), 0);
	ck_assert_uint_eq(audit_rig.heard_count, 3);
	expect("open", "\"worker\":1,\"conn\":2", "");
	said.to_client_bytes = 7;
	said.to_target_bytes = UINT64_MAX;
	ck_assert_int_eq(audit_hear(audit_rig.audit, ROLE_BROKER, &said), 0);
	expect("end", "\"to_client\":7,\"to_target\":18446744073709551615,",
	    "\"duration_ms\":");
	/* and of what has ended nothing more is said */
	ck_assert_int_eq(audit_hear(audit_rig.audit, ROLE_BROKER, &said), 0);
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_GONE, 1, 2), 0);
	ck_assert_uint_eq(audit_rig.heard_count, 4);
	ck_assert_uint_eq(audit_open_count(audit_rig.audit), 0);
	audit_rig_end();
}
END_TEST

START_TEST(audit_reconciles_with_a_new_broker)
{
	struct ctl_audit status = {0};

	audit_rig_begin(-1);
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 0, 1), 0);
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 0, 2), 0);
	ck_assert_uint_eq(audit_rig.heard_count, 2);
	audit_child_died(audit_rig.audit, ROLE_BROKER, 0);
	ck_assert_uint_eq(audit_rig.heard_count, 2);
	/* no second record of what goes on */
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_HELD, 0, 1), 0);
	ck_assert_uint_eq(audit_rig.heard_count, 2);
	/* but one of what the old one had no time to say */
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_HELD, 0, 3), 0);
	expect("open", "\"conn\":3", "\"late\":1");
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_HELD_END, 0, 0), 0);
	expect("end", "\"conn\":2", "nobody could say so");
	ck_assert_uint_eq(audit_rig.heard_count, 4);
	audit_fill_status(audit_rig.audit, &status);
	ck_assert_uint_eq(status.opened, 3);
	ck_assert_uint_eq(status.ended, 1);
	ck_assert_uint_eq(status.running, 2);
	ck_assert_uint_eq(status.seq, 4);
	ck_assert_uint_eq(strlen(status.hash), 64);
	audit_finish(audit_rig.audit);
	expect("stop", "", "");
	ck_assert_uint_eq(audit_rig.heard_count, 7);
	ck_assert_ptr_nonnull(
	    strstr(audit_rig.heard[5], "the bridge has ended"));
	audit_rig_end();
}
END_TEST

START_TEST(audit_ends_what_a_dead_worker_had)
{
	struct msg_audit said = audit_rig_of(AUDIT_GONE, 0, 1);

	audit_rig_begin(-1);
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 0, 1), 0);
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_OPEN, 1, 1), 0);
	audit_child_died(audit_rig.audit, ROLE_WORKER, 0);
	ck_assert_uint_eq(audit_rig.heard_count, 2);
	said.to_client_bytes = 99;
	ck_assert_int_eq(audit_hear(audit_rig.audit, ROLE_BROKER, &said), 0);
	expect("end", "\"worker\":0,\"conn\":1,\"to_client\":99,",
	    "its worker has died");
	ck_assert_uint_eq(audit_open_count(audit_rig.audit), 1);
	audit_rig_end();
}
END_TEST

START_TEST(audit_takes_no_session_from_the_future)
{
	struct msg_audit said = audit_rig_of(AUDIT_HELD, 0, 1);

	audit_rig_begin(-1);
	said.since_sec = UINT64_MAX;
	ck_assert_int_eq(audit_hear(audit_rig.audit, ROLE_BROKER, &said), 0);
	ck_assert_int_eq(audit_rig_say(ROLE_BROKER, AUDIT_END, 0, 1), 0);
	ck_assert_ptr_null(strstr(audit_rig.heard[1], "\"duration_ms\":1844"));
	audit_rig_end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("audit_said");
	TCase *tc = tcase_create("audit_said");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, audit_hears_each_kind_from_its_own_role_only);
	tcase_add_test(tc, audit_refuses_what_has_no_end_or_no_number);
	tcase_add_test(tc, audit_writes_all_that_was_said);
	tcase_add_test(tc, audit_ends_a_session_with_what_it_has_moved);
	tcase_add_test(tc, audit_reconciles_with_a_new_broker);
	tcase_add_test(tc, audit_ends_what_a_dead_worker_had);
	tcase_add_test(tc, audit_takes_no_session_from_the_future);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
