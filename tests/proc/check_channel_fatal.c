/* SPDX-License-Identifier: ISC */
/*
 * Worker, broker and keeper with a master that breaks each rule of its channels
 * once. The master is trusted: nonsense from it is a fault of ours, so that
 * they end, with status 1 and without a crash.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/keeper_rig.h"
#include "tests/proc/worker_rig.h"
#include "tests/unit/breach.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC   120
#define PAGE_BYTES BREACH_FILE_BYTES

static struct breach breaches[BREACHES_MAX];
static struct worker_rig w;
static struct keeper_rig k;
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

/* A worker, broker or keeper, with or without its configuration. */
static struct rig
start(enum proto_role role, int is_run)
{
	struct rig_conf conf = {.is_unsandboxed = 1};

	if (role == ROLE_KEEPER)
		return start_keeper(is_run);
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

static void
fill_access(union proto_any *body)
{
	memset(body->conf_access.name, 'a', sizeof(body->conf_access.name));
}

static void
fill_access_times(union proto_any *body)
{
	body->conf_access.times.count = SCHEDULE_SPANS_MAX + 1;
}

static void
fill_version(union proto_any *body)
{
	body->conf_start.proto_version = PROTO_VERSION - 1;
}

static void
fill_worker_count(union proto_any *body)
{
	body->conf_start.proto_version = PROTO_VERSION;
	body->conf_start.worker_count = UINT32_MAX;
}

static void
fill_size(union proto_any *body)
{
	body->conf_pages.size_bytes = PAGE_BYTES;
}

static void
fill_huge_size(union proto_any *body)
{
	body->conf_pages.size_bytes = UINT64_MAX;
}

static void
fill_origin(union proto_any *body)
{
	memset(&body->conf_origin, 'a', sizeof(body->conf_origin));
}

static void
fill_name(union proto_any *body)
{
	body->conf_target.address.port = 5901;
	memset(body->conf_target.name, 'a', sizeof(body->conf_target.name));
}

static void
fill_description(union proto_any *body)
{
	body->conf_target.address.port = 5901;
	memset(body->conf_target.description, 'a',
	    sizeof(body->conf_target.description));
}

static void
fill_address_name(union proto_any *body)
{
	body->conf_target.address.port = 5901;
	memset(body->conf_target.address.name, 'a',
	    sizeof(body->conf_target.address.name));
}

static void
fill_rule_name(union proto_any *body)
{
	memset(
	    body->conf_rule.rule.name, 'a', sizeof(body->conf_rule.rule.name));
}

static void
fill_generation(union proto_any *body)
{
	body->conf_end.generation = UINT32_MAX;
}

static void
fill_tls(union proto_any *body)
{
	body->conf_tls.cert_count = 1;
}

static void
fill_tls_count(union proto_any *body)
{
	body->conf_tls.cert_count = PROTO_LISTENER_CERTS + 1;
}

static void
fill_tls_verify(union proto_any *body)
{
	body->conf_tls.cert_count = 1;
	body->conf_tls.verify_client = VERIFY_CLIENT_REQUIRE + 1;
}

static void
fill_ca_kind(union proto_any *body)
{
	body->conf_ca.kind = CONF_CA_REVOKED + 1;
}

static void
fill_tls_text(union proto_any *body)
{
	memset(&body->conf_tls_text, 'a', sizeof(body->conf_tls_text));
}

/* The first field of all that have one. */
static void
fill_cert(union proto_any *body)
{
	body->conf_cert.cert_id = 1;
}

static void
fill_keeper(union proto_any *body)
{
	body->peer.role = ROLE_KEEPER;
}

static void
fill_broker(union proto_any *body)
{
	body->peer.role = ROLE_BROKER;
}

/* Of both roles: only the index is wrong. */
static void
fill_brokers_index(union proto_any *body)
{
	body->peer.role = ROLE_BROKER;
	body->peer.index = UINT32_MAX;
}

static void
fill_keepers_index(union proto_any *body)
{
	body->peer.role = ROLE_KEEPER;
	body->peer.index = UINT32_MAX;
}

/* ---- descriptors of other kinds ---- */

static int
make_listener(void)
{
	uint16_t port = 0;

	return listen_on("127.0.0.1", &port);
}

enum outcome {
	ENDS,
	GOES_ON
};

/* is_started: behind a CONF_START, where it is a matter of PHASE_SETUP. */
static const struct {
	enum proto_role role;
	enum msg_type type;
	const char *what;
	breach_fill *fill;
	breach_fd *make;
	int is_started;
	enum outcome outcome;
} rows[] = {
    {ROLE_BROKER, MSG_HOST_FILE, "no kind", breach_fill_nothing, NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_START, "another version", fill_version, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_START, "too many workers", fill_worker_count, NULL,
	0, ENDS},
    {ROLE_BROKER, MSG_CONF_TARGET, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_TARGET, "an endless name", fill_name, NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_TARGET, "an endless address", fill_address_name,
	NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_TARGET, "no port", breach_fill_nothing, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_RULE, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_RULE, "an endless name", fill_rule_name, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS, "an endless name", fill_access, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS, "endless times", fill_access_times, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS_FROM, "of no section", breach_fill_nothing,
	NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS_TARGET, "of no section", breach_fill_nothing,
	NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_LISTENER, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_NAMESERVER, "too early", breach_fill_nothing, NULL,
	0, ENDS},
    {ROLE_BROKER, MSG_CONF_CA, "too early", breach_fill_nothing, breach_file, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_CA, "of no kind", fill_ca_kind, breach_file, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_CA, "a pipe", breach_fill_nothing, breach_pipe, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_END, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_END, "another generation", fill_generation, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_PEER, "of no role", breach_fill_nothing, make_listener, 1,
	ENDS},
    {ROLE_BROKER, MSG_PEER, "of another role", fill_keeper, make_listener, 1,
	ENDS},
    {ROLE_BROKER, MSG_PEER, "no such index", fill_brokers_index, breach_null, 1,
	ENDS},
    {ROLE_BROKER, MSG_PEER, "a regular file", fill_broker, breach_file, 1,
	ENDS},
    /* to be read like an empty channel, or one whose end has gone */
    {ROLE_BROKER, MSG_PEER, "a listener", fill_broker, make_listener, 1,
	GOES_ON},
    /* these have no field that could be wrong */
    {ROLE_BROKER, MSG_DRAIN, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_BROKER, MSG_LIST, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_BROKER, MSG_PROBE, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},

    {ROLE_KEEPER, MSG_CONF_START, "another version", fill_version, NULL, 0,
	ENDS},
    {ROLE_KEEPER, MSG_CONF_CERT, "too early", fill_cert, breach_file, 0, ENDS},
    {ROLE_KEEPER, MSG_CONF_CERT, "of no number", breach_fill_nothing,
	breach_file, 1, ENDS},
    /* the operator's mistakes are told in KEPT */
    {ROLE_KEEPER, MSG_CONF_CERT, "an empty file", fill_cert, breach_file, 1,
	GOES_ON},
    {ROLE_KEEPER, MSG_CONF_CERT, "a pipe", fill_cert, breach_pipe, 1, GOES_ON},
    {ROLE_KEEPER, MSG_CONF_KEY, "too early", fill_cert, breach_file, 0, ENDS},
    {ROLE_KEEPER, MSG_CONF_KEY, "without a certificate", fill_cert, breach_file,
	1, ENDS},
    {ROLE_KEEPER, MSG_CONF_END, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_KEEPER, MSG_CONF_END, "another generation", fill_generation, NULL, 1,
	ENDS},
    {ROLE_KEEPER, MSG_PEER, "of no role", breach_fill_nothing, breach_null, 1,
	ENDS},
    {ROLE_KEEPER, MSG_PEER, "of another role", fill_broker, make_listener, 1,
	ENDS},
    {ROLE_KEEPER, MSG_PEER, "no such index", fill_keepers_index, breach_null, 1,
	ENDS},
    {ROLE_KEEPER, MSG_PEER, "a regular file", fill_keeper, breach_file, 1,
	ENDS},
    {ROLE_KEEPER, MSG_PEER, "a listener", fill_keeper, make_listener, 1,
	GOES_ON},
    {ROLE_KEEPER, MSG_DRAIN, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_KEEPER, MSG_PROBE, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},

    {ROLE_WORKER, MSG_CONF_START, "another version", fill_version, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_PAGES, "too early", fill_size, breach_file, 0, ENDS},
    {ROLE_WORKER, MSG_CONF_PAGES, "not sealed", fill_size, breach_file, 1,
	ENDS},
    {ROLE_WORKER, MSG_CONF_PAGES, "of no size", breach_fill_nothing,
	breach_file, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_PAGES, "huge", fill_huge_size, breach_file, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_PAGES, "a pipe", fill_size, breach_pipe, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_PAGES, "a device", fill_size, breach_null, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_LISTENER, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_ORIGIN, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_ORIGIN, "an endless text", fill_origin, NULL, 1,
	ENDS},
    {ROLE_WORKER, MSG_CONF_HOST, "too early", fill_origin, NULL, 0, ENDS},
    {ROLE_WORKER, MSG_CONF_HOST, "endless", fill_origin, NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_PROXY, "of no family", fill_origin, NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_TARGET, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_TARGET, "an endless name", fill_name, NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_TARGET, "an endless text", fill_description, NULL, 1,
	ENDS},
    {ROLE_WORKER, MSG_CONF_CERT, "too early", breach_fill_nothing, breach_file,
	0, ENDS},
    {ROLE_WORKER, MSG_CONF_TLS, "too early", fill_tls, NULL, 0, ENDS},
    {ROLE_WORKER, MSG_CONF_TLS, "without certificates", breach_fill_nothing,
	NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_TLS, "more than fit", fill_tls_count, NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_TLS, "verifies like none", fill_tls_verify, NULL, 1,
	ENDS},
    {ROLE_WORKER, MSG_CONF_CA, "too early", breach_fill_nothing, breach_file, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_CA, "of no kind", fill_ca_kind, breach_file, 1,
	ENDS},
    {ROLE_WORKER, MSG_CONF_TLS_TEXT, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_TLS_TEXT, "an endless text", fill_tls_text, NULL, 1,
	ENDS},
    {ROLE_WORKER, MSG_CONF_TARGET_CA, "too early", breach_fill_nothing,
	breach_file, 0, ENDS},
    {ROLE_WORKER, MSG_CONF_TARGET_TLS, "unverified", fill_cert, NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_END, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_END, "without pages", breach_fill_nothing, NULL, 1,
	ENDS},
    {ROLE_WORKER, MSG_PEER, "of no role", breach_fill_nothing, breach_null, 1,
	ENDS},
    /* no channel, as without memory for it: the sessions need none */
    {ROLE_WORKER, MSG_PEER, "a regular file", fill_broker, breach_file, 1,
	GOES_ON},
    {ROLE_WORKER, MSG_PEER, "a pipe", fill_broker, breach_pipe, 1, GOES_ON},
    {ROLE_WORKER, MSG_PEER, "a listener", fill_broker, make_listener, 1,
	GOES_ON},
    /* a client's socket is read like any other, and what fails is ended */
    {ROLE_WORKER, MSG_CLIENT, "a regular file", breach_fill_nothing,
	breach_file, 1, GOES_ON},
    {ROLE_WORKER, MSG_CLIENT, "a pipe", breach_fill_nothing, breach_pipe, 1,
	GOES_ON},
    {ROLE_WORKER, MSG_CLIENT, "a listener", breach_fill_nothing, make_listener,
	1, GOES_ON},
    {ROLE_WORKER, MSG_DRAIN, "of no time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_WORKER, MSG_PROBE, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
};

START_TEST(child_has_a_row_for_each_message_of_the_master)
{
	static const enum proto_role roles[] = {
	    ROLE_WORKER, ROLE_BROKER, ROLE_KEEPER};
	enum proto_role role = roles[_i];
	enum msg_type types[COUNT(rows)];
	size_t i, n = 0;

	for (i = 0; i < COUNT(rows); i++)
		if (rows[i].role == role)
			types[n++] = rows[i].type;
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
	enum msg_type type = rows[_i].type;
	struct msg_conf_start first = {.proto_version = PROTO_VERSION};
	int is_run = proto_row(type)->phase == PHASE_RUN;
	struct rig rig = start(rows[_i].role, is_run);

	if (rows[_i].is_started && !is_run)
		ck_assert_int_eq(
		    breach_say(rig.master, MSG_CONF_START, &first, -1), 0);
	memset(&any, 0, sizeof(any));
	rows[_i].fill(&any);
	ck_assert_int_eq(breach_say(rig.master, type, &any,
			     rows[_i].make == NULL ? -1 : rows[_i].make()),
	    0);
	if (rows[_i].outcome == ENDS) {
		expect_end(&rig, rows[_i].what, 1);
	} else if (type == MSG_DRAIN && rows[_i].role == ROLE_WORKER) {
		expect_end(&rig, rows[_i].what, 0); /* it was empty */
	} else if (is_run) {
		expect_alive(&rig, rows[_i].role);
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
	    tc, child_has_a_row_for_each_message_of_the_master, 0, 3);
	tcase_add_loop_test(
	    tc, child_ends_when_its_master_says_what_cannot_be, 0, COUNT(rows));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
