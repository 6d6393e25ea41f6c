/* SPDX-License-Identifier: ISC */
/*
 * TLS towards a target: what of its configuration a worker takes, and what
 * a target may do once it is known.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "tests/unit/leg_rig.h"
#include "tests/unit/tls_rig.h"
#include "worker/leg/buffer.h"
#include "worker/leg/leg_tls.h"
#include "worker/tls/tls.h"
#include "worker/tls/tls_conf.h"
#include "worker/tls/tls_target.h"

#define CA_ID	  1
#define TLS_ID	  5
#define ROUNDS	  200 /* new keys cost 27 bytes: far more than 1024 */
#define FLOOD	  60  /* in one read */
#define HELLO_MAX 600

static EVP_PKEY *key;
static X509 *cert;
static struct tls_conf *conf;
static SSL_CTX *server_ctx;
static SSL *server;
static struct msg_conf_target_tls msg;
static struct settings settings;

static int
on_ask(void *arg, const struct tls_sign_ask *ask)
{
	(void)arg;
	(void)ask;
	ck_abort_msg("a target's handshake asks for no signature");
}

static void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(
	    tls_open(on_ask, buffer_new() + WORKER_BUFFER_BYTES), 0);
	key = rig_key("P-256");
	cert = rig_cert(key, "DNS:lab.example", NULL, NULL);
	ck_assert_ptr_nonnull(conf = tls_conf_new());
	memset(&settings, 0, sizeof(settings));
	memset(&msg, 0, sizeof(msg));
	msg.tls_id = TLS_ID;
	msg.ca_id = CA_ID;
	msg.is_host_checked = 1;
	ck_assert_int_eq(target_parse("lab.example:1", 1, &msg.host), 0);
}

static void
teardown(void)
{
	tls_conf_free(conf);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static int
add_ca(uint32_t ca_id)
{
	struct msg_conf_target_ca ca = {ca_id};
	int fd = rig_cert_file(cert), result;

	result = tls_conf_add_target_ca(conf, &ca, fd);
	close(fd);
	return result;
}

/* ---- what is taken ---- */

START_TEST(tls_target_takes_no_authority_twice_or_too_many)
{
	uint32_t i;

	ck_assert_int_eq(add_ca(0), VB_EBADMSG);
	for (i = 1; i <= PROTO_TARGET_CAS_MAX; i++) {
		ck_assert_int_eq(add_ca(i), 0);
		ck_assert_int_eq(add_ca(i), VB_EBADMSG);
	}
	ck_assert_int_eq(add_ca(i), VB_EBADMSG);
}
END_TEST

static void
spoil_nothing(void)
{
}

static void
spoil_id(void)
{
	msg.tls_id = 0;
}

static void
spoil_verification(void)
{
	msg.ca_id = 0;
}

static void
spoil_ca(void)
{
	msg.ca_id = CA_ID + 1;
}

static void
spoil_by_both(void)
{
	msg.pin_count = 1;
}

static void
spoil_pins(void)
{
	msg.ca_id = 0;
	msg.pin_count = PROTO_PINS_MAX + 1;
}

static void
spoil_name(void)
{
	memset(msg.host.name, 'a', sizeof(msg.host.name));
}

static const struct {
	void (*spoil)(void);
	int result;
} rows[] = {
    {spoil_nothing, 0},
    {spoil_id, VB_EBADMSG},
    {spoil_verification, VB_EBADMSG}, /* there is none without */
    {spoil_ca, VB_EBADMSG},
    {spoil_by_both, VB_EBADMSG},
    {spoil_pins, VB_EBADMSG},
    {spoil_name, VB_EBADMSG},
};

START_TEST(tls_target_takes_only_what_makes_sense)
{
	ck_assert_int_eq(add_ca(CA_ID), 0);
	rows[_i].spoil();
	ck_assert_int_eq(tls_conf_add_target(conf, &msg), rows[_i].result);
	/* and none twice */
	ck_assert_int_eq(tls_conf_add_target(conf, &msg), VB_EBADMSG);
	ck_assert_int_eq(tls_conf_build(conf, &settings), 0);
	ck_assert_int_eq(
	    tls_conf_find_target(conf, TLS_ID) != NULL, rows[_i].result == 0);
	ck_assert_ptr_null(tls_conf_find_target(conf, 0));
}
END_TEST

START_TEST(tls_target_is_found_for_one_reload_more)
{
	struct tls_conf *next = tls_conf_new(), *last = tls_conf_new();

	ck_assert_int_eq(add_ca(CA_ID), 0);
	ck_assert_int_eq(tls_conf_add_target(conf, &msg), 0);
	ck_assert_int_eq(tls_conf_build(conf, &settings), 0);
	tls_conf_remember(next, conf);
	tls_conf_free(conf);
	ck_assert_ptr_nonnull(tls_conf_find_target(next, TLS_ID));
	tls_conf_remember(last, next);
	ck_assert_ptr_null(tls_conf_find_target(last, TLS_ID));
	tls_conf_free(next);
	conf = last;
}
END_TEST

/* ---- a session ---- */

static void
open_leg(int version)
{
	ck_assert_int_eq(add_ca(CA_ID), 0);
	ck_assert_int_eq(tls_conf_add_target(conf, &msg), 0);
	ck_assert_int_eq(tls_conf_build(conf, &settings), 0);
	open_pair();
	fcntl(t.peer, F_SETFL, O_NONBLOCK);
	leg_secure(&t.leg, tls_new_to(tls_conf_find_target(conf, TLS_ID)));
	server_ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_min_proto_version(server_ctx, version);
	SSL_CTX_set_max_proto_version(server_ctx, version);
	ck_assert_int_eq(SSL_CTX_use_certificate(server_ctx, cert), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(server_ctx, key), 1);
	server = SSL_new(server_ctx);
	SSL_set_fd(server, t.peer);
	SSL_set_accept_state(server);
}

static void
shake_hands(void)
{
	int step = TLS_MORE, turns;

	ck_assert_int_eq(leg_begin_handshake(&t.leg), 0);
	for (turns = 0; turns < TURNS && step != TLS_DONE; turns++) {
		(void)SSL_do_handshake(server);
		step = leg_handshake(&t.leg);
		ck_assert_int_ge(step, 0);
	}
	ck_assert_int_eq(step, TLS_DONE);
	ck_assert_int_eq(SSL_do_handshake(server), 1);
}

static void
close_leg(void)
{
	SSL_free(server);
	SSL_CTX_free(server_ctx);
	close_all();
}

static void
exchange(void)
{
	struct iovec iov = {(void *)(uintptr_t) "to", 2};
	char buf[16];

	ck_assert_int_eq(SSL_write(server, "from", 4), 4);
	ck_assert_int_eq(leg_read(&t.leg, buf, sizeof(buf)), 4);
	ck_assert_mem_eq(buf, "from", 4);
	ck_assert_int_eq(leg_write(&t.leg, &iov, 1), 0);
	ck_assert_int_eq(SSL_read(server, buf, sizeof(buf)), 2);
	ck_assert_mem_eq(buf, "to", 2);
}

START_TEST(tls_target_gets_a_hello_and_nothing_is_read_before)
{
	char buf[HELLO_MAX];

	open_leg(TLS1_3_VERSION);
	ck_assert_int_eq(write(t.peer, "RFB 003.008\n", 12), 12);
	ck_assert_int_eq(leg_begin_handshake(&t.leg), 0);
	ck_assert_int_gt(recv(t.peer, buf, sizeof(buf), 0), 0);
	ck_assert_int_eq(buf[0], TLS_HANDSHAKE_TYPE);
	ck_assert_int_eq(recv(t.leg.fd, buf, sizeof(buf), MSG_PEEK), 12);
	ck_assert_int_eq(leg_handshake(&t.leg), VB_ESYS);
	ck_assert_int_eq(errno, EPROTO);
	ck_assert_str_eq(tls_fault(t.leg.tls), "does not speak TLS");
	close_leg();
}
END_TEST

/* RFC 8446, 4.6.3: as often as it likes, and each is answered. */
START_TEST(tls_target_may_renew_its_keys_for_ever)
{
	int i;

	open_leg(TLS1_3_VERSION);
	shake_hands();
	for (i = 0; i < ROUNDS; i++) {
		ck_assert_int_eq(
		    SSL_key_update(server, SSL_KEY_UPDATE_REQUESTED), 1);
		exchange();
	}
	close_leg();
}
END_TEST

/* Answers that nobody reads must not pile up. */
START_TEST(tls_target_may_not_ask_for_keys_in_a_flood)
{
	char buf[16];
	int i;

	open_leg(TLS1_3_VERSION);
	shake_hands();
	for (i = 0; i < FLOOD; i++) {
		ck_assert_int_eq(
		    SSL_key_update(server, SSL_KEY_UPDATE_REQUESTED), 1);
		ck_assert_int_eq(SSL_do_handshake(server), 1);
	}
	ck_assert_int_eq(leg_read(&t.leg, buf, sizeof(buf)), -1);
	ck_assert_int_eq(errno, EPROTO);
	close_leg();
}
END_TEST

/* Each costs time that others wait for: a handful in a read is usual. */
START_TEST(tls_target_may_not_give_tickets_in_a_flood)
{
	char buf[16];
	int i;

	open_leg(TLS1_3_VERSION);
	shake_hands();
	for (i = 0; i < FLOOD; i++) {
		ck_assert_int_eq(SSL_new_session_ticket(server), 1);
		ck_assert_int_eq(SSL_do_handshake(server), 1);
	}
	ck_assert_int_eq(leg_read(&t.leg, buf, sizeof(buf)), -1);
	ck_assert_int_eq(errno, EPROTO);
	close_leg();
}
END_TEST

START_TEST(tls_target_may_give_tickets_that_nobody_wants)
{
	int i;

	open_leg(TLS1_3_VERSION);
	shake_hands();
	for (i = 0; i < ROUNDS; i++) {
		ck_assert_int_eq(SSL_new_session_ticket(server), 1);
		exchange();
	}
	close_leg();
}
END_TEST

/* RFC 5246, 7.4.1.1: a HelloRequest is refused, and the session goes on. */
START_TEST(tls_target_may_not_renegotiate)
{
	char buf[16];

	open_leg(TLS1_2_VERSION);
	shake_hands();
	exchange();
	ck_assert_int_eq(SSL_renegotiate(server), 1);
	(void)SSL_do_handshake(server);
	ck_assert_int_eq(leg_read(&t.leg, buf, sizeof(buf)), -1);
	ck_assert_int_eq(errno, EAGAIN);
	/* the warning no_renegotiation ends the server's attempt */
	ck_assert_int_eq(SSL_read(server, buf, sizeof(buf)), -1);
	ck_assert_int_eq(SSL_get_error(server, -1), SSL_ERROR_SSL);
	close_leg();
}
END_TEST

START_TEST(tls_target_hears_the_end)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	char buf[16];

	open_leg(versions[_i]);
	shake_hands();
	exchange();
	leg_shutdown_write(&t.leg);
	ck_assert_int_eq(SSL_read(server, buf, sizeof(buf)), 0);
	ck_assert_int_eq(SSL_get_error(server, 0), SSL_ERROR_ZERO_RETURN);
	close_leg();
}
END_TEST

/* The set lives as long as a session of it. */
START_TEST(tls_target_outlives_its_configuration)
{
	open_leg(TLS1_3_VERSION);
	tls_conf_free(conf);
	conf = NULL;
	shake_hands();
	exchange();
	close_leg();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls-target");
	TCase *tc = tcase_create("tls-target");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, tls_target_takes_no_authority_twice_or_too_many);
	tcase_add_loop_test(tc, tls_target_takes_only_what_makes_sense, 0,
	    sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, tls_target_is_found_for_one_reload_more);
	tcase_add_test(tc, tls_target_gets_a_hello_and_nothing_is_read_before);
	tcase_add_test(tc, tls_target_may_renew_its_keys_for_ever);
	tcase_add_test(tc, tls_target_may_not_ask_for_keys_in_a_flood);
	tcase_add_test(tc, tls_target_may_not_give_tickets_in_a_flood);
	tcase_add_test(tc, tls_target_may_give_tickets_that_nobody_wants);
	tcase_add_test(tc, tls_target_may_not_renegotiate);
	tcase_add_loop_test(tc, tls_target_hears_the_end, 0, 2);
	tcase_add_test(tc, tls_target_outlives_its_configuration);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
