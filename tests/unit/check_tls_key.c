/* SPDX-License-Identifier: ISC */
/* Handshakes whose server has no key: another one signs, later. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "tests/unit/tls_rig.h"
#include "worker/tls/tls_key.h"
#include "worker/tls/tls_provider.h"

#define CERT_ID	  7
#define TURNS_MAX 40

/* the keeper: what it was asked, and what it will say */
static struct {
	EVP_PKEY *key;
	unsigned asked;
	unsigned later; /* so many times it is not ready */
	int refuses;
	uint16_t scheme;
	uint8_t content[512];
	size_t content_len;
} keeper;

static long
ask(const struct tls_sign_ask *what)
{
	keeper.asked++;
	ck_assert_uint_eq(what->cert_id, CERT_ID);
	ck_assert_uint_le(what->content_len, sizeof(keeper.content));
	if (keeper.asked > 1) {
		/* asked again, it is the same question */
		ck_assert_uint_eq(what->scheme, keeper.scheme);
		ck_assert_mem_eq(
		    what->content, keeper.content, what->content_len);
	}
	keeper.scheme = what->scheme;
	keeper.content_len = what->content_len;
	memcpy(keeper.content, what->content, what->content_len);
	if (keeper.later > 0) {
		keeper.later--;
		return TLS_SIGN_LATER;
	}
	if (keeper.refuses)
		return 0;
	return (long)rig_sign(keeper.key, what->scheme, what->content,
	    what->content_len, what->signature, what->size);
}

static struct {
	SSL_CTX *server_ctx;
	SSL_CTX *client_ctx;
	SSL *server;
	SSL *client;
	X509 *cert;
	int paused;
} t;

static void
set_up(const char *kind, int version, const char *sigalgs)
{
	EVP_PKEY *public_key, *key;
	BIO *to_server = BIO_new(BIO_s_mem()),
	    *to_client = BIO_new(BIO_s_mem());

	memset(&keeper, 0, sizeof(keeper));
	memset(&t, 0, sizeof(t));
	keeper.key = rig_key(kind);
	t.cert = rig_cert(keeper.key, "DNS:a.example", NULL, NULL);
	ck_assert_int_eq(tls_provider_open(ask), 0);
	public_key = X509_get_pubkey(t.cert);
	key = tls_key_new(CERT_ID, public_key);
	ck_assert_ptr_nonnull(key);

	t.server_ctx = SSL_CTX_new(TLS_server_method());
	ck_assert_int_eq(SSL_CTX_use_certificate(t.server_ctx, t.cert), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(t.server_ctx, key), 1);
	SSL_CTX_set_mode(t.server_ctx, SSL_MODE_ASYNC);
	t.client_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_min_proto_version(t.client_ctx, version);
	SSL_CTX_set_max_proto_version(t.client_ctx, version);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(t.client_ctx), t.cert);
	SSL_CTX_set_verify(t.client_ctx, SSL_VERIFY_PEER, NULL);
	ck_assert_int_eq(SSL_CTX_set1_sigalgs_list(t.client_ctx, sigalgs), 1);
	t.server = SSL_new(t.server_ctx);
	t.client = SSL_new(t.client_ctx);
	BIO_up_ref(to_server);
	BIO_up_ref(to_client);
	SSL_set_bio(t.server, to_server, to_client);
	SSL_set_bio(t.client, to_client, to_server);
	SSL_set_accept_state(t.server);
	SSL_set_connect_state(t.client);
	EVP_PKEY_free(key);
	EVP_PKEY_free(public_key);
}

static void
tear_down(void)
{
	SSL_free(t.server);
	SSL_free(t.client);
	SSL_CTX_free(t.server_ctx);
	SSL_CTX_free(t.client_ctx);
	X509_free(t.cert);
	EVP_PKEY_free(keeper.key);
}

/* 1 when both ends are through, 0 when one has failed. */
static int
shake_hands(void)
{
	int server = 0, client = 0, turns, error;

	for (turns = 0; turns < TURNS_MAX && (server != 1 || client != 1);
	     turns++) {
		client = SSL_do_handshake(t.client);
		error = SSL_get_error(t.client, client);
		if (client != 1 && error != SSL_ERROR_WANT_READ)
			return 0;
		server = SSL_do_handshake(t.server);
		error = SSL_get_error(t.server, server);
		t.paused += error == SSL_ERROR_WANT_ASYNC;
		if (server != 1 && error != SSL_ERROR_WANT_READ &&
		    error != SSL_ERROR_WANT_ASYNC)
			return 0;
	}
	return server == 1 && client == 1;
}

static const struct {
	const char *kind;
	int version;
	const char *sigalgs;
	unsigned scheme;
} cases[] = {
    {"RSA", TLS1_3_VERSION, "rsa_pss_rsae_sha256", 0x0804},
    {"RSA", TLS1_3_VERSION, "rsa_pss_rsae_sha384", 0x0805},
    {"RSA", TLS1_3_VERSION, "rsa_pss_rsae_sha512", 0x0806},
    {"RSA", TLS1_2_VERSION, "rsa_pss_rsae_sha256", 0x0804},
    {"RSA", TLS1_2_VERSION, "RSA+SHA256", 0x0401},
    {"RSA", TLS1_2_VERSION, "RSA+SHA384", 0x0501},
    {"RSA", TLS1_2_VERSION, "RSA+SHA512", 0x0601},
    {"P-256", TLS1_3_VERSION, "ECDSA+SHA256", 0x0403},
    {"P-256", TLS1_2_VERSION, "ECDSA+SHA256", 0x0403},
    {"P-384", TLS1_3_VERSION, "ECDSA+SHA384", 0x0503},
    {"P-384", TLS1_2_VERSION, "ECDSA+SHA384", 0x0503},
    {"P-521", TLS1_3_VERSION, "ECDSA+SHA512", 0x0603},
};

#define CASES ((int)(sizeof(cases) / sizeof(cases[0])))

START_TEST(tls_key_signs_a_handshake_when_the_answer_comes_later)
{
	char data[5];

	set_up(cases[_i].kind, cases[_i].version, cases[_i].sigalgs);
	keeper.later = 3;
	ck_assert_int_eq(shake_hands(), 1);
	ck_assert_int_eq(t.paused, 3);
	ck_assert_uint_eq(keeper.asked, 4);
	ck_assert_uint_eq(keeper.scheme, cases[_i].scheme);
	ck_assert_int_eq(SSL_write(t.client, "hello", 5), 5);
	ck_assert_int_eq(SSL_read(t.server, data, 5), 5);
	ck_assert_mem_eq(data, "hello", 5);
	tear_down();
}
END_TEST

/* RFC 8446, 4.4.3; RFC 8422, 5.4: what the keeper recognises */
START_TEST(tls_key_shows_the_whole_content)
{
	static const char context[] = "TLS 1.3, server CertificateVerify";
	size_t i;

	set_up("P-256", cases[_i].version, "ECDSA+SHA256");
	ck_assert_int_eq(shake_hands(), 1);
	if (cases[_i].version == TLS1_3_VERSION) {
		for (i = 0; i < 64; i++)
			ck_assert_int_eq(keeper.content[i], 0x20);
		ck_assert_mem_eq(keeper.content + 64, context, sizeof(context));
		ck_assert(keeper.content_len == 64 + sizeof(context) + 32 ||
		    keeper.content_len == 64 + sizeof(context) + 48);
	} else {
		SSL_get_client_random(t.client, keeper.content + 400, 32);
		ck_assert_mem_eq(keeper.content, keeper.content + 400, 32);
		ck_assert_int_eq(keeper.content[64], 3); /* named_curve */
		ck_assert_uint_eq(
		    keeper.content_len, 64 + 4 + (size_t)keeper.content[67]);
	}
	tear_down();
}
END_TEST

START_TEST(tls_key_ends_the_handshake_that_gets_no_signature)
{
	set_up("P-256", TLS1_3_VERSION, "ECDSA+SHA256");
	keeper.later = (unsigned)_i;
	keeper.refuses = 1;
	ck_assert_int_eq(shake_hands(), 0);
	ck_assert_uint_eq(keeper.asked, 1 + (unsigned)_i);
	tear_down();
}
END_TEST

START_TEST(tls_key_that_does_not_belong_to_the_certificate_is_refused)
{
	EVP_PKEY *other, *key;

	set_up("P-256", TLS1_3_VERSION, "ECDSA+SHA256");
	other = rig_key(_i == 0 ? "P-256" : "RSA");
	key = tls_key_new(CERT_ID, other);
	ck_assert_ptr_nonnull(key);
	/* of another type, it is the key of a certificate that may follow */
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(t.server_ctx, key) == 1 &&
		SSL_CTX_check_private_key(t.server_ctx) == 1,
	    0);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	tear_down();
}
END_TEST

START_TEST(tls_key_takes_no_other_kind_of_key)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	ck_assert_int_eq(tls_provider_open(ask), 0);
	ck_assert_ptr_nonnull(key);
	ck_assert_ptr_null(tls_key_new(CERT_ID, key));
	EVP_PKEY_free(key);
}
END_TEST

/* There is no private part to give away, and none is pretended. */
START_TEST(tls_key_gives_the_public_part_only)
{
	EVP_PKEY *public_key, *key;
	OSSL_PARAM *params = NULL;

	set_up("P-256", TLS1_3_VERSION, "ECDSA+SHA256");
	public_key = X509_get_pubkey(t.cert);
	key = tls_key_new(CERT_ID, public_key);
	ck_assert_int_eq(EVP_PKEY_todata(key, EVP_PKEY_KEYPAIR, &params), 0);
	ck_assert_int_eq(EVP_PKEY_todata(key, EVP_PKEY_PUBLIC_KEY, &params), 1);
	OSSL_PARAM_free(params);
	ck_assert_int_eq(EVP_PKEY_eq(key, public_key), 1);
	ck_assert_int_eq(EVP_PKEY_eq(public_key, key), 1);
	EVP_PKEY_free(key);
	EVP_PKEY_free(public_key);
	tear_down();
}
END_TEST

/* Keys that are libcrypto's own stay with libcrypto. */
START_TEST(tls_key_leaves_other_keys_alone)
{
	static const uint8_t content[] = "content";
	unsigned char signature[512];
	EVP_PKEY *key = rig_key(_i == 0 ? "RSA" : "P-256");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len;

	memset(&keeper, 0, sizeof(keeper));
	ck_assert_int_eq(tls_provider_open(ask), 0);
	len = rig_sign(key, _i == 0 ? 0x0401 : 0x0403, content, sizeof(content),
	    signature, sizeof(signature));
	ck_assert_int_eq(
	    EVP_DigestVerifyInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL),
	    1);
	ck_assert_int_eq(
	    EVP_DigestVerify(ctx, signature, len, content, sizeof(content)), 1);
	ck_assert_uint_eq(keeper.asked, 0);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}
END_TEST

static Suite *
tls_key_suite(void)
{
	Suite *suite = suite_create("tls_key");
	TCase *tc = tcase_create("handshakes");

	tcase_add_loop_test(tc,
	    tls_key_signs_a_handshake_when_the_answer_comes_later, 0, CASES);
	tcase_add_loop_test(tc, tls_key_shows_the_whole_content, 7, 9);
	tcase_add_loop_test(
	    tc, tls_key_ends_the_handshake_that_gets_no_signature, 0, 3);
	suite_add_tcase(suite, tc);

	tc = tcase_create("keys");
	tcase_add_loop_test(tc,
	    tls_key_that_does_not_belong_to_the_certificate_is_refused, 0, 2);
	tcase_add_test(tc, tls_key_takes_no_other_kind_of_key);
	tcase_add_test(tc, tls_key_gives_the_public_part_only);
	tcase_add_loop_test(tc, tls_key_leaves_other_keys_alone, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(tls_key_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
