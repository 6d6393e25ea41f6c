/* SPDX-License-Identifier: ISC */
/*
 * The real keeper with a worker that was taken over: it asks for what it must
 * not, floods, or reads nothing. It gets no signature, the keeper lives, and
 * another worker is served meanwhile.
 */
#include <check.h>
#include <fcntl.h>
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
#define PORTIONS      10
#define IN_FLIGHT     64
#define GROWTH_BYTES  (32 * 1024 * 1024)
#define REQUESTS_MOST 4096 /* of one worker, that wait */
#define FULL_ROUNDS   32   /* without a word taken: none will be */
#define ENDLESS	      1000000

static struct breach breaches[BREACHES_MAX];
static struct keeper_rig k;
static struct msg_sign sign;
static struct msg_signature made;

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

	expect_end(k.workers[0]);
	close(k.workers[0]);
	keeper_expect_served(&k, k.workers[1], 1);
	keeper_probe(&k);
	ck_assert_msg(k.dropped == before + (unsigned)is_told, "%s", what);
	if (is_told) {
		ck_assert_uint_eq(k.dropped_index, 0);
		ck_assert_uint_eq(k.dropped_fence, RIG_FENCE);
	}
	k.workers[0] = keeper_add_worker(&k, 0, NULL);
}

START_TEST(keeper_drops_who_breaks_the_table)
{
	size_t i,
	    n = breach_list(ROLE_KEEPER, ROLE_WORKER, PHASE_RUN, breaches);

	keeper_start(&k);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(breach_commit(&breaches[i], k.workers[0]), 0);
		expect_dropped(breach_name(&breaches[i]),
		    breaches[i].kind != BREACH_EMPTY);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	keeper_stop(&k);
}
END_TEST

START_TEST(keeper_drops_who_says_more_than_fits)
{
	uint32_t length;

	keeper_start(&k);
	for (length = SIGN_CONTENT_MAX + 1; length <= UINT16_MAX;
	     length = length * 2 - 1) {
		maker_sign_1_3(&sign, MAKER_ECDSA_P256);
		sign.length = (uint16_t)length;
		keeper_ask(k.workers[0], &sign);
		expect_dropped("too long", 1);
	}
	keeper_stop(&k);
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
	s->scheme = MAKER_RSA_PSS_256;
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

	keeper_start(&k);
	for (i = 0; i < COUNT(rows); i++) {
		maker_sign_1_3(&sign, MAKER_ECDSA_P256);
		sign.id = i;
		rows[i].spoil(&sign);
		keeper_ask(k.workers[0], &sign);
		keeper_read_signed(k.workers[0], &made);
		ck_assert_uint_eq(made.id, i);
		ck_assert_msg(made.code == rows[i].code, "%s: code %u",
		    rows[i].what, made.code);
	}
	/* once in a while it is said, and the channel stays */
	keeper_probe(&k);
	ck_assert_uint_eq(k.refusals, 1);
	ck_assert_uint_eq(k.dropped, 0);
	keeper_expect_served(&k, k.workers[0], 2);
	/* each row of another worker's is said too */
	before = k.refusals;
	maker_sign_1_3(&sign, MAKER_ECDSA_P256);
	spoil_all(&sign);
	keeper_ask(k.workers[1], &sign);
	keeper_read_signed(k.workers[1], &made);
	keeper_probe(&k);
	ck_assert_uint_eq(k.refusals, before + 1);
	keeper_stop(&k);
}
END_TEST

START_TEST(keeper_leaves_tls_1_2_alone_where_1_3_is_the_least)
{
	keeper_start(&k);
	k.settings.tls_minimum = SETTINGS_TLS_1_3;
	keeper_configure(&k);
	maker_sign_1_2(&sign, MAKER_ECDSA_P256);
	sign.cert_id = KEEPER_EC_ID;
	keeper_ask(k.workers[0], &sign);
	keeper_read_signed(k.workers[0], &made);
	ck_assert_uint_eq(made.code, SIGNED_CONTENT);
	k.settings.tls_minimum = SETTINGS_TLS_1_2;
	keeper_configure(&k);
	keeper_ask(k.workers[0], &sign);
	keeper_read_signed(k.workers[0], &made);
	ck_assert_uint_eq(made.code, SIGNED_OK);
	keeper_stop(&k);
}
END_TEST

/* ---- floods ---- */

START_TEST(keeper_serves_the_other_during_a_flood)
{
	uint64_t i, n = breach_flood();
	size_t before;
	struct msg_sign flood;
	struct msg_signature answer;

	keeper_start(&k);
	maker_sign_1_3(&flood, MAKER_ECDSA_P256);
	flood.cert_id = _i == 0 ? KEEPER_EC_ID : 4711;
	before = breach_resident_bytes(k.rig.pid);
	for (i = 0; i < n; i++) {
		flood.id = i;
		keeper_ask(k.workers[0], &flood);
		if (i >= IN_FLIGHT) {
			keeper_read_signed(k.workers[0], &answer);
			ck_assert_uint_eq(answer.id, i - IN_FLIGHT);
		}
		if (i % (n / PORTIONS) == 0)
			keeper_expect_served(&k, k.workers[1], i);
	}
	for (i = 0; i < IN_FLIGHT; i++)
		keeper_read_signed(k.workers[0], &answer);
	ck_assert_uint_lt(
	    breach_resident_bytes(k.rig.pid), before + GROWTH_BYTES);
	keeper_stop(&k);
}
END_TEST

/* Asks until the keeper takes no more, and serves the other meanwhile. */
static uint64_t
ask_until_full(const struct msg_sign *what, uint64_t most)
{
	uint64_t asked = 0;
	unsigned full = 0;

	ck_assert_int_eq(fcntl(k.workers[0], F_SETFL, O_NONBLOCK), 0);
	while (asked < most && full < FULL_ROUNDS) {
		if (breach_say(k.workers[0], MSG_SIGN, what, -1) == 0) {
			asked++;
			full = 0;
			continue;
		}
		/* by the answer it has read what there was, if it reads */
		keeper_expect_served(&k, k.workers[1], asked);
		keeper_probe(&k);
		full++;
	}
	ck_assert_int_eq(fcntl(k.workers[0], F_SETFL, 0), 0);
	return asked;
}

/*
 * It asks and reads nothing: what waits for it is bounded, since no more is
 * read of it; the other is served at once; and since all of that was asked
 * for, it costs nothing, and all of it comes.
 */
START_TEST(keeper_owes_who_reads_no_answers)
{
	struct msg_signature answer;
	size_t before;
	uint64_t asked;

	keeper_start(&k);
	maker_sign_1_3(&sign, MAKER_ECDSA_P256);
	spoil_all(&sign); /* refusals are the cheapest to make many of */
	before = breach_resident_bytes(k.rig.pid);
	asked = ask_until_full(&sign, ENDLESS);
	ck_assert_uint_lt(asked, ENDLESS);
	ck_assert_uint_lt(
	    breach_resident_bytes(k.rig.pid), before + GROWTH_BYTES);
	for (; asked > 0; asked--) {
		keeper_read_signed(k.workers[0], &answer);
		ck_assert_uint_ne(answer.code, SIGNED_OK);
	}
	ck_assert_uint_eq(k.dropped, 0);
	keeper_expect_served(&k, k.workers[0], 3);
	keeper_stop(&k);
}
END_TEST

/* RSA of 4096 bits, thousands at once: the other waits for a few of them. */
START_TEST(keeper_lets_nobody_wait_behind_anothers_heap)
{
	struct msg_signature answer;
	struct msg_sign dear;
	uint64_t sent = REQUESTS_MOST / 2, got = 0;
	unsigned busy = 0;

	keeper_start(&k);
	maker_sign_1_3(&dear, MAKER_RSA_PSS_256);
	dear.cert_id = KEEPER_RSA_ID;
	ck_assert_uint_eq(ask_until_full(&dear, sent), sent);
	keeper_expect_served(&k, k.workers[1], 5);
	/* and that was long before the heap was done */
	while (recv(k.workers[0], &answer, sizeof(answer), MSG_DONTWAIT) > 0)
		got++;
	ck_assert_uint_lt(got, sent / 2);
	sent = ask_until_full(&dear, 2 * REQUESTS_MOST);
	ck_assert_uint_gt(sent, REQUESTS_MOST / 2);
	/* some are refused, since more do not fit: those come first */
	do {
		keeper_read_signed(k.workers[0], &answer);
		busy += answer.code == SIGNED_BUSY;
	} while (busy == 0);
	close(k.workers[0]);
	keeper_stop(&k);
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
	tcase_add_test(tc, keeper_owes_who_reads_no_answers);
	tcase_add_test(tc, keeper_lets_nobody_wait_behind_anothers_heap);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
