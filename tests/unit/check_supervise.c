/* SPDX-License-Identifier: ISC */
/*
 * The master with children that break the rules of their channel, each once:
 * the one that did is replaced, the others notice nothing, and what was
 * asked of them is answered.
 */
#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/breach.h"
#include "tests/unit/supervise_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 60

static struct breach breaches[BREACHES_MAX];
static union proto_any any;

static struct fake *
offender_of(enum proto_role role)
{
	if (role == ROLE_KEEPER)
		return &rig.keeper;
	return role == ROLE_BROKER ? &rig.broker : &rig.workers[0];
}

/* A new process, and nobody else's; then all is as it was before. */
static void
expect_replaced(struct fake *offender, pid_t pid, const char *what)
{
	pid_t broker = rig.broker.pid, other = rig.workers[1].pid;
	pid_t keeper = rig.keeper.pid;
	struct child *child = rig_child(offender);
	uint32_t restarts = child->restarts;
	struct msg_load load = {0};

	rig_run();
	ck_assert_msg(child->ipc == NULL || child->pid != pid,
	    "%s: the channel is open still", what);
	rig_wait_replaced(offender, pid);
	ck_assert_msg(child->restarts == restarts + 1, "%s", what);
	ck_assert_msg(rig.workers[1].pid == other, "%s", what);
	if (offender != &rig.broker)
		ck_assert_msg(rig.broker.pid == broker, "%s", what);
	if (offender != &rig.keeper)
		ck_assert_msg(rig.keeper.pid == keeper, "%s", what);
	/* the other one is heard */
	ck_assert_int_eq(rig_say(&rig.workers[1], MSG_LOAD, &load), 0);
	rig_ready(offender);
	ck_assert_ptr_nonnull(rig_child(&rig.workers[1])->ipc);
	ck_assert_uint_eq(
	    rig.workers[0].fence, rig.sup->workers[0]->broker_link.fence);
	ck_assert_uint_eq(rig.workers[0].keeper_fence,
	    rig.sup->workers[0]->keeper_link.fence);
	ck_assert_uint_ne(rig.workers[0].keeper_fence, 0);
	ck_assert_uint_ne(rig.workers[0].fence, 0);
	child->failures = 0; /* no back-off: there are many to come */
}

/* ---- what the table forbids ---- */

static const enum proto_role roles[] = {ROLE_WORKER, ROLE_BROKER, ROLE_KEEPER};

START_TEST(master_replaces_who_breaks_the_table)
{
	struct fake *offender;
	size_t i, n = breach_list(ROLE_MASTER, roles[_i], PHASE_RUN, breaches);
	pid_t pid;

	rig_start();
	offender = offender_of(roles[_i]);
	for (i = 0; i < n; i++) {
		pid = offender->pid;
		ck_assert_int_eq(breach_commit(&breaches[i], offender->fd), 0);
		expect_replaced(offender, pid, breach_name(&breaches[i]));
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	rig_stop();
}
END_TEST

START_TEST(master_replaces_who_breaks_the_table_before_it_is_ready)
{
	struct fake *offender;
	size_t i,
	    n = breach_list(ROLE_MASTER, roles[_i], PHASE_SETUP, breaches);
	pid_t pid;

	rig_start();
	offender = offender_of(roles[_i]);
	for (i = 0; i < n; i++) {
		/* the next one has not said READY when it does it */
		pid = offender->pid;
		ck_assert_int_eq(
		    breach_say(offender->fd, MSG_READY, NULL, -1), 0);
		rig_wait_replaced(offender, pid);
		rig_child(offender)->failures = 0;
		pid = offender->pid;
		ck_assert_int_eq(breach_commit(&breaches[i], offender->fd), 0);
		expect_replaced(offender, pid, breach_name(&breaches[i]));
	}
	rig_stop();
}
END_TEST

/* ---- what the handlers forbid ---- */

enum outcome {
	REPLACED, /* it costs the sender its place */
	PASSED	  /* late or for nobody: nothing happens */
};

/* Fills a body; the offender is as after rig_start(). */
typedef void fill_body(union proto_any *body, const struct fake *offender);

static void
fill_version(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->ready.proto_version = PROTO_VERSION + 1;
}

static void
fill_level(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->log.level = 4;
}

static void
fill_endless_line(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	memset(body->log.line, 'a', sizeof(body->log.line));
}

static void
fill_dropped_lines(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->log.dropped = UINT32_MAX;
}

static void
fill_taken(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->load.taken = 1;
}

static void
fill_ended(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->load.ended = 1;
}

static void
fill_wrap(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->load.taken = body->load.ended = UINT32_MAX;
}

static void
fill_no_reason(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fence;
	body->unjoined.role = ROLE_BROKER;
}

static void
fill_no_role(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fence;
	body->unjoined.reason = UNJOINED_LOST;
}

static void
fill_own_role(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fence;
	body->unjoined.reason = UNJOINED_LOST;
	body->unjoined.role = ROLE_WORKER;
}

/* The keeper's channel has another fence. */
static void
fill_others_role(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fence;
	body->unjoined.reason = UNJOINED_LOST;
	body->unjoined.role = ROLE_KEEPER;
}

static void
fill_kept(union proto_any *body, const struct fake *offender)
{
	body->kept.generation = offender->generation;
}

static void
fill_reason(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fence;
	body->unjoined.reason = UNJOINED_LOST + 1;
	body->unjoined.role = ROLE_BROKER;
}

static void
fill_no_fence(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->unjoined.reason = UNJOINED_NONSENSE;
	body->unjoined.role = ROLE_BROKER;
}

static void
fill_others_fence(union proto_any *body, const struct fake *offender)
{
	body->unjoined.fence = offender->fence + 1000;
	body->unjoined.reason = UNJOINED_NONSENSE;
	body->unjoined.role = ROLE_BROKER;
}

static void
fill_nothing(union proto_any *body, const struct fake *offender)
{
	(void)body;
	(void)offender;
}

static void
fill_count(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->listed.count = PROTO_LIST_MAX + 1;
}

static void
fill_count_wrap(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->listed.count = UINT32_MAX;
}

static void
fill_endless_target(union proto_any *body, const struct fake *offender)
{
	struct list_entry *last = &body->listed.entries[PROTO_LIST_MAX - 1];

	(void)offender;
	body->listed.count = PROTO_LIST_MAX;
	memset(last->target, 'a', sizeof(last->target));
}

static void
fill_endless_subject(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->listed.count = 1;
	memset(body->listed.entries[0].subject.others, 'a',
	    sizeof(body->listed.entries[0].subject.others));
}

static void
fill_index(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.index = RIG_WORKERS;
	body->dropped.fence = rig.workers[0].fence;
}

static void
fill_index_wrap(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.index = UINT32_MAX;
	body->dropped.fence = rig.workers[0].fence;
}

static void
fill_unknown_dropped(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.fence = rig.workers[0].fence + 1000;
}

/* The keeper's word counts for its own channel only. */
static void
fill_brokers_dropped(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->dropped.fence = rig.workers[0].fence;
}

static void
fill_ready(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	body->ready.proto_version = PROTO_VERSION;
}

static void
fill_others_dropped(union proto_any *body, const struct fake *offender)
{
	(void)offender;
	/* the fence of worker 1, with the index of worker 0 */
	body->dropped.fence = rig.workers[1].fence;
}

static const struct {
	enum proto_role role;
	enum msg_type type;
	const char *what;
	fill_body *fill;
	enum outcome outcome;
} rows[] = {
    {ROLE_WORKER, MSG_LOG, "a level that is none", fill_level, REPLACED},
    {ROLE_WORKER, MSG_LOG, "a line without an end", fill_endless_line,
	REPLACED},
    {ROLE_WORKER, MSG_LOG, "all lines are lost", fill_dropped_lines, PASSED},
    {ROLE_WORKER, MSG_LOAD, "took what it was not given", fill_taken, REPLACED},
    {ROLE_WORKER, MSG_LOAD, "ended what it did not take", fill_ended, REPLACED},
    {ROLE_WORKER, MSG_LOAD, "counts that wrap", fill_wrap, REPLACED},
    {ROLE_WORKER, MSG_UNJOINED, "no reason", fill_no_reason, REPLACED},
    {ROLE_WORKER, MSG_UNJOINED, "a reason that is none", fill_reason, REPLACED},
    {ROLE_WORKER, MSG_UNJOINED, "of no PEER", fill_no_fence, REPLACED},
    {ROLE_WORKER, MSG_UNJOINED, "of another PEER", fill_others_fence, PASSED},
    {ROLE_WORKER, MSG_UNJOINED, "of no role", fill_no_role, REPLACED},
    {ROLE_WORKER, MSG_UNJOINED, "of a worker", fill_own_role, REPLACED},
    {ROLE_WORKER, MSG_UNJOINED, "of the other channel", fill_others_role,
	PASSED},
    {ROLE_WORKER, MSG_ALIVE, "nobody asked", fill_nothing, REPLACED},
    {ROLE_BROKER, MSG_LOG, "a level that is none", fill_level, REPLACED},
    {ROLE_BROKER, MSG_LOG, "a line without an end", fill_endless_line,
	REPLACED},
    {ROLE_BROKER, MSG_LISTED, "more than fit", fill_count, REPLACED},
    {ROLE_BROKER, MSG_LISTED, "a count that wraps", fill_count_wrap, REPLACED},
    {ROLE_BROKER, MSG_LISTED, "a text without an end", fill_endless_target,
	REPLACED},
    {ROLE_BROKER, MSG_LISTED, "a subject without an end", fill_endless_subject,
	REPLACED},
    {ROLE_BROKER, MSG_DROPPED, "no such worker", fill_index, REPLACED},
    {ROLE_BROKER, MSG_DROPPED, "an index that wraps", fill_index_wrap,
	REPLACED},
    {ROLE_BROKER, MSG_DROPPED, "of no PEER", fill_nothing, REPLACED},
    {ROLE_BROKER, MSG_DROPPED, "of a PEER that never was", fill_unknown_dropped,
	PASSED},
    {ROLE_BROKER, MSG_DROPPED, "of another's PEER", fill_others_dropped,
	PASSED},
    {ROLE_BROKER, MSG_ALIVE, "nobody asked", fill_nothing, REPLACED},
    {ROLE_KEEPER, MSG_LOG, "a level that is none", fill_level, REPLACED},
    {ROLE_KEEPER, MSG_KEPT, "nobody asked", fill_kept, REPLACED},
    {ROLE_KEEPER, MSG_DROPPED, "no such worker", fill_index, REPLACED},
    {ROLE_KEEPER, MSG_DROPPED, "of the broker's PEER", fill_brokers_dropped,
	PASSED},
    {ROLE_KEEPER, MSG_ALIVE, "nobody asked", fill_nothing, REPLACED},
    {ROLE_KEEPER, MSG_READY, "before KEPT", fill_ready, REPLACED},
    /* READY is for PHASE_SETUP: the last row of each role */
    {ROLE_WORKER, MSG_READY, "another version", fill_version, REPLACED},
    {ROLE_BROKER, MSG_READY, "another version", fill_version, REPLACED},
};

START_TEST(master_has_a_row_for_each_message_of_its_children)
{
	enum msg_type types[COUNT(rows)];
	size_t i, n = 0;

	for (i = 0; i < COUNT(rows); i++)
		if (rows[i].role == roles[_i])
			types[n++] = rows[i].type;
	breach_check_rows(ROLE_MASTER, roles[_i], types, n);
}
END_TEST

START_TEST(master_replaces_who_says_what_cannot_be)
{
	struct fake *offender;
	pid_t pid;

	rig_start();
	offender = offender_of(rows[_i].role);
	if (rows[_i].type == MSG_READY) {
		pid = offender->pid;
		kill(pid, SIGKILL);
		rig_wait_replaced(offender, pid);
	}
	pid = offender->pid;
	memset(&any, 0, sizeof(any));
	rows[_i].fill(&any, offender);
	ck_assert_int_eq(rig_say(offender, rows[_i].type, &any), 0);
	if (rows[_i].outcome == REPLACED) {
		expect_replaced(offender, pid, rows[_i].what);
	} else {
		rig_run();
		ck_assert_int_eq(offender->pid, pid);
	}
	ck_assert_uint_eq(rig.sup->workers[1]->restarts, 0);
	ck_assert_uint_le(rig.sup->broker.restarts + rig.sup->keeper.restarts +
		rig.sup->workers[0]->restarts,
	    rows[_i].type == MSG_READY ? 2 : 1);
	rig_stop();
}
END_TEST

static Suite *
supervise_suite(void)
{
	Suite *suite = suite_create("supervise");
	TCase *tc = tcase_create("channels");

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(
	    tc, master_replaces_who_breaks_the_table, 0, COUNT(roles));
	tcase_add_loop_test(tc,
	    master_replaces_who_breaks_the_table_before_it_is_ready, 0,
	    COUNT(roles));
	tcase_add_loop_test(tc,
	    master_has_a_row_for_each_message_of_its_children, 0, COUNT(roles));
	tcase_add_loop_test(
	    tc, master_replaces_who_says_what_cannot_be, 0, COUNT(rows));
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(supervise_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
