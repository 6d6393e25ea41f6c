/* SPDX-License-Identifier: ISC */
/*
 * Each kind of child with a master that breaks each rule of its channels once.
 * The master is trusted: nonsense from it is a fault of ours, so that they end,
 * with status 1 and without a crash.
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
#include "tests/proc/fetch_rig.h"
#include "tests/proc/keeper_rig.h"
#include "tests/proc/pam_rig.h"
#include "tests/proc/runner_rig.h"
#include "tests/proc/worker_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 120

static struct breach breaches[BREACHES_MAX];
static struct worker_rig w;
static struct keeper_rig k;
static struct auth_rig a;
static struct fetch_rig f;
static struct pam_rig p;
static struct runner_rig r;
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

static struct rig
start_fetch(int is_run)
{
	static const struct fetch_host hosts[] = {
	    {0, "127.0.0.1", 80, 1}, {0, NULL, 0, 0}};

	fetch_begin(&f);
	f.settings.sandbox = 0;
	fetch_spawn(&f);
	if (is_run) {
		fetch_configure(&f, hosts, -1);
		fetch_wait_ready(&f);
	}
	return f.rig;
}

static struct rig
start_pam(int is_run)
{
	pam_begin(&p);
	p.settings.sandbox = 0;
	pam_spawn(&p);
	if (is_run) {
		pam_configure(&p);
		pam_wait_ready(&p);
	}
	return p.rig;
}

static struct rig
start_runner(int is_run)
{
	memset(&r, 0, sizeof(r));
	runner_spawn(&r);
	if (is_run) {
		runner_configure(&r);
		runner_wait_ready(&r);
	}
	return r.rig;
}

/* It has its file of leases in any case. */
static struct rig
start_broker(int is_run)
{
	struct rig_conf conf = {.is_unsandboxed = 1};
	struct rig rig;

	if (is_run)
		return rig_start(&conf);
	rig = rig_spawn(&conf);
	rig_leases(&rig, -1, 0);
	return rig;
}

/* Any of them, with or without its configuration. */
static struct rig
start(enum proto_role role, int is_run)
{
	if (role == ROLE_KEEPER)
		return start_keeper(is_run);
	if (role == ROLE_AUTH)
		return start_auth(is_run);
	if (role == ROLE_FETCH)
		return start_fetch(is_run);
	if (role == ROLE_PAM)
		return start_pam(is_run);
	if (role == ROLE_RUNNER)
		return start_runner(is_run);
	if (role == ROLE_BROKER)
		return start_broker(is_run);
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
    {ROLE_FETCH, PHASE_SETUP},
    {ROLE_FETCH, PHASE_RUN},
    {ROLE_RUNNER, PHASE_SETUP},
    {ROLE_RUNNER, PHASE_RUN},
    /* where it is built: */
    {ROLE_PAM, PHASE_SETUP},
    {ROLE_PAM, PHASE_RUN},
};

#define CHANNEL_COUNT (COUNT(channels) - (VB_HAS_PAM ? 0 : 2))

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

static size_t
row_count(void)
{
	return fatal_row_count + fatal_row_auth_count + fatal_row_fetch_count +
	    fatal_row_runner_count + (VB_HAS_PAM ? fatal_row_pam_count : 0);
}

static const struct fatal_row *
row_at(size_t i)
{
	if (i < fatal_row_count)
		return &fatal_rows[i];
	i -= fatal_row_count;
	if (i < fatal_row_auth_count)
		return &fatal_rows_auth[i];
	i -= fatal_row_auth_count;
	if (i < fatal_row_fetch_count)
		return &fatal_rows_fetch[i];
	i -= fatal_row_fetch_count;
	return i < fatal_row_runner_count
	    ? &fatal_rows_runner[i]
	    : &fatal_rows_pam[i - fatal_row_runner_count];
}

START_TEST(child_has_a_row_for_each_message_of_the_master)
{
	static const enum proto_role roles[] = {ROLE_WORKER, ROLE_BROKER,
	    ROLE_KEEPER, ROLE_AUTH, ROLE_FETCH, ROLE_RUNNER, ROLE_PAM};
	enum proto_role role = roles[_i];
	enum msg_type types[BREACHES_MAX];
	size_t i, n = 0;

	for (i = 0; i < row_count(); i++)
		if (row_at(i)->role == role)
			types[n++] = row_at(i)->type;
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
	const struct fatal_row *row = row_at((size_t)_i);
	enum msg_type type = row->type;
	struct msg_conf_start first = {.proto_version = PROTO_VERSION};
	int is_run = proto_row(type)->phase == PHASE_RUN;
	struct rig rig = start(row->role, is_run);

	if (row->is_started && !is_run)
		ck_assert_int_eq(
		    breach_say(rig.master, MSG_CONF_START, &first, -1), 0);
	memset(&any, 0, sizeof(any));
	row->fill(&any);
	ck_assert_int_eq(breach_say(rig.master, type, &any,
			     row->make == NULL ? -1 : row->make()),
	    0);
	if (row->outcome == ENDS) {
		expect_end(&rig, row->what, 1);
	} else if (type == MSG_DRAIN && row->role == ROLE_WORKER) {
		expect_end(&rig, row->what, 0); /* it was empty */
	} else if (is_run) {
		expect_alive(&rig, row->role);
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
	    (int)CHANNEL_COUNT);
	tcase_add_loop_test(tc, child_has_a_row_for_each_message_of_the_master,
	    0, 6 + VB_HAS_PAM);
	tcase_add_loop_test(tc, child_ends_when_its_master_says_what_cannot_be,
	    0, (int)row_count());
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
