/* SPDX-License-Identifier: ISC */
/*
 * The broker and what workers pass on of clients' certificates: it checks each
 * again, names whom it finds, and believes no worker.
 */
#include <check.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_rig.h"
#include "tests/unit/people.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 60
#define LISTENER "192.0.2.1:443"
#define ANOTHER	 "192.0.2.1:8443"

static struct pair p;
static struct rig_ca cas[4];
static struct msg_opened opened;
static struct msg_presented presented;
static X509 *ca, *other_ca, *between;

/* Waits for the new rules: the workers' channels are not in step with it. */
static void
configure(struct rig *rig, const struct rig_conf *conf)
{
	rig_configure(rig, conf);
	(void)rig_count(rig);
}

/* A broker, whose two listeners have an authority each, and two workers. */
static void
start(void)
{
	struct person authority = {.cn = "Lab CA", .is_authority = 1};

	ca = people_cert(&authority);
	authority.cn = "Other CA";
	other_ca = people_cert(&authority);
	authority.cn = "Department";
	authority.issuer = ca;
	between = people_cert(&authority);
	memset(cas, 0, sizeof(cas));
	cas[0] =
	    (struct rig_ca){LISTENER, CONF_CA_CERTIFICATES, people_file(ca)};
	cas[1] = (struct rig_ca){
	    ANOTHER, CONF_CA_CERTIFICATES, people_file(other_ca)};
	pair_start(&p, NULL);
	p.conf.cas = cas;
	worker_use_local(LISTENER);
	p.conf.listeners = "?" LISTENER " ?" ANOTHER;
	configure(&p.rig, &p.conf);
}

/* Says nothing yet: present() does. */
static void
prepare(uint64_t conn_id, const char *local, X509 *cert)
{
	memset(&presented, 0, sizeof(presented));
	presented.conn_id = conn_id;
	ck_assert_int_eq(addr_parse_endpoint(local, 0, &presented.local), 0);
	if (cert != NULL)
		presented.length = (uint32_t)people_der(
		    cert, presented.der, 0, sizeof(presented.der));
}

static void
add(X509 *cert)
{
	presented.length = (uint32_t)people_der(
	    cert, presented.der, presented.length, sizeof(presented.der));
}

static void
present(int worker)
{
	ck_assert_int_eq(
	    ipc_write_message(worker, MSG_PRESENTED, &presented, -1), 0);
}

/* The code of an OPEN by that certificate. */
static uint32_t
try_as(uint64_t conn_id, const char *local, X509 *cert)
{
	prepare(conn_id, local, cert);
	present(p.workers[0]);
	worker_use_local(local);
	return worker_try(p.workers[0], conn_id, p.text, &opened);
}

static X509 *
make(struct person person)
{
	person.issuer = ca;
	return people_cert(&person);
}

START_TEST(broker_names_whom_the_authority_vouches_for)
{
	X509 *cert;
	struct msg_listed listed;
	uint8_t sha256[SHA256_BYTES];

	start();
	cert = make((struct person){
	    .cn = "Alice", .names = "email:alice@lab.example,DNS:pc1"});
	ck_assert_uint_eq(try_as(1, LISTENER, cert), 0);
	ck_assert_str_eq(opened.subject.name, "CN=Alice");
	ck_assert_str_eq(
	    opened.subject.others, "email:alice@lab.example DNS:pc1");
	X509_digest(cert, EVP_sha256(), sha256, NULL);
	ck_assert_mem_eq(opened.subject.sha256, sha256, sizeof(sha256));
	/* of a session that is refused, too */
	prepare(3, LISTENER, cert);
	present(p.workers[0]);
	ck_assert_uint_eq(
	    worker_try(p.workers[0], 3, "10.1.2.3", &opened), 4520);
	ck_assert_str_eq(opened.subject.name, "CN=Alice");
	/* the next one has shown none */
	ck_assert_uint_eq(worker_try(p.workers[0], 2, p.text, &opened), 0);
	ck_assert_str_eq(opened.subject.name, "");
	rig_list(&p.rig, 0, &listed);
	ck_assert_uint_eq(listed.count, 2);
	ck_assert_str_eq(listed.entries[0].subject.name, "CN=Alice");
	ck_assert_mem_eq(listed.entries[0].subject.sha256, sha256, 32);
	ck_assert_str_eq(listed.entries[1].subject.name, "");
	rig_stop(&p.rig);
}
END_TEST

/* RFC 4514, 2.4; and what is no plain text in a name is left out. */
static const struct {
	const char *cn;
	const char *names;
	const char *name;
	const char *others;
} spellings[] = {
    {"A,B+C\"D\\", NULL, "CN=A\\,B\\+C\\\"D\\\\", ""},
    {"J\xc3\xbcrgen", NULL, "CN=J\\C3\\BCrgen", ""},
    {"\x1b[2J\n", NULL, "CN=\\1B[2J\\0A", ""},
    {NULL, "email:bob@lab.example", "email:bob@lab.example",
	"email:bob@lab.example"},
    {NULL, NULL, "no name", ""},
    {"x", "DNS:a b,DNS:good,IP:10.0.0.1", "CN=x", "DNS:good"},
    {"x", "URI:https://lab.example/a?b", "CN=x", "URI:https://lab.example/a?b"},
};

START_TEST(broker_writes_names_that_no_terminal_obeys)
{
	X509 *cert;

	start();
	cert = make((struct person){
	    .cn = spellings[_i].cn, .names = spellings[_i].names});
	ck_assert_uint_eq(try_as(1, LISTENER, cert), 0);
	ck_assert_str_eq(opened.subject.name, spellings[_i].name);
	ck_assert_str_eq(opened.subject.others, spellings[_i].others);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_cuts_long_names_and_says_so)
{
	char many[2048] = "", entry[64] = "\xf0\x9f\x98\x80";
	X509 *cert;
	int i;

	start();
	/* a CN has 64 characters at most (RFC 5280, A.1): six bytes of each */
	for (i = 0; i < 64; i++)
		strcat(many, entry);
	cert = make((struct person){.cn = many});
	ck_assert_uint_eq(try_as(1, LISTENER, cert), 0);
	ck_assert_uint_eq(strlen(opened.subject.name), SUBJECT_TEXT_MAX - 1);
	ck_assert_str_eq(opened.subject.name + SUBJECT_TEXT_MAX - 4, "...");
	/* of others, each is there whole or not at all */
	many[0] = '\0';
	for (i = 0; i < 40; i++) {
		snprintf(entry, sizeof(entry), "%sDNS:host%02d.lab.example",
		    i == 0 ? "" : ",", i);
		strcat(many, entry);
	}
	cert = make((struct person){.cn = "x", .names = many});
	ck_assert_uint_eq(try_as(2, LISTENER, cert), 0);
	ck_assert_uint_eq((strlen(opened.subject.others) + 1) %
		sizeof("DNS:host00.lab.example"),
	    0);
	ck_assert_uint_gt(strlen(opened.subject.others), 200);
	rig_stop(&p.rig);
}
END_TEST

/* ---- who is refused ---- */

enum made {
	BY_CA,
	BY_OTHER,
	BY_ITSELF,
	BY_DEPARTMENT
};

static const struct {
	const char *what;
	enum made made;
	struct person person;
	uint32_t code;
	const char *reason;
} rows[] = {
    {"good", BY_CA, {.cn = "x"}, 0, ""},
    {"of another authority", BY_OTHER, {.cn = "x"}, 4520,
	"your certificate is not accepted"},
    {"by who has its name", BY_CA, {.cn = "x", .is_forged = 1}, 4520,
	"your certificate is not accepted"},
    {"by itself", BY_ITSELF, {.cn = "x"}, 4520,
	"your certificate is not accepted"},
    {"by somebody nobody knows", BY_DEPARTMENT, {.cn = "x"}, 4520,
	"your certificate is not accepted"},
    {"of a server", BY_CA, {.cn = "x", .usage = "serverAuth"}, 4520,
	"your certificate is not accepted"},
    {"over", BY_CA,
	{.cn = "x", .from_sec = -2 * PEOPLE_DAY_SEC, .to_sec = -PEOPLE_DAY_SEC},
	4521, "your certificate: certificate has expired"},
    {"not yet", BY_CA,
	{.cn = "x", .from_sec = PEOPLE_DAY_SEC, .to_sec = 2 * PEOPLE_DAY_SEC},
	4521, "your certificate: certificate is not yet valid"},
};

START_TEST(broker_refuses_whom_the_authority_does_not_vouch_for)
{
	struct person person = rows[_i].person;
	X509 *issuers[4];

	start();
	issuers[BY_CA] = ca;
	issuers[BY_OTHER] = other_ca;
	issuers[BY_ITSELF] = NULL;
	issuers[BY_DEPARTMENT] = between;
	person.issuer = issuers[rows[_i].made];
	ck_assert_msg(
	    try_as(1, LISTENER, people_cert(&person)) == rows[_i].code, "%s",
	    rows[_i].what);
	ck_assert_str_eq(opened.reason, rows[_i].reason);
	ck_assert_int_eq(opened.subject.name[0] != '\0', rows[_i].code == 0);
	ck_assert_uint_eq(rig_count(&p.rig), rows[_i].code == 0);
	/* the worker is honest all the same */
	ck_assert_uint_eq(worker_try(p.workers[0], 2, p.text, &opened), 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_follows_a_chain_that_the_client_has_shown)
{
	struct person person = {.cn = "Carol"};

	start();
	person.issuer = between;
	prepare(1, LISTENER, people_cert(&person));
	add(between);
	present(p.workers[0]);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, p.text, &opened), 0);
	ck_assert_str_eq(opened.subject.name, "CN=Carol");
	/* what a client adds is not trusted for that */
	person.issuer = other_ca;
	prepare(2, LISTENER, people_cert(&person));
	add(other_ca);
	present(p.workers[0]);
	ck_assert_uint_eq(worker_try(p.workers[0], 2, p.text, &opened), 4520);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_asks_the_authority_of_that_listener)
{
	X509 *cert;

	start();
	cert = make((struct person){.cn = "Alice"});
	ck_assert_uint_eq(try_as(1, ANOTHER, cert), 4520);
	/* where nobody is asked for one, nobody is named */
	ck_assert_uint_eq(try_as(2, RIG_LOCAL, cert), 0);
	ck_assert_str_eq(opened.subject.name, "");
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_goes_by_the_rules_that_hold_when_a_session_opens)
{
	struct person bob = {.cn = "Bob"};
	X509 *cert;

	start();
	cert = make((struct person){.cn = "Alice"});
	bob.issuer = ca;
	ck_assert_uint_eq(try_as(1, LISTENER, cert), 0);
	cas[2] =
	    (struct rig_ca){LISTENER, CONF_CA_REVOKED, people_revoke(ca, cert)};
	configure(&p.rig, &p.conf);
	ck_assert_uint_eq(try_as(2, LISTENER, cert), 4521);
	ck_assert_str_eq(
	    opened.reason, "your certificate: certificate revoked");
	ck_assert_uint_eq(try_as(3, LISTENER, people_cert(&bob)), 0);
	/* whoever has a session keeps it */
	ck_assert_uint_eq(rig_count(&p.rig), 2);
	p.conf.cas = NULL;
	configure(&p.rig, &p.conf);
	ck_assert_uint_eq(try_as(4, LISTENER, cert), 0);
	ck_assert_str_eq(opened.subject.name, "");
	rig_stop(&p.rig);
}
END_TEST

/* ---- who waits, and who was there before ---- */

START_TEST(broker_judges_what_waited_when_its_turn_comes)
{
	struct rig_conf conf;
	struct rig rig;
	X509 *cert;
	int worker, fd;

	start();
	cert = make((struct person){.cn = "Alice"});
	conf = p.conf;
	conf.worker_count = 1;
	rig = rig_start(&conf);
	worker = rig_connect_worker(&rig, 0);
	prepare(1, LISTENER, cert);
	present(worker);
	worker_open(worker, 1, p.text);
	cas[2] =
	    (struct rig_ca){LISTENER, CONF_CA_REVOKED, people_revoke(ca, cert)};
	configure(&rig, &conf);
	worker_held_end(worker, 0);
	ck_assert_uint_eq(worker_opened(worker, &opened, &fd), 4521);
	rig_stop(&rig);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_shows_whom_a_held_session_was_opened_for)
{
	struct msg_listed listed;
	int worker;

	start();
	worker = rig_connect_worker(&p.rig, 0);
	worker_expect_closed(p.workers[0]);
	worker_held_as(worker, 1, p.text, p.text, "CN=Alice");
	worker_held_end(worker, 1);
	worker_expect_silence(worker);
	rig_list(&p.rig, 0, &listed);
	ck_assert_str_eq(listed.entries[0].subject.name, "CN=Alice");
	rig_stop(&p.rig);
}
END_TEST

/* ---- what a lying worker may send ---- */

START_TEST(broker_takes_a_certificate_for_the_next_open_alone)
{
	X509 *cert;

	start();
	cert = make((struct person){.cn = "Alice"});
	prepare(1, LISTENER, cert);
	present(p.workers[0]);
	ck_assert_uint_eq(worker_try(p.workers[0], 2, p.text, &opened), 0);
	ck_assert_str_eq(opened.subject.name, "");
	/* nor is it another worker's */
	prepare(3, LISTENER, cert);
	present(p.workers[0]);
	worker_expect_silence(p.workers[0]);
	ck_assert_uint_eq(worker_try(p.workers[1], 3, p.text, &opened), 0);
	ck_assert_str_eq(opened.subject.name, "");
	/* of two, the later one counts */
	prepare(4, LISTENER, cert);
	present(p.workers[0]);
	ck_assert_uint_eq(
	    try_as(4, LISTENER, make((struct person){.cn = "Bob"})), 0);
	ck_assert_str_eq(opened.subject.name, "CN=Bob");
	rig_stop(&p.rig);
}
END_TEST

/* Sends what was prepared: the channel is closed for it. */
static void
expect_dropped(void)
{
	unsigned before = p.rig.dropped_count;

	present(p.workers[0]);
	worker_expect_closed(p.workers[0]);
	close(p.workers[0]);
	ck_assert_uint_eq(rig_count(&p.rig), 0);
	ck_assert_uint_eq(p.rig.dropped_count, before + 1);
	p.workers[0] = rig_add_worker(&p.rig, 0);
}

START_TEST(broker_drops_who_passes_on_what_no_client_can_show)
{
	size_t i, whole;
	X509 *cert;

	start();
	cert = make((struct person){.cn = "Alice"});
	prepare(1, LISTENER, cert);
	whole = presented.length;
	/* cut at every byte but the last; and a byte too many */
	for (i = 1; i < whole; i++) {
		presented.length = (uint32_t)i;
		expect_dropped();
	}
	presented.length = (uint32_t)whole + 1;
	expect_dropped();
	prepare(1, LISTENER, cert);
	for (i = 0; i < PRESENTED_CERTS_MAX; i++)
		add(between);
	expect_dropped();
	memset(presented.der, 0xff, sizeof(presented.der));
	presented.length = PRESENTED_MAX;
	expect_dropped();
	ck_assert_uint_eq(try_as(2, LISTENER, cert), 0);
	rig_stop(&p.rig);
}
END_TEST

/* Each byte of it changed once. */
START_TEST(broker_believes_no_certificate_that_was_changed)
{
	struct msg_open open = {.target = "127.0.0.1:1"};
	uint32_t i, length;
	uint64_t id = 1;
	X509 *cert;
	int fd;

	start();
	cert = make((struct person){.cn = "Alice"});
	prepare(0, LISTENER, cert);
	for (i = 0, length = presented.length; i < length; i++) {
		prepare(++id, LISTENER, cert);
		presented.der[i] ^= 1;
		present(p.workers[0]);
		open.conn_id = id;
		open.local = presented.local;
		/* it has lost its channel, or is refused */
		if (ipc_write_message(p.workers[0], MSG_OPEN, &open, -1) < 0 ||
		    recv(p.workers[0], &fd, 1, MSG_PEEK) <= 0) {
			close(p.workers[0]);
			p.workers[0] = rig_add_worker(&p.rig, 0);
			continue;
		}
		ck_assert_msg(worker_opened(p.workers[0], &opened, &fd) != 0,
		    "byte %u", i);
		ck_assert_str_eq(opened.subject.name, "");
		ck_assert_ptr_nonnull(strstr(opened.reason, "certificate"));
	}
	ck_assert_uint_eq(rig_count(&p.rig), 0);
	rig_stop(&p.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker-certs");
	TCase *tc = tcase_create("certs");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_checked_fixture(tc, NULL, people_free);
	tcase_add_test(tc, broker_names_whom_the_authority_vouches_for);
	tcase_add_loop_test(tc, broker_writes_names_that_no_terminal_obeys, 0,
	    COUNT(spellings));
	tcase_add_test(tc, broker_cuts_long_names_and_says_so);
	tcase_add_loop_test(tc,
	    broker_refuses_whom_the_authority_does_not_vouch_for, 0,
	    COUNT(rows));
	tcase_add_test(tc, broker_follows_a_chain_that_the_client_has_shown);
	tcase_add_test(tc, broker_asks_the_authority_of_that_listener);
	tcase_add_test(
	    tc, broker_goes_by_the_rules_that_hold_when_a_session_opens);
	tcase_add_test(tc, broker_judges_what_waited_when_its_turn_comes);
	tcase_add_test(tc, broker_shows_whom_a_held_session_was_opened_for);
	tcase_add_test(tc, broker_takes_a_certificate_for_the_next_open_alone);
	tcase_add_test(tc, broker_drops_who_passes_on_what_no_client_can_show);
	tcase_add_test(tc, broker_believes_no_certificate_that_was_changed);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
