/* SPDX-License-Identifier: ISC */
/*
 * The master with children that send without end, each message in order: the
 * others are heard meanwhile, and nothing grows. "make flood" makes it last.
 */
#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/unit/breach.h"
#include "tests/unit/supervise_rig.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC     60
#define PORTIONS     10
#define IN_FLIGHT    4 /* fit the socket, whatever their size */
#define GROWTH_BYTES (16 * 1024 * 1024)

static union proto_any any;

static void
fill_log(union proto_any *body)
{
	body->log.level = LOG_LEVEL_DEBUG; /* not written: there are many */
	memset(body->log.line, 'a', sizeof(body->log.line) - 1);
}

static void
fill_stale_fence(union proto_any *body)
{
	body->unjoined.fence = UINT32_MAX;
	body->unjoined.reason = UNJOINED_NONSENSE;
	body->unjoined.role = ROLE_KEEPER;
}

static void
fill_stale_unjoined(union proto_any *body)
{
	fill_stale_fence(body);
	body->unjoined.role = ROLE_AUTH;
}

static void
fill_stale_dropped(union proto_any *body)
{
	body->dropped.fence = UINT32_MAX;
	body->dropped.asker = ROLE_WORKER;
}

static void
fill_refuse(union proto_any *body)
{
	body->audit.kind = AUDIT_REFUSE;
}

static const struct {
	enum proto_role role;
	enum msg_type type;
	void (*fill)(union proto_any *body);
} floods[] = {
    {ROLE_WORKER, MSG_LOG, fill_log},
    {ROLE_WORKER, MSG_LOAD, breach_fill_nothing},
    {ROLE_WORKER, MSG_UNJOINED, fill_stale_fence},
    {ROLE_BROKER, MSG_LOG, fill_log},
    {ROLE_BROKER, MSG_LISTED, breach_fill_nothing},
    {ROLE_BROKER, MSG_WHYED, breach_fill_nothing},
    {ROLE_BROKER, MSG_AUDIT, fill_refuse},
    {ROLE_BROKER, MSG_DROPPED, fill_stale_dropped},
    {ROLE_KEEPER, MSG_LOG, fill_log},
    {ROLE_KEEPER, MSG_DROPPED, fill_stale_dropped},
    {ROLE_BROKER, MSG_UNJOINED, fill_stale_unjoined},
    {ROLE_AUTH, MSG_LOG, fill_log},
    {ROLE_AUTH, MSG_LOGINS_ARE, breach_fill_nothing},
    {ROLE_AUTH, MSG_AUDIT, fill_refuse},
    {ROLE_AUTH, MSG_EXPELLED, breach_fill_nothing},
    {ROLE_AUTH, MSG_GROUPS, breach_fill_nothing},
    {ROLE_AUTH, MSG_DROPPED, fill_stale_dropped},
};

static struct fake *
fake_of(enum proto_role role)
{
	if (role == ROLE_WORKER)
		return &rig.workers[0];
	if (role == ROLE_BROKER)
		return &rig.broker;
	return role == ROLE_KEEPER ? &rig.keeper : &rig.auth;
}

/* The other worker's word reaches the master within one turn. */
static void
expect_other_is_heard(uint32_t sessions)
{
	struct msg_load load = {.sessions = sessions};

	ck_assert_int_eq(rig_say(&rig.workers[1], MSG_LOAD, &load), 0);
	event_base_loop(rig.base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(rig.sup->workers[1]->sessions, sessions);
}

START_TEST(master_hears_the_others_during_a_flood)
{
	uint64_t i, n = breach_flood();
	struct fake *fake;
	size_t before;

	rig_start_auth();
	fake = fake_of(floods[_i].role);
	memset(&any, 0, sizeof(any));
	floods[_i].fill(&any);
	before = breach_resident_bytes(getpid());
	for (i = 1; i <= n; i++) {
		ck_assert_int_eq(rig_say(fake, floods[_i].type, &any), 0);
		if (i % (n / PORTIONS) == 0)
			expect_other_is_heard((uint32_t)i);
		else if (i % IN_FLIGHT == 0)
			event_base_loop(rig.base, EVLOOP_NONBLOCK);
	}
	rig_run();
	ck_assert_uint_lt(
	    breach_resident_bytes(getpid()), before + GROWTH_BYTES);
	/* it is a nuisance, and no fault */
	ck_assert_uint_eq(rig_child(fake)->restarts, 0);
	ck_assert_ptr_nonnull(rig_child(fake)->ipc);
	ck_assert_uint_eq(rig.workers[0].peers + rig.workers[1].peers, 2);
	rig_stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("supervise-flood");
	TCase *tc = tcase_create("flood");
	SRunner *runner;
	int failed;

	log_set_level(LOG_LEVEL_INFO);
	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(
	    tc, master_hears_the_others_during_a_flood, 0, COUNT(floods));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
