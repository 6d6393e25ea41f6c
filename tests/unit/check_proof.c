/* SPDX-License-Identifier: ISC */
/*
 * What a handshake proves: that whoever has shown a certificate has its key,
 * and shook hands with this server. Made with libssl at both ends.
 */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/certificate/proof.h"
#include "tests/unit/cert_maker.h"
#include "tests/unit/handshaker.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static EVP_PKEY *server_key, *client_key;
static X509 *server_cert, *client_cert;
static struct marks own;
static struct handshake made;

static void
add_own(X509 *cert)
{
	uint8_t mark[MARK_BYTES];

	ck_assert_int_eq(mark_of_cert(cert, mark), 0);
	ck_assert_int_eq(marks_add(&own, mark), 0);
	marks_sort(&own);
}

static void
make_people(const char *server, const char *client)
{
	server_key = maker_key(server);
	client_key = maker_key(client);
	server_cert = maker_certificate(server_key, -60, 60);
	client_cert = maker_certificate(client_key, -60, 60);
	add_own(server_cert);
}

static void
teardown(void)
{
	marks_clear(&own);
	X509_free(server_cert);
	X509_free(client_cert);
	EVP_PKEY_free(server_key);
	EVP_PKEY_free(client_key);
}

static struct handshake_plan
plan(void)
{
	struct handshake_plan plan = {.server_key = server_key,
	    .client_key = client_key,
	    .server_cert = server_cert,
	    .client_cert = client_cert};

	return plan;
}

/* Whether that is believed; then it is the client's certificate. */
static const char *
judge(const uint8_t *messages, size_t len)
{
	struct proof proof;
	const char *why = proof_check(messages, len, &own, &proof);

	if (why == NULL) {
		ck_assert_int_eq(
		    X509_cmp(sk_X509_value(proof.chain, 0), client_cert), 0);
		ck_assert_uint_gt(proof.hash_len, 0);
	}
	proof_clear(&proof);
	return why;
}

static const struct {
	const char *server, *client, *groups, *suites;
} kinds[] = {
    {"P-256", "P-256", NULL, NULL},
    {"P-256", "P-256", NULL, "TLS_AES_128_GCM_SHA256"},
    {"P-256", "P-256", NULL, "TLS_AES_256_GCM_SHA384"},
    {"P-256", "P-256", NULL, "TLS_CHACHA20_POLY1305_SHA256"},
    {"P-256", "P-256", "P-384", NULL}, /* HelloRetryRequest */
    {"P-256", "P-256", "P-384", "TLS_AES_128_GCM_SHA256"},
    {"P-384", "P-521", NULL, NULL},
    {"P-521", "P-384", NULL, NULL},
    {"RSA:2048", "RSA:2048", NULL, NULL},
    {"RSA:3072", "ED25519", NULL, NULL},
};

START_TEST(an_honest_handshake_is_believed)
{
	struct handshake_plan p;

	make_people(kinds[_i].server, kinds[_i].client);
	p = plan();
	p.groups = kinds[_i].groups;
	p.suites = kinds[_i].suites;
	handshake_make(&p, &made);
	ck_assert_uint_gt(made.len, 0);
	ck_assert_ptr_null(judge(made.messages, made.len));
	ck_assert_int_eq(made.gives_ticket, 0);
}
END_TEST

START_TEST(what_stands_between_comes_along)
{
	struct handshake_plan p;
	struct proof proof;

	make_people("P-256", "P-256");
	p = plan();
	p.between = server_cert;
	handshake_make(&p, &made);
	ck_assert_ptr_null(proof_check(made.messages, made.len, &own, &proof));
	ck_assert_int_eq(sk_X509_num(proof.chain), 2);
	proof_clear(&proof);
}
END_TEST

/* Each byte is under one of the signatures, or is one. */
START_TEST(no_byte_can_be_another)
{
	struct handshake_plan p;
	size_t i;

	make_people("P-256", "P-256");
	p = plan();
	p.groups = _i == 0 ? NULL : "P-384";
	handshake_make(&p, &made);
	for (i = 0; i < made.len; i++) {
		made.messages[i] ^= (uint8_t)(1 << (i % 8));
		ck_assert_msg(judge(made.messages, made.len) != NULL,
		    "byte %zu of %zu", i, made.len);
		made.messages[i] ^= (uint8_t)(1 << (i % 8));
	}
	ck_assert_ptr_null(judge(made.messages, made.len));
}
END_TEST

START_TEST(nothing_is_missing_and_nothing_follows)
{
	struct handshake_plan p;
	size_t len;

	make_people("P-256", "P-256");
	p = plan();
	handshake_make(&p, &made);
	for (len = 0; len < made.len; len++)
		ck_assert_ptr_nonnull(judge(made.messages, len));
	ck_assert_ptr_nonnull(judge(made.messages, made.len + 1));
	ck_assert_ptr_nonnull(judge(made.messages + 1, made.len - 1));
}
END_TEST

/* The client was at another server, which a worker would be glad to be. */
START_TEST(a_handshake_with_another_server_is_none)
{
	struct handshake_plan p;

	make_people("P-256", "P-256");
	p = plan();
	marks_clear(&own);
	handshake_make(&p, &made);
	ck_assert_str_eq(judge(made.messages, made.len),
	    "the handshake is not one of this server");
	add_own(client_cert);
	ck_assert_ptr_nonnull(judge(made.messages, made.len));
}
END_TEST

/* Two messages' places; made of two handshakes: what the worker could do. */
static size_t
find_message(const struct handshake *from, uint8_t type, int nth)
{
	size_t at = 0;

	for (;;) {
		ck_assert_uint_lt(at, from->len);
		if (from->messages[at] == type && nth-- == 0)
			return at;
		at += 4 +
		    ((size_t)from->messages[at + 1] << 16 |
			(size_t)from->messages[at + 2] << 8 |
			from->messages[at + 3]);
	}
}

START_TEST(signatures_of_two_handshakes_do_not_fit)
{
	static struct handshake other;
	struct handshake_plan p;
	size_t cut, other_cut;
	static uint8_t mixed[2 * PROVE_MAX];

	make_people("P-256", "P-256");
	p = plan();
	handshake_make(&p, &made);
	handshake_make(&p, &other);
	/* from the server's Certificate (11), CertificateVerify (15) or
	 * Finished (20), the client's Certificate or CertificateVerify on */
	static const struct {
		uint8_t type;
		int nth;
	} cuts[] = {{11, 0}, {15, 0}, {20, 0}, {11, 1}, {15, 1}};

	cut = find_message(&made, cuts[_i].type, cuts[_i].nth);
	other_cut = find_message(&other, cuts[_i].type, cuts[_i].nth);
	memcpy(mixed, made.messages, cut);
	memcpy(mixed + cut, other.messages + other_cut, other.len - other_cut);
	ck_assert_ptr_nonnull(judge(mixed, cut + other.len - other_cut));
}
END_TEST

START_TEST(who_shows_none_or_not_by_tls_1_3_proves_nothing)
{
	struct handshake_plan p;

	make_people("P-256", "P-256");
	p = plan();
	p.client_key = NULL;
	handshake_make(&p, &made);
	ck_assert_uint_eq(made.len, 0);
	ck_assert_int_eq(made.gives_ticket, 1);
	p = plan();
	p.is_old = 1;
	handshake_make(&p, &made);
	ck_assert_uint_eq(made.len, 0);
}
END_TEST

static Suite *
proof_suite(void)
{
	Suite *s = suite_create("proof");
	TCase *tc = tcase_create("proof");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(
	    tc, an_honest_handshake_is_believed, 0, COUNT(kinds));
	tcase_add_test(tc, what_stands_between_comes_along);
	tcase_add_loop_test(tc, no_byte_can_be_another, 0, 2);
	tcase_add_test(tc, nothing_is_missing_and_nothing_follows);
	tcase_add_test(tc, a_handshake_with_another_server_is_none);
	tcase_add_loop_test(tc, signatures_of_two_handshakes_do_not_fit, 0, 5);
	tcase_add_test(tc, who_shows_none_or_not_by_tls_1_3_proves_nothing);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *sr = srunner_create(proof_suite());
	int failed;

	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
