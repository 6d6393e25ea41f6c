/* SPDX-License-Identifier: ISC */
/*
 * Worker, broker, keeper and auth with a master that breaks each rule of its
 * channels once. The master is trusted: nonsense from it is a fault of ours, so
 * that they end, with status 1 and without a crash.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/auth_rig.h"
#include "tests/proc/fatal_rows.h"
#include "tests/proc/keeper_rig.h"
#include "tests/proc/worker_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 120

static struct breach breaches[BREACHES_MAX];
static struct worker_rig w;
static struct keeper_rig k;
static struct auth_rig a;
static union proto_any any;

static struct rig
start_keeper(int is_run)
{
	keeper_spawn(&k);
	k.settings.sandbox = 0;
	if (is_run) {
		keeper_conf_start(&k);
		keeper_conf_end(&k);
		keeper_wait_kept(&k);
		keeper_wait_ready(&k);
	}
	return k.rig;
}

/* It has its file of logins in any case. */
static struct rig
start_auth(int is_run)
{
	auth_begin(&a);
	a.settings.sandbox = 0;
	auth_spawn(&a);
	auth_conf_logins(&a);
	close(a.memory);
	if (is_run) {
		auth_configure(&a, a.users);
		auth_wait_ready(&a);
	}
	return a.rig;
}

/* A worker, broker, keeper or auth, with or without its configuration. */
static struct rig
start(enum proto_role role, int is_run)
{
	struct rig_conf conf = {.is_unsandboxed = 1};

	if (role == ROLE_KEEPER)
		return start_keeper(is_run);
	if (role == ROLE_AUTH)
		return start_auth(is_run);
	if (role == ROLE_BROKER)
		return is_run ? rig_start(&conf) : rig_spawn(&conf);
	worker_spawn(&w);
	w.settings.sandbox = 0;
	w.settings.verbose = 0;
	if (is_run) {
		worker_configure(&w);
		worker_wait_ready(&w);
	}
	return w.rig;
}

static void
expect_end(struct rig *rig, const char *what, int wanted)
{
	int status = rig_wait(rig);

	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == wanted,
	    "%s: status 0x%x", what, (unsigned)status);
	close(rig->master);
}

/* ---- what the table forbids ---- */

/* A descriptor that got lost is no fault of the master's. */
static int
is_told_of_loss(enum proto_role role, const struct breach *breach)
{
	return role == ROLE_WORKER && breach->kind == BREACH_NO_FD &&
	    breach->type == MSG_CLIENT;
}

static const struct {
	enum proto_role role;
	enum proto_phase phase;
} channels[] = {
    {ROLE_WORKER, PHASE_SETUP},
    {ROLE_WORKER, PHASE_RUN},
    {ROLE_BROKER, PHASE_SETUP},
    {ROLE_BROKER, PHASE_RUN},
    {ROLE_KEEPER, PHASE_SETUP},
    {ROLE_KEEPER, PHASE_RUN},
    {ROLE_AUTH, PHASE_SETUP},
    {ROLE_AUTH, PHASE_RUN},
};

START_TEST(child_ends_when_its_master_breaks_the_table)
{
	enum proto_role role = channels[_i].role;
	size_t i,
	    n = breach_list(role, ROLE_MASTER, channels[_i].phase, breaches);
	struct rig rig;

	for (i = 0; i < n; i++) {
		rig = start(role, channels[_i].phase == PHASE_RUN);
		ck_assert_int_eq(breach_commit(&breaches[i], rig.master), 0);
		if (is_told_of_loss(role, &breaches[i]))
			rig_stop(&rig);
		else
			expect_end(&rig, breach_name(&breaches[i]),
			    breaches[i].kind != BREACH_EMPTY);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
}
END_TEST

/* ---- what the handlers forbid ---- */

START_TEST(child_has_a_row_for_each_message_of_the_master)
{
	static const enum proto_role roles[] = {
	    ROLE_WORKER, ROLE_BROKER, ROLE_KEEPER, ROLE_AUTH};
	enum proto_role role = roles[_i];
	enum msg_type types[BREACHES_MAX];
	size_t i, n = 0;

	for (i = 0; i < fatal_row_count; i++)
		if (fatal_rows[i].role == role)
			types[n++] = fatal_rows[i].type;
	breach_check_rows(role, ROLE_MASTER, types, n);
}
END_TEST

/* It answers, whatever else it says before. */
static void
expect_alive(struct rig *rig, enum proto_role role)
{
	struct msg_probe probe = {~0ull};
	int type, fd;

	ck_assert_int_eq(breach_say(rig->master, MSG_PROBE, &probe, -1), 0);
	do {
		type =
		    ipc_read_message(rig->master, ROLE_MASTER, role, &any, &fd);
		ck_assert_msg(type > 0, "%s", vb_strerror(type));
	} while (type != MSG_ALIVE || any.alive.number != probe.number);
}

START_TEST(child_ends_when_its_master_says_what_cannot_be)
{
	enum msg_type type = fatal_rows[_i].type;
	struct msg_conf_start first = {.proto_version = PROTO_VERSION};
	int is_run = proto_row(type)->phase == PHASE_RUN;
	struct rig rig = start(fatal_rows[_i].role, is_run);

	if (fatal_rows[_i].is_started && !is_run)
		ck_assert_int_eq(
		    breach_say(rig.master, MSG_CONF_START, &first, -1), 0);
	memset(&any, 0, sizeof(any));
	fatal_rows[_i].fill(&any);
	ck_assert_int_eq(
	    breach_say(rig.master, type, &any,
		fatal_rows[_i].make == NULL ? -1 : fatal_rows[_i].make()),
	    0);
	if (fatal_rows[_i].outcome == ENDS) {
		expect_end(&rig, fatal_rows[_i].what, 1);
	} else if (type == MSG_DRAIN && fatal_rows[_i].role == ROLE_WORKER) {
		expect_end(&rig, fatal_rows[_i].what, 0); /* it was empty */
	} else if (is_run) {
		expect_alive(&rig, fatal_rows[_i].role);
		rig_stop(&rig);
	} else {
		rig_stop(&rig); /* 0: it ends with its channel */
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("channel-fatal");
	TCase *tc = tcase_create("master");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(tc, child_ends_when_its_master_breaks_the_table, 0,
	    COUNT(channels));
	tcase_add_loop_test(
	    tc, child_has_a_row_for_each_message_of_the_master, 0, 4);
	tcase_add_loop_test(tc, child_ends_when_its_master_says_what_cannot_be,
	    0, fatal_row_count);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
