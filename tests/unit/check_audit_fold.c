/* SPDX-License-Identifier: ISC */
/* What strangers cause is put together, and nothing else. */
#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/master/audit/fold.h"
#include "tests/unit/audit_rig.h"

#define MANY 5000

static struct fold fold;
static struct folded told[2 * FOLD_SOURCES];
static unsigned told_count;

static void
on_told(void *arg, const struct folded *folded)
{
	(void)arg;
	ck_assert_uint_lt(told_count, 2 * FOLD_SOURCES);
	told[told_count++] = *folded;
}

static void
begin(struct event_base *base)
{
	told_count = 0;
	ck_assert_int_eq(fold_init(&fold, base, on_told, NULL), 0);
}

static struct addr
addr_of(const char *text)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse_endpoint(text, 1, &addr), 0);
	return addr;
}

/* How many of so many are taken. */
static unsigned
take(enum audit_kind kind, const char *text, unsigned count)
{
	struct addr addr = addr_of(text);
	unsigned taken = 0;

	while (count-- > 0)
		taken += fold_takes(&fold, kind, &addr) != 0;
	return taken;
}

START_TEST(fold_counts_what_one_source_causes_beyond_some)
{
	struct event_base *base = event_base_new();

	begin(base);
	ck_assert_uint_eq(take(AUDIT_FAILURE, "192.0.2.1:1", 60), 0);
	ck_assert_uint_eq(take(AUDIT_FAILURE, "192.0.2.1:2", 40), 40);
	/* another kind, another address: on their own */
	ck_assert_uint_eq(take(AUDIT_REFUSE, "192.0.2.1:1", 61), 1);
	ck_assert_uint_eq(take(AUDIT_FAILURE, "192.0.2.2:1", 60), 0);
	/* one host has a /64 */
	ck_assert_uint_eq(take(AUDIT_FAILURE, "[2001:db8::1]:1", 30), 0);
	ck_assert_uint_eq(take(AUDIT_FAILURE, "[2001:db8::2]:1", 31), 1);
	fold_tell(&fold);
	ck_assert_uint_eq(told_count, 3);
	ck_assert_uint_eq(told[0].kind, AUDIT_FAILURE);
	ck_assert_uint_eq(told[0].repeated, 40);
	ck_assert_uint_eq(told[0].client.port, 0);
	ck_assert_uint_eq(told[1].kind, AUDIT_REFUSE);
	ck_assert_uint_eq(told[2].client.family, ADDR_V6);
	/* another minute */
	ck_assert_uint_eq(take(AUDIT_FAILURE, "192.0.2.1:1", 60), 0);
	fold_tell(&fold);
	ck_assert_uint_eq(told_count, 3);
	event_base_free(base);
}
END_TEST

START_TEST(fold_bounds_what_all_sources_cause_together)
{
	struct event_base *base = event_base_new();
	uint64_t repeated = 0;
	unsigned i, alone = 0;
	char text[32];

	begin(base);
	for (i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u:1", i / 256, i % 256);
		alone += 1 - take(AUDIT_REFUSE, text, 1);
	}
	ck_assert_uint_eq(alone, FOLD_OF_ALL);
	/* they are no veil: not for another kind, of a source that is new */
	ck_assert_uint_eq(take(AUDIT_FAILURE, "192.0.2.1:1", 60), 0);
	for (i = 0; i < FOLD_SOURCES; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u:1", i / 256, i % 256);
		alone += 10 - take(AUDIT_REFUSE, text, 10);
	}
	ck_assert_uint_eq(alone, FOLD_OF_ALL);
	fold_tell(&fold);
	ck_assert_uint_le(told_count, FOLD_SOURCES + 1);
	ck_assert_uint_eq(told[told_count - 1].client.family, ADDR_NONE);
	for (i = 0; i < told_count; i++)
		repeated += told[i].repeated;
	ck_assert_uint_eq(alone + repeated, MANY + 10 * FOLD_SOURCES);
	event_base_free(base);
}
END_TEST

START_TEST(fold_puts_nothing_else_together)
{
	struct event_base *base = event_base_new();
	unsigned kind;

	begin(base);
	for (kind = 1; kind < AUDIT_KIND_COUNT; kind++)
		if (kind != AUDIT_FAILURE && kind != AUDIT_REFUSE)
			ck_assert_uint_eq(
			    take((enum audit_kind)kind, "192.0.2.1:1", MANY),
			    0);
	fold_tell(&fold);
	ck_assert_uint_eq(told_count, 0);
	event_base_free(base);
}
END_TEST

START_TEST(fold_tells_when_the_minute_is_over)
{
	struct event_base *base = event_base_new();

	begin(base);
	fold.every_ms = 1;
	ck_assert_uint_eq(take(AUDIT_FAILURE, "192.0.2.1:1", 61), 1);
	while (told_count == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(told[0].repeated, 1);
	event_base_free(base);
}
END_TEST

static void
say(enum proto_role role, enum audit_kind kind, uint64_t conn_id, uint64_t lost)
{
	struct msg_audit said = audit_rig_of(kind, 0, conn_id);

	said.client = addr_of("192.0.2.1:77");
	said.lost = lost;
	ck_assert_int_eq(audit_hear(audit_rig.audit, role, &said), 0);
}

static unsigned
count_heard(const char *words)
{
	unsigned i, n = 0;

	for (i = 0; i < audit_rig.heard_count; i++)
		n += strstr(audit_rig.heard[i], words) != NULL;
	return n;
}

/* The rig hears 64 records, and no more. */
START_TEST(audit_has_one_record_of_a_flood_and_each_open_and_end)
{
	struct ctl_audit status;
	unsigned i;

	audit_rig_begin(-1);
	for (i = 0; i < FOLD_OF_SOURCE; i++)
		say(ROLE_AUTH, AUDIT_FAILURE, 0, 0);
	ck_assert_uint_eq(audit_rig.heard_count, FOLD_OF_SOURCE);
	audit_rig.heard_count = 0;
	for (i = 0; i < MANY; i++)
		say(ROLE_AUTH, AUDIT_FAILURE, 0, 0);
	ck_assert_uint_eq(audit_rig.heard_count, 0);
	say(ROLE_AUTH, AUDIT_FAILURE, 0, 3);
	ck_assert_uint_eq(count_heard("\"unsaid\":3"), 1);
	for (i = 1; i <= 10; i++) {
		say(ROLE_AUTH, AUDIT_LOGIN, 0, 0);
		say(ROLE_BROKER, AUDIT_OPEN, i, 0);
	}
	for (i = 1; i <= 5; i++)
		say(ROLE_BROKER, AUDIT_END, i, 0);
	ck_assert_uint_eq(audit_rig.heard_count, 26);
	memset(&status, 0, sizeof(status));
	audit_fill_status(audit_rig.audit, &status);
	ck_assert_uint_eq(status.opened, status.ended + status.running);
	audit_finish(audit_rig.audit);
	ck_assert_uint_eq(count_heard("\"kind\":\"failure\",\"client\":"
				      "\"192.0.2.1\",\"repeated\":5000"),
	    1);
	ck_assert_uint_eq(count_heard("\"kind\":\"end\""), 10);
	ck_assert_uint_eq(count_heard("\"kind\":\"stop\""), 1);
	audit_rig_end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("audit-fold");
	TCase *tc = tcase_create("audit-fold");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, fold_counts_what_one_source_causes_beyond_some);
	tcase_add_test(tc, fold_bounds_what_all_sources_cause_together);
	tcase_add_test(tc, fold_puts_nothing_else_together);
	tcase_add_test(tc, fold_tells_when_the_minute_is_over);
	tcase_add_test(
	    tc, audit_has_one_record_of_a_flood_and_each_open_and_end);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
