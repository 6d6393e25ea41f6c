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
#include "tests/unit/supervise_rows.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 60
#define ROWS_MAX 256

static struct breach breaches[BREACHES_MAX];
static union proto_any any;

static struct fake *
offender_of(enum proto_role role)
{
	if (role == ROLE_KEEPER)
		return &rig.keeper;
	if (role == ROLE_AUTH)
		return &rig.auth;
	if (role == ROLE_FETCH)
		return &rig.fetch;
	return role == ROLE_BROKER ? &rig.broker : &rig.workers[0];
}

/* A new process, and nobody else's; then all is as it was before. */
static void
expect_replaced(struct fake *offender, pid_t pid, const char *what)
{
	pid_t broker = rig.broker.pid, other = rig.workers[1].pid;
	pid_t keeper = rig.keeper.pid, auth = rig.auth.pid;
	pid_t fetch = rig.fetch.pid;
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
	if (offender != &rig.auth)
		ck_assert_msg(rig.auth.pid == auth, "%s", what);
	if (offender != &rig.fetch)
		ck_assert_msg(rig.fetch.pid == fetch, "%s", what);
	/* the other one is heard */
	ck_assert_int_eq(rig_say(&rig.workers[1], MSG_LOAD, &load), 0);
	rig_ready(offender);
	ck_assert_ptr_nonnull(rig_child(&rig.workers[1])->ipc);
	ck_assert_uint_eq(
	    rig.workers[0].fence, rig.sup->workers[0]->broker_link.fence);
	ck_assert_uint_eq(rig.workers[0].keeper_fence,
	    rig.sup->workers[0]->keeper_link.fence);
	ck_assert_uint_eq(
	    rig.workers[0].auth_fence, rig.sup->workers[0]->auth_link.fence);
	ck_assert_uint_eq(
	    rig.broker.auth_fence, rig.sup->broker.auth_link.fence);
	ck_assert_uint_eq(rig.auth.fetch_fence, rig.sup->auth.fetch_link.fence);
	ck_assert_uint_eq(rig.auth.fetch_fence, rig.fetch.fetch_fence);
	ck_assert_uint_ne(rig.fetch.fetch_fence, 0);
	ck_assert_uint_ne(rig.workers[0].auth_fence, 0);
	ck_assert_uint_ne(rig.broker.auth_fence, 0);
	ck_assert_uint_ne(rig.workers[0].keeper_fence, 0);
	ck_assert_uint_ne(rig.workers[0].fence, 0);
	child->failures = 0; /* no back-off: there are many to come */
}

/* ---- what the table forbids ---- */

static const enum proto_role roles[] = {
    ROLE_WORKER, ROLE_BROKER, ROLE_KEEPER, ROLE_AUTH, ROLE_FETCH};

static size_t
row_count(void)
{
	return supervise_row_count + supervise_row_auth_count;
}

static const struct supervise_row *
row_at(size_t i)
{
	return i < supervise_row_count
	    ? &supervise_rows[i]
	    : &supervise_rows_auth[i - supervise_row_count];
}

START_TEST(master_replaces_who_breaks_the_table)
{
	struct fake *offender;
	size_t i, n = breach_list(ROLE_MASTER, roles[_i], PHASE_RUN, breaches);
	pid_t pid;

	rig_start_fetch();
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

	rig_start_fetch();
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

START_TEST(master_has_a_row_for_each_message_of_its_children)
{
	enum msg_type types[ROWS_MAX];
	size_t i, n = 0;

	ck_assert_uint_le(row_count(), ROWS_MAX);
	for (i = 0; i < row_count(); i++)
		if (row_at(i)->role == roles[_i])
			types[n++] = row_at(i)->type;
	breach_check_rows(ROLE_MASTER, roles[_i], types, n);
}
END_TEST

START_TEST(master_replaces_who_says_what_cannot_be)
{
	struct fake *offender;
	pid_t pid;

	rig_start_fetch();
	offender = offender_of(row_at((size_t)_i)->role);
	if (row_at((size_t)_i)->type == MSG_READY) {
		pid = offender->pid;
		kill(pid, SIGKILL);
		rig_wait_replaced(offender, pid);
	}
	pid = offender->pid;
	memset(&any, 0, sizeof(any));
	row_at((size_t)_i)->fill(&any, offender);
	ck_assert_int_eq(rig_say(offender, row_at((size_t)_i)->type, &any), 0);
	if (row_at((size_t)_i)->outcome == REPLACED) {
		expect_replaced(offender, pid, row_at((size_t)_i)->what);
	} else {
		rig_run();
		ck_assert_int_eq(offender->pid, pid);
	}
	ck_assert_uint_eq(rig.sup->workers[1]->restarts, 0);
	ck_assert_uint_le(rig.sup->broker.restarts + rig.sup->keeper.restarts +
		rig.sup->auth.restarts + rig.sup->fetch.restarts +
		rig.sup->workers[0]->restarts,
	    row_at((size_t)_i)->type == MSG_READY ? 2 : 1);
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
	    tc, master_replaces_who_says_what_cannot_be, 0, (int)row_count());
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
