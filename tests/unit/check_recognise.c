/* SPDX-License-Identifier: ISC */
/*
 * What the keeper takes for a server's handshake: each byte that is fixed is
 * changed once, each length is tried, and nothing else is recognised.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/keeper/recognise.h"
#include "tests/unit/cert_maker.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define FIXED_1_3    98 /* the pad, the context and its NUL */
#define RANDOMS	     64
#define PARAMS_FIXED 5 /* type, curve, length, form of the point */

static struct msg_sign sign;

static const struct {
	uint16_t curve;
	uint8_t point_bytes;
	uint8_t first; /* of the point, 0: any */
} curves[] = {{23, 65, 4}, {24, 97, 4}, {25, 133, 4}, {29, 32, 0}, {30, 56, 0}};

static size_t
fill_params(uint16_t curve, uint8_t point_bytes, uint8_t first)
{
	maker_sign_1_2(&sign, 0);
	sign.content[65] = (uint8_t)(curve >> 8);
	sign.content[66] = (uint8_t)curve;
	sign.content[67] = point_bytes;
	sign.content[68] = first;
	return (size_t)RANDOMS + 4 + point_bytes;
}

/* RFC 8446, 4.4.3: the hash is of SHA-256 or SHA-384 */
START_TEST(recognise_knows_certificate_verify_of_both_hashes)
{
	size_t length;

	maker_sign_1_3(&sign, 0);
	for (length = 0; length <= sizeof(sign.content); length++)
		ck_assert_int_eq(recognise(sign.content, length),
		    length == FIXED_1_3 + 32 || length == FIXED_1_3 + 48
			? RECOGNISED_TLS_1_3
			: RECOGNISED_NOTHING);
}
END_TEST

START_TEST(recognise_refuses_certificate_verify_with_any_byte_changed)
{
	size_t i;
	int bit;

	for (i = 0; i < FIXED_1_3; i++)
		for (bit = 0; bit < 8; bit++) {
			maker_sign_1_3(&sign, 0);
			sign.content[i] ^= (uint8_t)(1 << bit);
			ck_assert_int_eq(recognise(sign.content, sign.length),
			    RECOGNISED_NOTHING);
		}
	/* the hash may be anything */
	for (; i < sign.length; i++) {
		maker_sign_1_3(&sign, 0);
		sign.content[i] ^= 0xff;
		ck_assert_int_eq(
		    recognise(sign.content, sign.length), RECOGNISED_TLS_1_3);
	}
}
END_TEST

/* A signature of a client would let the bridge be one. */
START_TEST(recognise_refuses_what_a_client_signs)
{
	maker_sign_1_3(&sign, 0);
	memcpy(sign.content + 64, "TLS 1.3, client CertificateVerify", 33);
	ck_assert_int_eq(
	    recognise(sign.content, sign.length), RECOGNISED_NOTHING);
}
END_TEST

/* RFC 8422, 5.4 */
START_TEST(recognise_knows_the_curves_and_their_points)
{
	size_t length, i,
	    right = fill_params(
		curves[_i].curve, curves[_i].point_bytes, curves[_i].first);

	for (length = 0; length <= sizeof(sign.content); length++)
		ck_assert_int_eq(recognise(sign.content, length),
		    length == right ? RECOGNISED_TLS_1_2 : RECOGNISED_NOTHING);
	for (i = 0; i < RANDOMS; i++) {
		sign.content[i] ^= 0xff; /* they may be anything */
		ck_assert_int_eq(
		    recognise(sign.content, right), RECOGNISED_TLS_1_2);
	}
}
END_TEST

START_TEST(recognise_refuses_parameters_with_any_byte_changed)
{
	size_t i, right;
	int bit;

	for (i = RANDOMS; i < RANDOMS + PARAMS_FIXED; i++)
		for (bit = 0; bit < 8; bit++) {
			right = fill_params(curves[_i].curve,
			    curves[_i].point_bytes, curves[_i].first);
			if (i == RANDOMS + 4 && curves[_i].first == 0)
				continue; /* no form: the bare coordinate */
			sign.content[i] ^= (uint8_t)(1 << bit);
			ck_assert_int_eq(
			    recognise(sign.content, right), RECOGNISED_NOTHING);
		}
}
END_TEST

/* Explicit curves (RFC 4492) and those of RFC 8422's reserved numbers. */
START_TEST(recognise_refuses_every_other_curve)
{
	unsigned curve, type;
	size_t i, j;

	for (curve = 0; curve <= UINT16_MAX; curve++) {
		for (i = 0; i < COUNT(curves) && curves[i].curve != curve; i++)
			continue;
		for (j = 0; j < COUNT(curves) && i == COUNT(curves); j++)
			ck_assert_int_eq(recognise(sign.content,
					     fill_params((uint16_t)curve,
						 curves[j].point_bytes, 4)),
			    RECOGNISED_NOTHING);
	}
	for (type = 0; type <= UINT8_MAX; type++) {
		fill_params(23, 65, 4);
		sign.content[64] = (uint8_t)type;
		ck_assert_int_eq(recognise(sign.content, 133),
		    type == 3 ? RECOGNISED_TLS_1_2 : RECOGNISED_NOTHING);
	}
}
END_TEST

/* Both forms at once would let one signature stand for the other. */
START_TEST(recognise_has_no_length_in_common)
{
	size_t i;

	for (i = 0; i < COUNT(curves); i++) {
		ck_assert_uint_ne(
		    RANDOMS + 4u + curves[i].point_bytes, FIXED_1_3 + 32u);
		ck_assert_uint_ne(
		    RANDOMS + 4u + curves[i].point_bytes, FIXED_1_3 + 48u);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("recognise");
	TCase *tc = tcase_create("recognise");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, recognise_knows_certificate_verify_of_both_hashes);
	tcase_add_test(
	    tc, recognise_refuses_certificate_verify_with_any_byte_changed);
	tcase_add_test(tc, recognise_refuses_what_a_client_signs);
	tcase_add_loop_test(
	    tc, recognise_knows_the_curves_and_their_points, 0, COUNT(curves));
	tcase_add_loop_test(tc,
	    recognise_refuses_parameters_with_any_byte_changed, 0,
	    COUNT(curves));
	tcase_add_test(tc, recognise_refuses_every_other_curve);
	tcase_add_test(tc, recognise_has_no_length_in_common);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
