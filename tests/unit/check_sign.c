/* SPDX-License-Identifier: ISC */
/*
 * Which key signs with which scheme (RFC 8446, 4.2.3), and that what comes
 * out is a signature; and the ticket keys.
 */
#include <check.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keeper/sign.h"
#include "daemon/keeper/tickets.h"
#include "tests/unit/cert_maker.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const kinds[] = {
    "P-256", "P-384", "P-521", "RSA:2048", "RSA:4096"};

static struct msg_sign sign;
static struct msg_signature made;

/* What may be signed, with the kinds in order; all else must not be. */
static const struct {
	uint16_t scheme;
	const char *in_1_3; /* "10000": with the first kind alone */
	const char *in_1_2;
} schemes[] = {
    {0x0403, "10000", "11100"}, /* ecdsa_secp256r1_sha256 */
    {0x0503, "01000", "11100"}, /* ecdsa_secp384r1_sha384 */
    {0x0603, "00100", "11100"}, /* ecdsa_secp521r1_sha512 */
    {0x0804, "00011", "00011"}, /* rsa_pss_rsae_sha256 */
    {0x0805, "00011", "00011"}, /* rsa_pss_rsae_sha384 */
    {0x0806, "00011", "00011"}, /* rsa_pss_rsae_sha512 */
    {0x0401, "00000", "00011"}, /* rsa_pkcs1_sha256 */
    {0x0501, "00000", "00011"}, /* rsa_pkcs1_sha384 */
    {0x0601, "00000", "00011"}, /* rsa_pkcs1_sha512 */
};

static void
expect(EVP_PKEY *key, int is_allowed)
{
	memset(&made, 0xee, sizeof(made));
	sign_content(key, &sign, SETTINGS_TLS_1_2, &made);
	ck_assert_msg(made.code ==
		(is_allowed ? (uint32_t)SIGNED_OK : (uint32_t)SIGNED_SCHEME),
	    "scheme 0x%04x: code %u", sign.scheme, made.code);
	if (is_allowed)
		ck_assert(maker_verify(key, &sign, &made));
	else
		ck_assert_uint_eq(made.length, 0);
}

START_TEST(sign_uses_each_scheme_with_its_keys_only)
{
	EVP_PKEY *key = maker_key(kinds[_i]);
	size_t i;

	for (i = 0; i < COUNT(schemes); i++) {
		maker_sign_1_3(&sign, schemes[i].scheme);
		expect(key, schemes[i].in_1_3[_i] == '1');
		maker_sign_1_2(&sign, schemes[i].scheme);
		expect(key, schemes[i].in_1_2[_i] == '1');
	}
	EVP_PKEY_free(key);
}
END_TEST

/* SHA-1 (0x0201, 0x0203), PSS keys' own schemes, Ed25519, all the others */
START_TEST(sign_knows_no_other_scheme)
{
	EVP_PKEY *key = maker_key(_i == 0 ? "P-256" : "RSA:2048");
	uint32_t scheme;
	size_t i;

	for (scheme = 0; scheme <= UINT16_MAX; scheme++) {
		for (i = 0; i < COUNT(schemes); i++)
			if (schemes[i].scheme == scheme)
				break;
		if (i < COUNT(schemes))
			continue;
		maker_sign_1_2(&sign, (uint16_t)scheme);
		expect(key, 0);
		maker_sign_1_3(&sign, (uint16_t)scheme);
		expect(key, 0);
	}
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(sign_leaves_tls_1_2_alone_where_1_3_is_the_least)
{
	EVP_PKEY *key = maker_key("P-256");

	maker_sign_1_2(&sign, 0x0403);
	sign_content(key, &sign, SETTINGS_TLS_1_3, &made);
	ck_assert_uint_eq(made.code, SIGNED_CONTENT);
	ck_assert_uint_eq(made.length, 0);
	maker_sign_1_3(&sign, 0x0403);
	sign_content(key, &sign, SETTINGS_TLS_1_3, &made);
	ck_assert_uint_eq(made.code, SIGNED_OK);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(sign_signs_no_hash_and_no_other_text)
{
	EVP_PKEY *key = maker_key("P-256");
	uint16_t length;

	memset(&sign, 'a', sizeof(sign));
	sign.scheme = 0x0403;
	for (length = 0; length <= SIGN_CONTENT_MAX; length++) {
		sign.length = length;
		sign_content(key, &sign, SETTINGS_TLS_1_2, &made);
		ck_assert_uint_eq(made.code, SIGNED_CONTENT);
	}
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(tickets_keep_three_keys_newest_first)
{
	struct msg_tickets tickets = {0}, before;
	uint32_t i;

	for (i = 1; i < 10; i++) {
		before = tickets;
		ck_assert_int_eq(tickets_rotate(&tickets), 0);
		ck_assert_uint_eq(tickets.count, i < 3 ? i : 3);
		ck_assert_mem_eq(
		    &tickets.keys[1], &before.keys[0], sizeof(before.keys[0]));
		ck_assert_mem_eq(
		    &tickets.keys[2], &before.keys[1], sizeof(before.keys[0]));
		ck_assert_mem_ne(
		    tickets.keys[0].name, tickets.keys[1].name, 16);
		ck_assert_mem_ne(tickets.keys[0].aes, tickets.keys[1].aes, 32);
		ck_assert_mem_ne(tickets.keys[0].mac, tickets.keys[1].mac, 32);
		ck_assert_mem_ne(tickets.keys[0].aes, tickets.keys[0].mac, 32);
	}
	memset(&before, 0, sizeof(before));
	tickets_clear(&tickets);
	ck_assert_mem_eq(&tickets, &before, sizeof(before));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sign");
	TCase *tc = tcase_create("sign");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(
	    tc, sign_uses_each_scheme_with_its_keys_only, 0, COUNT(kinds));
	tcase_add_loop_test(tc, sign_knows_no_other_scheme, 0, 2);
	tcase_add_test(tc, sign_leaves_tls_1_2_alone_where_1_3_is_the_least);
	tcase_add_test(tc, sign_signs_no_hash_and_no_other_text);
	tcase_add_test(tc, tickets_keep_three_keys_newest_first);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
