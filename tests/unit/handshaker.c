/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <openssl/ssl.h>
#include <string.h>

#include "tests/unit/handshaker.h"
#include "worker/tls/tls_proof.h"

#define TURNS 20

static int
accept_any(int is_good, X509_STORE_CTX *store)
{
	(void)is_good;
	(void)store;
	return 1;
}

static SSL_CTX *
make_ctx(const struct handshake_plan *plan, int is_server)
{
	SSL_CTX *ctx =
	    SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
	EVP_PKEY *key = is_server ? plan->server_key : plan->client_key;
	X509 *cert = is_server ? plan->server_cert : plan->client_cert;

	ck_assert_ptr_nonnull(ctx);
	if (plan->is_old)
		SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	if (plan->suites != NULL)
		ck_assert_int_eq(
		    SSL_CTX_set_ciphersuites(ctx, plan->suites), 1);
	if (is_server && plan->groups != NULL)
		ck_assert_int_eq(
		    SSL_CTX_set1_groups_list(ctx, plan->groups), 1);
	if (is_server)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, accept_any);
	if (key != NULL) {
		ck_assert_int_eq(SSL_CTX_use_certificate(ctx, cert), 1);
		ck_assert_int_eq(SSL_CTX_use_PrivateKey(ctx, key), 1);
	}
	if (!is_server && plan->between != NULL)
		ck_assert_int_eq(
		    SSL_CTX_add1_chain_cert(ctx, plan->between), 1);
	return ctx;
}

static void
shake(SSL *server, SSL *client)
{
	BIO *to_server = BIO_new(BIO_s_mem());
	BIO *to_client = BIO_new(BIO_s_mem());
	int i;

	BIO_up_ref(to_server);
	BIO_up_ref(to_client);
	SSL_set_bio(server, to_server, to_client);
	SSL_set_bio(client, to_client, to_server);
	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	for (i = 0; i < TURNS; i++) {
		SSL_do_handshake(client);
		SSL_do_handshake(server);
	}
	ck_assert_int_eq(SSL_is_init_finished(server), 1);
	ck_assert_int_eq(SSL_is_init_finished(client), 1);
}

void
handshake_make(const struct handshake_plan *plan, struct handshake *out)
{
	SSL_CTX *server_ctx = make_ctx(plan, 1),
		*client_ctx = make_ctx(plan, 0);
	SSL *server = SSL_new(server_ctx), *client = SSL_new(client_ctx);
	struct tls_proof *proof = tls_proof_new(server);
	const uint8_t *messages;
	int len = 0;

	ck_assert_ptr_nonnull(proof);
	shake(server, client);
	memset(out, 0, sizeof(*out));
	if (tls_proof_end(proof))
		len = tls_proof_get(proof, &messages);
	ck_assert_int_ge(len, 0);
	if (len > 0)
		memcpy(out->messages, messages, (size_t)len);
	out->len = (size_t)len;
	out->gives_ticket = SSL_get_num_tickets(server) > 0;
	tls_proof_free(proof);
	SSL_free(server);
	SSL_free(client);
	SSL_CTX_free(server_ctx);
	SSL_CTX_free(client_ctx);
}
