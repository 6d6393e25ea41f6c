/* SPDX-License-Identifier: ISC */
/*
 * The broker and the listeners that clients came to: what they ask for is
 * judged by the rules that apply when a session opens.
 */
#include <sys/socket.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ipc.h"
#include "tests/proc/broker_rig.h"
#include "tests/unit/people.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC  60
#define REQUIRING "192.0.2.1:443"
#define ASKING	  "192.0.2.1:8443"

static struct pair p;
static struct rig_ca cas[3];
static struct msg_opened opened;
static X509 *alice;

/* Waits for the new rules: the workers' channels are not in step with it. */
static void
configure(struct rig *rig, const struct rig_conf *conf)
{
	rig_configure(rig, conf);
	(void)rig_count(rig);
}

/* A broker that knows an authority, and what it has signed. */
static void
start(const char *listeners)
{
	struct person authority = {.cn = "Lab CA", .is_authority = 1};
	struct person person = {.cn = "Alice"};

	person.issuer = people_cert(&authority);
	alice = people_cert(&person);
	memset(cas, 0, sizeof(cas));
	cas[0].fd = cas[1].fd = people_file((X509 *)(uintptr_t)person.issuer);
	cas[0].local = REQUIRING;
	cas[1].local = ASKING;
	pair_start(&p, NULL);
	p.conf.listeners = listeners;
	p.conf.cas = cas;
	configure(&p.rig, &p.conf);
}

/* The code of an OPEN by a client of that listener; cert NULL: without one. */
static uint32_t
try_at(const char *local, uint64_t conn_id, X509 *cert)
{
	static struct msg_presented presented;

	memset(&presented, 0, sizeof(presented));
	presented.conn_id = conn_id;
	ck_assert_int_eq(addr_parse_endpoint(local, 0, &presented.local), 0);
	if (cert != NULL) {
		presented.length = (uint32_t)people_der(
		    cert, presented.der, 0, sizeof(presented.der));
		ck_assert_int_eq(ipc_write_message(p.workers[0], MSG_PRESENTED,
				     &presented, -1),
		    0);
	}
	worker_use_local(local);
	return worker_try(p.workers[0], conn_id, p.text, &opened);
}

START_TEST(broker_opens_nothing_without_a_certificate_that_must_be_shown)
{
	start("!" REQUIRING " ?" ASKING);
	ck_assert_uint_eq(try_at(REQUIRING, 1, NULL), 4520);
	ck_assert_ptr_nonnull(
	    strstr(opened.reason, "a certificate is required"));
	ck_assert_uint_eq(try_at(REQUIRING, 2, alice), 0);
	/* where it need not be, or nobody asks for one */
	ck_assert_uint_eq(try_at(ASKING, 3, NULL), 0);
	ck_assert_uint_eq(try_at(RIG_LOCAL, 4, NULL), 0);
	/* what was not asked for is asked for now */
	p.conf.listeners = "!" REQUIRING " !" ASKING;
	configure(&p.rig, &p.conf);
	ck_assert_uint_eq(try_at(ASKING, 5, NULL), 4520);
	/* an authority that is forgotten vouches for nobody */
	p.conf.cas = NULL;
	configure(&p.rig, &p.conf);
	ck_assert_uint_eq(try_at(REQUIRING, 6, alice), 4520);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_drops_who_shows_a_certificate_at_another_listener)
{
	static struct msg_presented presented = {.conn_id = 1};

	start("!" REQUIRING " ?" ASKING);
	ck_assert_int_eq(
	    addr_parse_endpoint(REQUIRING, 0, &presented.local), 0);
	presented.length = (uint32_t)people_der(
	    alice, presented.der, 0, sizeof(presented.der));
	ck_assert_int_eq(
	    ipc_write_message(p.workers[0], MSG_PRESENTED, &presented, -1), 0);
	worker_use_local(ASKING);
	worker_open(p.workers[0], 1, p.text);
	worker_expect_closed(p.workers[0]);
	ck_assert_uint_eq(rig_count(&p.rig), 0);
	ck_assert_uint_eq(p.rig.dropped_count, 1);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_opens_nothing_for_a_listener_that_is_not_there)
{
	start("?" REQUIRING " ?" ASKING);
	ck_assert_uint_eq(try_at("192.0.2.1:81", 1, NULL), 4580);
	ck_assert_uint_eq(try_at("192.0.2.2:443", 2, alice), 4580);
	ck_assert_uint_eq(try_at(ASKING, 3, NULL), 0);
	p.conf.listeners = REQUIRING;
	p.conf.cas = NULL;
	configure(&p.rig, &p.conf);
	ck_assert_uint_eq(try_at(ASKING, 4, NULL), 4580);
	ck_assert_uint_eq(rig_count(&p.rig), 1);
	rig_stop(&p.rig);
}
END_TEST

/* The target answers when the reload is through: rows are what that brings. */
static const struct {
	const char *rules; /* NULL: they stay */
	const char *listeners;
	uint32_t code;
} meanwhile[] = {
    {NULL, "?" REQUIRING " ?" ASKING, 0},
    {NULL, ASKING, 0},
    {"192.0.2.9", "?" ASKING, 4520},
    {NULL, "!" ASKING, 4520},
    {NULL, "!" REQUIRING, 4580},
};

START_TEST(broker_asks_again_after_a_reload_while_it_dials)
{
	struct silent_target silent;
	char text[32], rules[64];
	struct rig_conf conf;
	struct rig rig;
	uint16_t port = 0;
	int fd, worker;

	start("?" REQUIRING " ?" ASKING);
	silent_on(&silent, "127.0.0.2", &port);
	snprintf(text, sizeof(text), "127.0.0.2:%u", port);
	snprintf(rules, sizeof(rules), "127.0.0.0/8:%u", port);
	conf = p.conf;
	conf.rules = rules; /* before the sandbox, which has the port then */
	conf.worker_count = 1;
	rig = rig_start(&conf);
	worker = rig_add_worker(&rig, 0);
	worker_use_local(ASKING);
	worker_open(worker, 1, text);
	worker_expect_silence(worker);
	if (meanwhile[_i].rules != NULL)
		conf.rules = meanwhile[_i].rules;
	conf.listeners = meanwhile[_i].listeners;
	conf.cas = NULL;
	configure(&rig, &conf);
	/* it has room now: the next SYN is answered */
	ck_assert_int_eq(listen(silent.fd, 2 * COUNT(silent.fillers)), 0);
	ck_assert_uint_eq(
	    worker_opened(worker, &opened, &fd), meanwhile[_i].code);
	rig_stop(&rig);
	rig_stop(&p.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker-standing");
	TCase *tc = tcase_create("listeners");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_checked_fixture(tc, NULL, people_free);
	tcase_add_test(
	    tc, broker_opens_nothing_without_a_certificate_that_must_be_shown);
	tcase_add_test(
	    tc, broker_drops_who_shows_a_certificate_at_another_listener);
	tcase_add_test(
	    tc, broker_opens_nothing_for_a_listener_that_is_not_there);
	tcase_add_loop_test(tc, broker_asks_again_after_a_reload_while_it_dials,
	    0, COUNT(meanwhile));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
