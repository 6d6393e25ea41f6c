/* SPDX-License-Identifier: ISC */
/*
 * The real keeper with a worker that was taken over: it asks for what it must
 * not, floods, or reads nothing. It gets no signature, the keeper lives, and
 * another worker is served meanwhile. And with a master that reloads.
 */
#include <check.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/keeper_rig.h"
#include "tests/unit/breach.h"
#include "tests/unit/cert_maker.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC      120
#define DAY_SEC	      86400
#define ECDSA_P256    0x0403
#define RSA_PSS_256   0x0804
#define EC_ID	      1
#define RSA_ID	      2
#define PORTIONS      10
#define IN_FLIGHT     64
#define GROWTH_BYTES  (32 * 1024 * 1024)
#define REQUESTS_MOST 4096 /* of one worker, that wait */

static struct breach breaches[BREACHES_MAX];
static struct keeper_rig k;
static EVP_PKEY *ec_key, *rsa_key;
static int ec_cert_fd, ec_key_fd, rsa_cert_fd, rsa_key_fd;
static int workers[2];
static struct msg_sign sign;
static struct msg_signature made;

static void
make_files(void)
{
	X509 *ec_cert, *rsa_cert;

	ec_key = maker_key("P-256");
	rsa_key = maker_key("RSA:4096");
	ec_cert = maker_certificate(ec_key, -DAY_SEC, DAY_SEC);
	rsa_cert = maker_certificate(rsa_key, -DAY_SEC, DAY_SEC);
	ec_cert_fd = maker_certificate_file(ec_cert);
	rsa_cert_fd = maker_certificate_file(rsa_cert);
	ec_key_fd = maker_key_file(ec_key, NULL);
	rsa_key_fd = maker_key_file(rsa_key, NULL);
	X509_free(ec_cert);
	X509_free(rsa_cert);
}

static void
configure(void)
{
	keeper_conf_start(&k);
	keeper_conf_cert(&k, EC_ID, ec_cert_fd, ec_key_fd);
	keeper_conf_cert(&k, RSA_ID, rsa_cert_fd, rsa_key_fd);
	keeper_conf_end(&k);
	keeper_wait_kept(&k);
	ck_assert_msg(k.kept.cert_id == 0, "%s", k.kept.text);
}

static void
start(void)
{
	make_files();
	keeper_spawn(&k);
	configure();
	keeper_wait_ready(&k);
	workers[0] = keeper_add_worker(&k, 0, NULL);
	workers[1] = keeper_add_worker(&k, 1, NULL);
}

static void
ask(int worker, const struct msg_sign *what)
{
	ck_assert_int_eq(ipc_write_message(worker, MSG_SIGN, what, -1), 0);
}

/* That worker gets signatures of both kinds. */
static void
expect_served(int worker, uint64_t id)
{
	maker_sign_1_3(&sign, ECDSA_P256);
	sign.id = id;
	sign.cert_id = EC_ID;
	ask(worker, &sign);
	keeper_read_signed(worker, &made);
	ck_assert_uint_eq(made.id, id);
	ck_assert_uint_eq(made.code, SIGNED_OK);
	ck_assert(maker_verify(ec_key, &sign, &made));
	maker_sign_1_2(&sign, RSA_PSS_256);
	sign.id = ~id;
	sign.cert_id = RSA_ID;
	ask(worker, &sign);
	keeper_read_signed(worker, &made);
	ck_assert_uint_eq(made.id, ~id);
	ck_assert_uint_eq(made.code, SIGNED_OK);
	ck_assert(maker_verify(rsa_key, &sign, &made));
}

static void
stop(void)
{
	expect_served(workers[1], 4711);
	rig_stop(&k.rig);
	EVP_PKEY_free(ec_key);
	EVP_PKEY_free(rsa_key);
}

static void
expect_end(int worker)
{
	union proto_any any;
	int type, fd;

	do
		type = ipc_read_message(
		    worker, ROLE_WORKER, ROLE_KEEPER, &any, &fd);
	while (type > 0);
	ck_assert(type == VB_ECLOSED || type == VB_ESYS);
}

/* Its channel is closed, the master is told, and the other is served. */
static void
expect_dropped(const char *what, int is_told)
{
	unsigned before = k.dropped;

	expect_end(workers[0]);
	close(workers[0]);
	expect_served(workers[1], 1);
	keeper_probe(&k);
	ck_assert_msg(k.dropped == before + (unsigned)is_told, "%s", what);
	if (is_told) {
		ck_assert_uint_eq(k.dropped_index, 0);
		ck_assert_uint_eq(k.dropped_fence, RIG_FENCE);
	}
	workers[0] = keeper_add_worker(&k, 0, NULL);
}

START_TEST(keeper_drops_who_breaks_the_table)
{
	size_t i,
	    n = breach_list(ROLE_KEEPER, ROLE_WORKER, PHASE_RUN, breaches);

	start();
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(breach_commit(&breaches[i], workers[0]), 0);
		expect_dropped(breach_name(&breaches[i]),
		    breaches[i].kind != BREACH_EMPTY);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	stop();
}
END_TEST

START_TEST(keeper_drops_who_says_more_than_fits)
{
	uint32_t length;

	start();
	for (length = SIGN_CONTENT_MAX + 1; length <= UINT16_MAX;
	     length = length * 2 - 1) {
		maker_sign_1_3(&sign, ECDSA_P256);
		sign.length = (uint16_t)length;
		ask(workers[0], &sign);
		expect_dropped("too long", 1);
	}
	stop();
}
END_TEST

/* ---- what is asked for, and refused ---- */

static void
spoil_id(struct msg_sign *s)
{
	s->cert_id = 3;
}

static void
spoil_id_zero(struct msg_sign *s)
{
	s->cert_id = 0;
}

static void
spoil_id_wrap(struct msg_sign *s)
{
	s->cert_id = UINT32_MAX;
}

static void
spoil_scheme(struct msg_sign *s)
{
	s->scheme = RSA_PSS_256;
}

static void
spoil_sha1(struct msg_sign *s)
{
	s->scheme = 0x0203; /* ecdsa_sha1 */
}

static void
spoil_pad(struct msg_sign *s)
{
	s->content[0] = 0;
}

static void
spoil_client(struct msg_sign *s)
{
	memcpy(s->content + 73, "client", 6);
}

static void
spoil_short(struct msg_sign *s)
{
	s->length--;
}

static void
spoil_long(struct msg_sign *s)
{
	s->length++;
}

static void
spoil_empty(struct msg_sign *s)
{
	s->length = 0;
}

static void
spoil_hash(struct msg_sign *s)
{
	s->length = 32; /* a hash alone, of whatever */
}

static void
spoil_all(struct msg_sign *s)
{
	memset(s->content, 0xff, sizeof(s->content));
	s->length = sizeof(s->content);
}

static const struct {
	const char *what;
	void (*spoil)(struct msg_sign *s);
	uint32_t code;
} rows[] = {
    {"no such key", spoil_id, SIGNED_NO_KEY},
    {"no key at all", spoil_id_zero, SIGNED_NO_KEY},
    {"a number that wraps", spoil_id_wrap, SIGNED_NO_KEY},
    {"another kind's scheme", spoil_scheme, SIGNED_SCHEME},
    {"SHA-1", spoil_sha1, SIGNED_SCHEME},
    {"another pad", spoil_pad, SIGNED_CONTENT},
    {"what a client signs", spoil_client, SIGNED_CONTENT},
    {"a byte too few", spoil_short, SIGNED_CONTENT},
    {"a byte too many", spoil_long, SIGNED_CONTENT},
    {"nothing", spoil_empty, SIGNED_CONTENT},
    {"a bare hash", spoil_hash, SIGNED_CONTENT},
    {"garbage", spoil_all, SIGNED_CONTENT},
};

START_TEST(keeper_refuses_what_no_handshake_asks_for)
{
	unsigned before;
	size_t i;

	start();
	for (i = 0; i < COUNT(rows); i++) {
		maker_sign_1_3(&sign, ECDSA_P256);
		sign.id = i;
		rows[i].spoil(&sign);
		ask(workers[0], &sign);
		keeper_read_signed(workers[0], &made);
		ck_assert_uint_eq(made.id, i);
		ck_assert_msg(made.code == rows[i].code, "%s: code %u",
		    rows[i].what, made.code);
	}
	/* once in a while it is said, and the channel stays */
	keeper_probe(&k);
	ck_assert_uint_eq(k.refusals, 1);
	ck_assert_uint_eq(k.dropped, 0);
	expect_served(workers[0], 2);
	/* each row of another worker's is said too */
	before = k.refusals;
	maker_sign_1_3(&sign, ECDSA_P256);
	spoil_all(&sign);
	ask(workers[1], &sign);
	keeper_read_signed(workers[1], &made);
	keeper_probe(&k);
	ck_assert_uint_eq(k.refusals, before + 1);
	stop();
}
END_TEST

START_TEST(keeper_leaves_tls_1_2_alone_where_1_3_is_the_least)
{
	start();
	k.settings.tls_minimum = SETTINGS_TLS_1_3;
	configure();
	maker_sign_1_2(&sign, ECDSA_P256);
	sign.cert_id = EC_ID;
	ask(workers[0], &sign);
	keeper_read_signed(workers[0], &made);
	ck_assert_uint_eq(made.code, SIGNED_CONTENT);
	k.settings.tls_minimum = SETTINGS_TLS_1_2;
	configure();
	ask(workers[0], &sign);
	keeper_read_signed(workers[0], &made);
	ck_assert_uint_eq(made.code, SIGNED_OK);
	stop();
}
END_TEST

/* ---- floods ---- */

START_TEST(keeper_serves_the_other_during_a_flood)
{
	uint64_t i, n = breach_flood();
	size_t before;
	struct msg_sign flood;
	struct msg_signature answer;

	start();
	maker_sign_1_3(&flood, ECDSA_P256);
	flood.cert_id = _i == 0 ? EC_ID : 4711;
	before = breach_resident_bytes(k.rig.pid);
	for (i = 0; i < n; i++) {
		flood.id = i;
		ask(workers[0], &flood);
		if (i >= IN_FLIGHT) {
			keeper_read_signed(workers[0], &answer);
			ck_assert_uint_eq(answer.id, i - IN_FLIGHT);
		}
		if (i % (n / PORTIONS) == 0)
			expect_served(workers[1], i);
	}
	for (i = 0; i < IN_FLIGHT; i++)
		keeper_read_signed(workers[0], &answer);
	ck_assert_uint_lt(
	    breach_resident_bytes(k.rig.pid), before + GROWTH_BYTES);
	stop();
}
END_TEST

/*
 * It asks for the dearest signatures and reads nothing: what waits for it is
 * bounded, the other is served at once, and in the end it loses the channel.
 */
START_TEST(keeper_drops_who_reads_no_answers)
{
	size_t before;
	unsigned served = 0;
	uint64_t i;

	start();
	maker_sign_1_3(&sign, ECDSA_P256);
	spoil_all(&sign); /* refusals are the cheapest to make many of */
	before = breach_resident_bytes(k.rig.pid);
	ck_assert_int_eq(fcntl(workers[0], F_SETFL, O_NONBLOCK), 0);
	for (i = 0; k.dropped == 0; i++) {
		if (breach_say(workers[0], MSG_SIGN, &sign, -1) == 0)
			continue;
		/* full for a moment, or closed */
		expect_served(workers[1], i);
		keeper_probe(&k);
		maker_sign_1_3(&sign, ECDSA_P256);
		spoil_all(&sign);
		ck_assert_uint_lt(served++, 100000);
	}
	ck_assert_uint_eq(k.dropped_index, 0);
	ck_assert_uint_lt(
	    breach_resident_bytes(k.rig.pid), before + GROWTH_BYTES);
	close(workers[0]);
	workers[0] = keeper_add_worker(&k, 0, NULL);
	expect_served(workers[0], 3);
	stop();
}
END_TEST

/* RSA of 4096 bits, thousands at once: the other waits for a few of them. */
START_TEST(keeper_lets_nobody_wait_behind_anothers_heap)
{
	struct msg_signature answer;
	struct msg_sign dear;
	unsigned busy = 0, i, sent;

	start();
	maker_sign_1_3(&dear, RSA_PSS_256);
	dear.cert_id = RSA_ID;
	ck_assert_int_eq(fcntl(workers[0], F_SETFL, O_NONBLOCK), 0);
	for (sent = 0; sent < 2 * REQUESTS_MOST; sent++) {
		while (breach_say(workers[0], MSG_SIGN, &dear, -1) == -1)
			keeper_probe(&k); /* it has read more by then */
		if (sent == REQUESTS_MOST / 2) {
			expect_served(workers[1], 5);
			/* and that was long before the heap was done */
			for (i = 0; recv(workers[0], &answer, sizeof(answer),
					MSG_DONTWAIT) > 0;
			     i++)
				continue;
			ck_assert_uint_lt(i, sent / 2);
		}
	}
	keeper_probe(&k);
	ck_assert_int_eq(fcntl(workers[0], F_SETFL, 0), 0);
	/* some are refused, since more do not fit: those come first */
	do {
		keeper_read_signed(workers[0], &answer);
		busy += answer.code == SIGNED_BUSY;
	} while (busy == 0);
	close(workers[0]);
	stop();
}
END_TEST

/* ---- reload ---- */

START_TEST(keeper_goes_on_with_the_old_keys_when_it_refuses_new_ones)
{
	start();
	keeper_conf_start(&k);
	keeper_conf_cert(&k, 11, ec_cert_fd, ec_key_fd);
	keeper_conf_cert(&k, 12, ec_cert_fd, rsa_key_fd);
	keeper_conf_cert(&k, 13, rsa_cert_fd, rsa_key_fd);
	keeper_conf_end(&k);
	keeper_wait_kept(&k);
	ck_assert_uint_eq(k.kept.cert_id, 12);
	ck_assert_ptr_nonnull(strstr(k.kept.text, "does not match"));
	expect_served(workers[0], 6);
	/* not one of the new ones holds */
	maker_sign_1_3(&sign, ECDSA_P256);
	sign.cert_id = 11;
	ask(workers[0], &sign);
	keeper_read_signed(workers[0], &made);
	ck_assert_uint_eq(made.code, SIGNED_NO_KEY);
	stop();
}
END_TEST

static uint32_t
code_of(uint32_t cert_id)
{
	maker_sign_1_3(&sign, ECDSA_P256);
	sign.cert_id = cert_id;
	ask(workers[0], &sign);
	keeper_read_signed(workers[0], &made);
	return made.code;
}

START_TEST(keeper_has_the_keys_of_the_configuration_before)
{
	uint32_t i;

	start();
	for (i = 10; i < 60; i++) {
		keeper_conf_start(&k);
		keeper_conf_cert(&k, i, ec_cert_fd, ec_key_fd);
		keeper_conf_end(&k);
		keeper_wait_kept(&k);
		ck_assert_uint_eq(k.kept.cert_id, 0);
		ck_assert_uint_eq(code_of(i), SIGNED_OK);
		ck_assert_uint_eq(code_of(i == 10 ? EC_ID : i - 1), SIGNED_OK);
		if (i > 11)
			ck_assert_uint_eq(code_of(i - 2), SIGNED_NO_KEY);
	}
	configure();
	stop();
}
END_TEST

START_TEST(keeper_is_not_ready_without_its_first_keys)
{
	make_files();
	keeper_spawn(&k);
	keeper_conf_start(&k);
	keeper_conf_cert(&k, EC_ID, ec_cert_fd, rsa_key_fd);
	keeper_conf_end(&k);
	keeper_wait_kept(&k);
	ck_assert_uint_eq(k.kept.cert_id, EC_ID);
	configure();
	keeper_wait_ready(&k);
	workers[1] = keeper_add_worker(&k, 1, NULL);
	stop();
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

	start();
	close(workers[0]);
	workers[0] = keeper_add_worker(&k, 0, &first);
	other = keeper_add_worker(&k, 2, &second);
	ck_assert_uint_eq(first.count, 1);
	ck_assert_mem_eq(&first, &second, sizeof(first));
	/* faster; what is there goes on */
	k.settings.ticket_rotation_sec = 1;
	configure();
	read_tickets(other, &second);
	read_tickets(workers[0], &third);
	ck_assert_mem_eq(&second, &third, sizeof(second));
	ck_assert_uint_eq(second.count, 2);
	ck_assert_mem_eq(
	    &second.keys[1], &first.keys[0], sizeof(first.keys[0]));
	ck_assert_mem_ne(
	    &second.keys[0], &first.keys[0], sizeof(first.keys[0]));
	/* off: nobody has any more */
	k.settings.session_tickets = 0;
	configure();
	do
		read_tickets(other, &third);
	while (third.count > 0);
	ck_assert_mem_eq(&third, &none, sizeof(none));
	/* on again: others */
	k.settings.session_tickets = 1;
	configure();
	read_tickets(other, &third);
	ck_assert_uint_eq(third.count, 1);
	ck_assert_mem_ne(
	    &third.keys[0], &second.keys[0], sizeof(first.keys[0]));
	close(other);
	stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("channel-keeper");
	TCase *tc = tcase_create("worker");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, keeper_drops_who_breaks_the_table);
	tcase_add_test(tc, keeper_drops_who_says_more_than_fits);
	tcase_add_test(tc, keeper_refuses_what_no_handshake_asks_for);
	tcase_add_test(tc, keeper_leaves_tls_1_2_alone_where_1_3_is_the_least);
	tcase_add_loop_test(tc, keeper_serves_the_other_during_a_flood, 0, 2);
	tcase_add_test(tc, keeper_drops_who_reads_no_answers);
	tcase_add_test(tc, keeper_lets_nobody_wait_behind_anothers_heap);
	tcase_add_test(
	    tc, keeper_goes_on_with_the_old_keys_when_it_refuses_new_ones);
	tcase_add_test(tc, keeper_has_the_keys_of_the_configuration_before);
	tcase_add_test(tc, keeper_is_not_ready_without_its_first_keys);
	tcase_add_test(
	    tc, keeper_gives_all_workers_the_same_ticket_keys_and_rotates_them);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
