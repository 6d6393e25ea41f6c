/* SPDX-License-Identifier: ISC */
/* The real keeper: which keys hold when, and those of tickets. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/stamp.h"
#include "daemon/keeper/recognise.h"
#include "tests/proc/keeper_rig.h"
#include "tests/unit/cert_maker.h"

#define TEST_SEC 60

static struct keeper_rig k;
static struct msg_sign sign;
static struct msg_signature made;

/* ---- reload ---- */

START_TEST(keeper_goes_on_with_the_old_keys_when_it_refuses_new_ones)
{
	keeper_start(&k);
	keeper_conf_start(&k);
	keeper_conf_cert(&k, 11, k.ec_cert_fd, k.ec_key_fd);
	keeper_conf_cert(&k, 12, k.ec_cert_fd, k.rsa_key_fd);
	keeper_conf_cert(&k, 13, k.rsa_cert_fd, k.rsa_key_fd);
	keeper_conf_end(&k);
	keeper_wait_kept(&k);
	ck_assert_uint_eq(k.kept.cert_id, 12);
	ck_assert_ptr_nonnull(strstr(k.kept.text, "does not match"));
	keeper_expect_served(&k, k.workers[0], 6);
	/* not one of the new ones holds */
	maker_sign_1_3(&sign, MAKER_ECDSA_P256);
	sign.cert_id = 11;
	keeper_ask(k.workers[0], &sign);
	keeper_read_signed(k.workers[0], &made);
	ck_assert_uint_eq(made.code, SIGNED_NO_KEY);
	keeper_stop(&k);
}
END_TEST

static uint32_t
code_of(uint32_t cert_id)
{
	maker_sign_1_3(&sign, MAKER_ECDSA_P256);
	sign.cert_id = cert_id;
	keeper_ask(k.workers[0], &sign);
	keeper_read_signed(k.workers[0], &made);
	return made.code;
}

START_TEST(keeper_has_the_keys_of_the_configuration_before)
{
	uint32_t i;

	keeper_start(&k);
	for (i = 10; i < 60; i++) {
		keeper_conf_start(&k);
		keeper_conf_cert(&k, i, k.ec_cert_fd, k.ec_key_fd);
		keeper_conf_end(&k);
		keeper_wait_kept(&k);
		ck_assert_uint_eq(k.kept.cert_id, 0);
		ck_assert_uint_eq(code_of(i), SIGNED_OK);
		ck_assert_uint_eq(
		    code_of(i == 10 ? KEEPER_EC_ID : i - 1), SIGNED_OK);
		if (i > 11)
			ck_assert_uint_eq(code_of(i - 2), SIGNED_NO_KEY);
	}
	keeper_configure(&k);
	keeper_stop(&k);
}
END_TEST

START_TEST(keeper_is_not_ready_without_its_first_keys)
{
	keeper_spawn(&k);
	keeper_make_keys(&k);
	keeper_conf_start(&k);
	keeper_conf_cert(&k, KEEPER_EC_ID, k.ec_cert_fd, k.rsa_key_fd);
	keeper_conf_end(&k);
	keeper_wait_kept(&k);
	ck_assert_uint_eq(k.kept.cert_id, KEEPER_EC_ID);
	keeper_configure(&k);
	keeper_wait_ready(&k);
	k.workers[1] = keeper_add_worker(&k, 1, NULL);
	keeper_stop(&k);
}
END_TEST

/* ---- stamps: when it was ---- */

static int
is_stamped(const uint8_t *key, const uint8_t *hash, size_t len)
{
	uint64_t now_sec = clock_ms_of(CLOCK_BOOTTIME) / MS_PER_SEC;

	return stamp_is_good(key, &made.stamp, now_sec, TEST_SEC, hash, len);
}

START_TEST(keeper_stamps_what_it_signs_where_certificates_are_logins)
{
	static const struct stamp none;
	const uint8_t *key, *hash;
	size_t len;

	keeper_start(&k);
	ck_assert_uint_eq(code_of(KEEPER_EC_ID), SIGNED_OK);
	ck_assert_mem_eq(&made.stamp, &none, sizeof(none));
	k.settings.has_certificate = 1;
	keeper_configure(&k);
	ck_assert_uint_eq(code_of(KEEPER_EC_ID), SIGNED_OK);
	ck_assert_ptr_nonnull(key = stamp_open(k.stamp_fd));
	hash = recognise_hash(sign.content, sign.length, &len);
	ck_assert_ptr_nonnull(hash);
	ck_assert_int_eq(is_stamped(key, hash, len), 1);
	/* of that and of nothing else */
	ck_assert_int_eq(is_stamped(key, hash, len - 1), 0);
	made.stamp.made_sec--;
	ck_assert_int_eq(is_stamped(key, hash, len), 0);
	/* nor of what TLS 1.2 signs, nor of what it does not sign */
	maker_sign_1_2(&sign, MAKER_ECDSA_P256);
	sign.cert_id = KEEPER_EC_ID;
	keeper_ask(k.workers[0], &sign);
	keeper_read_signed(k.workers[0], &made);
	ck_assert_uint_eq(made.code, SIGNED_OK);
	ck_assert_mem_eq(&made.stamp, &none, sizeof(none));
	ck_assert_uint_eq(code_of(99), SIGNED_NO_KEY);
	ck_assert_mem_eq(&made.stamp, &none, sizeof(none));
	keeper_stop(&k);
}
END_TEST

/* ---- tickets ---- */

static void
read_tickets(int worker, struct msg_tickets *tickets)
{
	union proto_any any;
	int fd;

	ck_assert_int_eq(
	    ipc_read_message(worker, ROLE_WORKER, ROLE_KEEPER, &any, &fd),
	    MSG_TICKETS);
	*tickets = any.tickets;
}

START_TEST(keeper_gives_all_workers_the_same_ticket_keys_and_rotates_them)
{
	struct msg_tickets first, second, third, none = {0};
	int other;

	keeper_start(&k);
	close(k.workers[0]);
	k.workers[0] = keeper_add_worker(&k, 0, &first);
	other = keeper_add_worker(&k, 2, &second);
	ck_assert_uint_eq(first.count, 1);
	ck_assert_mem_eq(&first, &second, sizeof(first));
	/* faster; what is there goes on */
	k.settings.ticket_rotation_sec = 1;
	keeper_configure(&k);
	read_tickets(other, &second);
	read_tickets(k.workers[0], &third);
	ck_assert_mem_eq(&second, &third, sizeof(second));
	ck_assert_uint_eq(second.count, 2);
	ck_assert_mem_eq(
	    &second.keys[1], &first.keys[0], sizeof(first.keys[0]));
	ck_assert_mem_ne(
	    &second.keys[0], &first.keys[0], sizeof(first.keys[0]));
	/* off: nobody has any more */
	k.settings.session_tickets = 0;
	keeper_configure(&k);
	do
		read_tickets(other, &third);
	while (third.count > 0);
	ck_assert_mem_eq(&third, &none, sizeof(none));
	/* on again: others */
	k.settings.session_tickets = 1;
	keeper_configure(&k);
	read_tickets(other, &third);
	ck_assert_uint_eq(third.count, 1);
	ck_assert_mem_ne(
	    &third.keys[0], &second.keys[0], sizeof(first.keys[0]));
	close(other);
	keeper_stop(&k);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keeper");
	TCase *tc = tcase_create("keeper");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(
	    tc, keeper_goes_on_with_the_old_keys_when_it_refuses_new_ones);
	tcase_add_test(tc, keeper_has_the_keys_of_the_configuration_before);
	tcase_add_test(tc, keeper_is_not_ready_without_its_first_keys);
	tcase_add_test(
	    tc, keeper_stamps_what_it_signs_where_certificates_are_logins);
	tcase_add_test(
	    tc, keeper_gives_all_workers_the_same_ticket_keys_and_rotates_them);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
