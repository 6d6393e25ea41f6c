/* SPDX-License-Identifier: ISC */
/* Tickets: what they resume, and for how long. */
#include <check.h>
#include <stdlib.h>

#include "tests/unit/tls_rig.h"
#include "worker/tls/tls_ticket.h"

#define TURNS 8 /* more than a handshake has flights */

static SSL_CTX *server_ctx, *client_ctx;

static int
accept_any(int is_good, X509_STORE_CTX *ctx)
{
	(void)is_good;
	(void)ctx;
	return 1;
}

/* A certificate whose end is so many seconds from now, with its key. */
static void
give_certificate(SSL_CTX *ctx, long end_sec)
{
	EVP_PKEY *key = rig_key("P-256");
	X509 *cert = rig_cert(key, "DNS:c.example", NULL, NULL);

	X509_gmtime_adj(X509_getm_notAfter(cert), end_sec);
	ck_assert_int_gt(X509_sign(cert, key, EVP_sha256()), 0);
	ck_assert_int_eq(SSL_CTX_use_certificate(ctx, cert), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(ctx, key), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void
prepare(int version, int is_over)
{
	struct msg_tickets tickets = {.count = 1};

	tls_ticket_set_keys(&tickets);
	ck_assert(tls_ticket_has_keys());
	server_ctx = SSL_CTX_new(TLS_server_method());
	client_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_max_proto_version(client_ctx, version);
	give_certificate(server_ctx, 60);
	give_certificate(client_ctx, is_over ? -60 : 60);
	ck_assert_int_eq(tls_ticket_use(server_ctx), 1);
	SSL_CTX_set_session_id_context(
	    server_ctx, (const unsigned char *)"c", 1);
	/* as if it had not been over when it was shown */
	SSL_CTX_set_verify(server_ctx, SSL_VERIFY_PEER, accept_any);
}

/* Shakes hands. Returns whether session was resumed, and gives the next. */
static int
connect_once(SSL_SESSION **session)
{
	SSL *server = SSL_new(server_ctx), *client = SSL_new(client_ctx);
	BIO *ours, *theirs;
	int i, is_resumed;
	char byte;

	ck_assert_int_eq(BIO_new_bio_pair(&ours, 0, &theirs, 0), 1);
	SSL_set_bio(server, ours, ours);
	SSL_set_bio(client, theirs, theirs);
	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	if (*session != NULL)
		ck_assert_int_eq(SSL_set_session(client, *session), 1);
	for (i = 0; i < TURNS; i++) {
		(void)SSL_do_handshake(client);
		(void)SSL_do_handshake(server);
	}
	ck_assert_int_eq(SSL_read(client, &byte, 1), -1); /* the ticket */
	ck_assert(SSL_is_init_finished(client) && SSL_is_init_finished(server));
	is_resumed = SSL_session_reused(client);
	ck_assert_int_eq(is_resumed, SSL_session_reused(server));
	SSL_SESSION_free(*session);
	*session = SSL_get1_session(client);
	ck_assert_int_eq(SSL_SESSION_is_resumable(*session), 1);
	SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(client);
	SSL_free(server);
	return is_resumed;
}

/* A ticket is good for what was verified, and no longer. */
START_TEST(ticket_resumes_nobody_whose_certificate_has_ended)
{
	int is_over = _i % 2;
	SSL_SESSION *session = NULL;

	prepare(_i < 2 ? TLS1_2_VERSION : TLS1_3_VERSION, is_over);
	ck_assert_int_eq(connect_once(&session), 0);
	ck_assert_int_eq(connect_once(&session), !is_over);
	ck_assert_int_eq(connect_once(&session), !is_over);
	SSL_SESSION_free(session);
	SSL_CTX_free(server_ctx);
	SSL_CTX_free(client_ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_ticket");
	TCase *tc = tcase_create("tls_ticket");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, ticket_resumes_nobody_whose_certificate_has_ended, 0, 4);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
