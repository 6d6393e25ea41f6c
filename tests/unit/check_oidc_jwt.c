/* SPDX-License-Identifier: ISC */
/* Tokens that others have signed, and hostile ones: oidc_vectors*.c. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/jwt.h"
#include "daemon/auth/oidc/signature.h"
#include "daemon/auth/oidc/start.h"
#include "tests/unit/oidc_vectors.h"

#define SUB   "248289761001"
#define DEPTH 10000

static struct jwks *keys, *unnamed;
static struct jwt jwt;
static const char *fault;

static void
setup(void)
{
	ck_assert_int_eq(oidc_start(), 0);
	ck_assert_int_eq(
	    jwks_parse(vectors_keys, strlen(vectors_keys), &keys, &fault), 0);
	ck_assert_int_eq(jwks_parse(vectors_unnamed, strlen(vectors_unnamed),
			     &unnamed, &fault),
	    0);
	ck_assert_uint_eq(jwks_count(keys), 4);
	ck_assert_uint_eq(jwks_count(unnamed), 4);
}

static void
teardown(void)
{
	jwks_free(keys);
	jwks_free(unnamed);
}

/* Exactly as long as the text: what reads on is seen by a sanitizer. */
static int
verify(const char *token, size_t len, const struct jwks *with)
{
	char *copy = malloc(len > 0 ? len : 1);
	int result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, token, len);
	memset(&jwt, 'x', sizeof(jwt));
	result = jwt_verify(copy, len, with, &jwt, &fault);
	free(copy);
	ck_assert((result == 0) == (jwt.claims != NULL));
	ck_assert((result == 0) == (fault == NULL));
	return result;
}

START_TEST(a_token_of_the_rfcs_is_verified)
{
	const struct vectors_rfc *v = &vectors_rfc[_i];
	struct jwks *its;

	ck_assert_int_eq(jwks_parse(v->keys, strlen(v->keys), &its, &fault), 0);
	ck_assert_int_eq(verify(v->token, strlen(v->token), its), v->result);
	if (v->result < 0) /* it was signed, and is no JWT */
		ck_assert_str_eq(
		    fault, "the token's claims are not an object of JSON");
	else
		ck_assert_str_eq(
		    json_string_value(json_object_get(jwt.claims, "iss")),
		    "joe");
	jwt_clear(&jwt);
	jwks_free(its);
}
END_TEST

START_TEST(a_good_token_is_taken)
{
	size_t i;
	const struct vectors_good *v;

	for (i = 0; i < vectors_good_count; i++) {
		v = &vectors_good[i];
		ck_assert_msg(verify(v->token, strlen(v->token), keys) == 0,
		    "%s: %s", v->name, fault);
		ck_assert_str_eq(
		    json_string_value(json_object_get(jwt.claims, "sub")), SUB);
		jwt_clear(&jwt);
	}
}
END_TEST

START_TEST(a_token_that_names_a_key_needs_one_of_that_name)
{
	const struct vectors_good *v;
	size_t i;
	int has_name;

	for (i = 0; i < vectors_good_count; i++) {
		v = &vectors_good[i];
		has_name = strstr(v->name, "without a kid") == NULL;
		ck_assert_int_eq(verify(v->token, strlen(v->token), unnamed),
		    has_name ? VB_ENOTFOUND : 0);
		jwt_clear(&jwt);
	}
}
END_TEST

static void
refuse(const struct vectors_bad *list, size_t count)
{
	size_t i;
	int result;

	for (i = 0; i < count; i++) {
		result = verify(list[i].token, strlen(list[i].token), keys);
		ck_assert_msg(
		    result == list[i].result, "%s: %d", list[i].name, result);
		ck_assert_msg(strstr(fault, list[i].fault) != NULL, "%s: %s",
		    list[i].name, fault);
	}
}

START_TEST(other_algorithms_are_refused)
{
	refuse(vectors_algorithms, vectors_algorithms_count);
}
END_TEST

START_TEST(bad_signatures_are_refused)
{
	refuse(vectors_signatures, vectors_signatures_count);
}
END_TEST

START_TEST(no_key_is_used_as_another)
{
	refuse(vectors_bad_keys, vectors_bad_keys_count);
}
END_TEST

START_TEST(bad_texts_are_refused)
{
	refuse(vectors_texts, vectors_texts_count);
}
END_TEST

/* The shortest of each algorithm. */
static const char *const short_names[] = {"RS256", "PS256", "ES256", "EdDSA"};

static const char *
token_of(const char *name)
{
	size_t i;

	for (i = 0; i < vectors_good_count; i++)
		if (strcmp(vectors_good[i].name, name) == 0)
			return vectors_good[i].token;
	ck_abort_msg("no token %s", name);
	return NULL;
}

START_TEST(a_token_cut_at_any_byte_is_refused)
{
	const char *token = token_of(short_names[_i]);
	size_t len;

	for (len = 0; len < strlen(token); len++)
		ck_assert_int_lt(verify(token, len, keys), 0);
}
END_TEST

START_TEST(a_token_with_any_bit_changed_is_refused)
{
	const char *token = token_of(short_names[_i]);
	size_t i, len = strlen(token);
	char *copy = strdup(token);
	int bit;

	for (i = 0; i < len; i++)
		for (bit = 0; bit < 8; bit++) {
			copy[i] ^= (char)(1 << bit);
			ck_assert_msg(verify(copy, len, keys) < 0,
			    "byte %zu, bit %d", i, bit);
			copy[i] ^= (char)(1 << bit);
		}
	free(copy);
}
END_TEST

START_TEST(a_nul_is_no_end)
{
	const char *token = token_of("EdDSA");
	size_t len = strlen(token);

	ck_assert_int_eq(verify(token, len + 1, keys), VB_ESYNTAX);
}
END_TEST

START_TEST(a_header_that_is_nested_deep_costs_nothing)
{
	char *token = malloc(DEPTH + 3);

	/* "W1tb" is "[[[" */
	ck_assert_ptr_nonnull(token);
	for (size_t i = 0; i < DEPTH; i += 4)
		memcpy(token + i, "W1tb", 4);
	memcpy(token + DEPTH, "..", 3);
	ck_assert_int_eq(verify(token, DEPTH + 2, keys), VB_ESYNTAX);
	free(token);
}
END_TEST

START_TEST(a_token_that_is_too_long_is_not_read)
{
	char *token = malloc(JWT_TEXT_MAX + 1);

	ck_assert_ptr_nonnull(token);
	memset(token, 'A', JWT_TEXT_MAX + 1);
	ck_assert_int_eq(verify(token, JWT_TEXT_MAX + 1, keys), VB_ESYNTAX);
	ck_assert_str_eq(fault, "the token is too long");
	ck_assert_int_eq(verify(token, JWT_TEXT_MAX, keys), VB_ESYNTAX);
	ck_assert_str_eq(fault, "the token does not have three parts");
	free(token);
}
END_TEST

START_TEST(the_type_is_told_in_lower_case)
{
	const char *token = token_of("typ and unknown members");

	ck_assert_int_eq(verify(token, strlen(token), keys), 0);
	ck_assert_str_eq(jwt.type, "jwt");
	ck_assert_int_eq(jwt.algorithm, ALGORITHM_EDDSA);
	jwt_clear(&jwt);
	ck_assert_ptr_null(jwt.claims);
}
END_TEST

/* Whoever calls: signature.c looks at the key itself. */
START_TEST(a_signature_is_tried_with_no_other_type_of_key)
{
	static const uint8_t zeroes[SIGNATURE_MAX];
	const struct signed_text what = {"a", 1, zeroes, sizeof(zeroes)};
	struct jwk jwk = {.type = KEY_RSA};
	int i;

	ck_assert(!signature_is_good(ALGORITHM_NONE, &jwk, &what));
	for (i = ALGORITHM_NONE + 1; i < ALGORITHM_COUNT; i++) {
		jwk.type = algorithm_key((enum algorithm)i) == KEY_RSA
		    ? KEY_P256
		    : KEY_RSA;
		ck_assert(!signature_is_good((enum algorithm)i, &jwk, &what));
	}
}
END_TEST

static void
add_bad(TCase *tc)
{
	tcase_add_test(tc, other_algorithms_are_refused);
	tcase_add_test(tc, bad_signatures_are_refused);
	tcase_add_test(tc, no_key_is_used_as_another);
	tcase_add_test(tc, bad_texts_are_refused);
	tcase_add_loop_test(tc, a_token_cut_at_any_byte_is_refused, 0, 4);
	tcase_add_loop_test(tc, a_token_with_any_bit_changed_is_refused, 0, 4);
	tcase_add_test(tc, a_signature_is_tried_with_no_other_type_of_key);
	tcase_add_test(tc, a_nul_is_no_end);
	tcase_add_test(tc, a_header_that_is_nested_deep_costs_nothing);
	tcase_add_test(tc, a_token_that_is_too_long_is_not_read);
}

int
main(void)
{
	Suite *suite = suite_create("oidc_jwt");
	TCase *tc = tcase_create("oidc_jwt");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(
	    tc, a_token_of_the_rfcs_is_verified, 0, VECTORS_RFC);
	tcase_add_test(tc, a_good_token_is_taken);
	tcase_add_test(tc, a_token_that_names_a_key_needs_one_of_that_name);
	tcase_add_test(tc, the_type_is_told_in_lower_case);
	add_bad(tc);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
