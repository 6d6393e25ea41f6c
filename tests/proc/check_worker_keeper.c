/* SPDX-License-Identifier: ISC */
/*
 * The worker with a keeper that answers, that lies, and that says nothing.
 * Handshakes fail cleanly or wait for the next keeper; the worker lives, and
 * who has a connection notices nothing.
 */
#include <check.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/tls_worker_rig.h"
#include "tests/unit/breach.h"
#include "tests/unit/tls_rig.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC   60
#define FIRST	   1 /* conn ids */
#define NOBODY_ID  4711
#define ASKED_MOST 128 /* signatures that one keeper owes */
#define MANY	   300

static struct breach breaches[BREACHES_MAX];
static struct tls_worker_rig r;

/* ---- answers that the table forbids ---- */

/* Whose fields have rows below. */
static const enum msg_type judged[] = {MSG_SIGNED, MSG_TICKETS};

START_TEST(worker_drops_a_keeper_that_breaks_the_table)
{
	size_t i,
	    n = breach_list(ROLE_WORKER, ROLE_KEEPER, PHASE_RUN, breaches);
	struct tls_client held, waiting;
	struct msg_signature made;
	struct msg_sign sign;

	rig_begin(&r, 60);
	held = rig_connect_well(&r);
	waiting = tls_begin(&r);
	rig_read_sign(&r, &waiting, &sign);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(breach_commit(&breaches[i], r.keeper), 0);
		rig_expect_dropped(&r, breach_name(&breaches[i]),
		    breaches[i].kind == BREACH_EMPTY ? UNJOINED_LOST
						     : UNJOINED_NONSENSE);
		tls_expect_served(&held);
		/* the next one is asked what the last was asked */
		rig_read_sign(&r, &waiting, &sign);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	breach_check_rows(ROLE_WORKER, ROLE_KEEPER, judged, COUNT(judged));
	made = rig_make_signature(&r, &sign);
	rig_say_signed(&r, &made);
	ck_assert_int_eq(tls_finish(&waiting), 1);
	tls_expect_served(&waiting);
	tls_end(&waiting);
	tls_end(&held);
	rig_end(&r);
}
END_TEST

/* ---- answers that the handler forbids ---- */

static void
lie_empty(struct msg_signature *made)
{
	made->length = 0;
}

static void
lie_long(struct msg_signature *made)
{
	made->length = sizeof(made->signature) + 1;
}

static void
lie_longest(struct msg_signature *made)
{
	made->length = UINT32_MAX;
}

static void
lie_refused_with(struct msg_signature *made)
{
	made->code = SIGNED_BUSY;
}

static void
lie_code(struct msg_signature *made)
{
	made->length = 0;
	made->code = SIGNED_FAILED + 1;
}

static void
lie_last_code(struct msg_signature *made)
{
	made->length = 0;
	made->code = UINT32_MAX;
}

/* A good one, but nobody waits for it. */
static void
lie_to_nobody(struct msg_signature *made)
{
	made->id = NOBODY_ID;
}

static void
lie_to_one_that_is_through(struct msg_signature *made)
{
	made->id = FIRST;
}

static const struct {
	const char *what;
	void (*lie)(struct msg_signature *made);
	uint32_t tickets; /* without lie: so many keys */
} forbidden[] = {
    {"signed, with nothing", lie_empty, 0},
    {"more than fits", lie_long, 0},
    {"all the memory there is", lie_longest, 0},
    {"refused, with a signature", lie_refused_with, 0},
    {"an unknown code", lie_code, 0},
    {"the last code", lie_last_code, 0},
    {"for nobody", lie_to_nobody, 0},
    {"for one that is through", lie_to_one_that_is_through, 0},
    {"a ticket key too many", NULL, TICKET_KEYS_MAX + 1},
    {"ticket keys without end", NULL, UINT32_MAX},
};

START_TEST(worker_drops_a_keeper_that_answers_nonsense)
{
	struct tls_client held, waiting;
	struct msg_signature made;
	struct msg_tickets tickets;
	struct msg_sign sign;

	rig_begin(&r, 60);
	held = rig_connect_well(&r);
	waiting = tls_begin(&r);
	rig_read_sign(&r, &waiting, &sign);
	made = rig_make_signature(&r, &sign);
	memset(&tickets, 0, sizeof(tickets));
	tickets.count = forbidden[_i].tickets;
	if (forbidden[_i].lie != NULL) {
		forbidden[_i].lie(&made);
		rig_say_signed(&r, &made);
	} else
		ck_assert_int_eq(
		    ipc_write_message(r.keeper, MSG_TICKETS, &tickets, -1), 0);
	rig_expect_dropped(&r, forbidden[_i].what, UNJOINED_NONSENSE);
	tls_expect_served(&held);
	rig_read_sign(&r, &waiting, &sign);
	made = rig_make_signature(&r, &sign);
	rig_say_signed(&r, &made);
	ck_assert_int_eq(tls_finish(&waiting), 1);
	rig_expect_served(&r);
	tls_end(&waiting);
	tls_end(&held);
	rig_end(&r);
}
END_TEST

/* ---- answers that nobody can use ---- */

static void
lie_other_signature(struct msg_signature *made)
{
	static const uint8_t other[] = "another content";

	made->length = (uint32_t)rig_sign(r.key, 0x0403, other, sizeof(other),
	    made->signature, sizeof(made->signature));
}

static void
lie_garbage(struct msg_signature *made)
{
	memset(made->signature, 0xff, made->length);
}

static void
lie_byte(struct msg_signature *made)
{
	made->length = 1;
}

/* As long as a message may have it, and longer than this key's can be. */
static void
lie_as_long_as_rsa(struct msg_signature *made)
{
	made->length = sizeof(made->signature);
}

static void
lie_no_key(struct msg_signature *made)
{
	made->length = 0;
	made->code = SIGNED_NO_KEY;
}

static void
lie_scheme(struct msg_signature *made)
{
	made->length = 0;
	made->code = SIGNED_SCHEME;
}

static void
lie_busy(struct msg_signature *made)
{
	made->length = 0;
	made->code = SIGNED_BUSY;
}

static void
lie_failed(struct msg_signature *made)
{
	made->length = 0;
	made->code = SIGNED_FAILED;
}

static const struct {
	const char *what;
	void (*lie)(struct msg_signature *made);
	int by_worker; /* it knows, and says so; else the client finds out */
} useless[] = {
    {"a signature of something else", lie_other_signature, 0},
    {"garbage", lie_garbage, 0},
    {"one byte", lie_byte, 0},
    {"longer than the key allows", lie_as_long_as_rsa, 1},
    {"no such key", lie_no_key, 1},
    {"not this scheme", lie_scheme, 1},
    {"too busy", lie_busy, 1},
    {"failed", lie_failed, 1},
};

START_TEST(worker_ends_the_handshake_that_gets_no_good_signature)
{
	struct tls_client held, c;
	struct msg_signature made;
	struct msg_sign sign;
	int result;

	rig_begin(&r, 60);
	held = rig_connect_well(&r);
	c = tls_begin(&r);
	rig_read_sign(&r, &c, &sign);
	made = rig_make_signature(&r, &sign);
	useless[_i].lie(&made);
	rig_say_signed(&r, &made);
	result = tls_finish(&c);
	ck_assert_msg(result < 0, "%s", useless[_i].what);
	ck_assert_msg((result == -INTERNAL_ERROR) == useless[_i].by_worker,
	    "%s: %s", useless[_i].what,
	    ERR_reason_error_string(ERR_peek_error()));
	tls_end(&c);
	worker_wait_load(&r.w, 2, 1);
	/* it was the keeper's word: the channel stays, and so does the rest */
	ck_assert_uint_eq(r.w.unjoined, 0);
	tls_expect_served(&held);
	rig_expect_served(&r);
	tls_end(&held);
	rig_end(&r);
}
END_TEST

/* One that has been answered, and then one that has gone. */
START_TEST(worker_takes_one_answer_for_each_question)
{
	struct tls_client held, c;
	struct msg_signature made;
	struct msg_sign sign;

	rig_begin(&r, 60);
	held = rig_connect_well(&r);
	c = tls_begin(&r);
	rig_read_sign(&r, &c, &sign);
	tls_end(&c);
	worker_wait_load(&r.w, 2, 1);
	made = rig_make_signature(&r, &sign);
	rig_say_signed(&r, &made);
	rig_expect_served(&r);
	ck_assert_uint_eq(r.w.unjoined, 0);
	rig_say_signed(&r, &made);
	rig_expect_dropped(&r, "twice", UNJOINED_NONSENSE);
	tls_expect_served(&held);
	rig_expect_served(&r);
	tls_end(&held);
	rig_end(&r);
}
END_TEST

/* ---- silence ---- */

START_TEST(worker_lets_no_handshake_wait_beyond_its_time)
{
	struct tls_client held, c;
	struct msg_sign sign;

	rig_begin(&r, 1);
	held = rig_connect_well(&r);
	c = tls_begin(&r);
	rig_read_sign(&r, &c, &sign);
	if (_i == 1)
		close(r.keeper); /* it has died, and there is no other */
	ck_assert_int_eq(fcntl(c.fd, F_SETFL, 0), 0);
	ck_assert(is_at_end(c.fd));
	tls_end(&c);
	tls_expect_served(&held);
	tls_end(&held);
	if (_i == 1)
		rig_join(&r);
	rig_expect_served(&r);
	rig_end(&r);
}
END_TEST

static void
answer(const struct tls_client *c, const struct msg_sign *sign)
{
	struct msg_signature made = rig_make_signature(&r, sign);

	ck_assert_uint_eq(sign->id, c->conn_id);
	rig_say_signed(&r, &made);
}

/*
 * Each that has asked has a stack: there is a bound, behind which the others
 * ask in their turn. One that leaves does not make the keeper owe less.
 */
START_TEST(worker_bounds_what_it_asks_for_at_once)
{
	static struct tls_client many[MANY];
	static struct msg_sign signs[MANY];
	struct tls_client held;
	unsigned i;

	rig_begin(&r, 60);
	held = rig_connect_well(&r);
	for (i = 0; i < MANY; i++) {
		many[i] = tls_begin(&r);
		if (i < ASKED_MOST)
			rig_read_sign(&r, &many[i], &signs[i]);
	}
	tls_expect_served(&held);
	broker_expect_silence(r.keeper);
	tls_end(&many[0]);
	worker_wait_load(&r.w, MANY + 1, 1);
	broker_expect_silence(r.keeper);
	for (i = 0; i < MANY; i++) {
		answer(&many[i], &signs[i]);
		if (i + ASKED_MOST < MANY)
			rig_read_sign(
			    &r, &many[i + ASKED_MOST], &signs[i + ASKED_MOST]);
		if (i == 0)
			continue;
		ck_assert_int_eq(tls_finish(&many[i]), 1);
		tls_end(&many[i]);
	}
	broker_expect_silence(r.keeper);
	worker_wait_load(&r.w, MANY + 1, MANY);
	tls_expect_served(&held);
	rig_expect_served(&r);
	ck_assert_uint_eq(r.w.unjoined, 0);
	tls_end(&held);
	rig_end(&r);
}
END_TEST

/* ---- tickets ---- */

static void
say_tickets(uint32_t count, uint8_t filler)
{
	struct msg_tickets tickets;

	memset(&tickets, filler, sizeof(tickets));
	tickets.count = count;
	ck_assert_int_eq(
	    ipc_write_message(r.keeper, MSG_TICKETS, &tickets, -1), 0);
}

/* Reads until a ticket came with the answer, or none did. */
static int
has_ticket(void)
{
	struct tls_client c = rig_connect_well(&r);
	SSL_SESSION *session = SSL_get1_session(c.ssl);
	int has = SSL_SESSION_is_resumable(session);

	SSL_SESSION_free(session);
	tls_end(&c);
	return has;
}

/* None, all zeroes, all the same: whatever the keys are, it goes on. */
START_TEST(worker_takes_the_keys_of_tickets_as_they_come)
{
	uint32_t count;

	rig_begin(&r, 60);
	ck_assert(!has_ticket());
	for (count = 1; count <= TICKET_KEYS_MAX; count++) {
		say_tickets(count, (uint8_t)(count - 1));
		ck_assert(has_ticket());
	}
	say_tickets(0, 0xff);
	ck_assert(!has_ticket());
	ck_assert_uint_eq(r.w.unjoined, 0);
	rig_end(&r);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker-keeper");
	TCase *tc = tcase_create("keeper");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, worker_drops_a_keeper_that_breaks_the_table);
	tcase_add_loop_test(tc, worker_drops_a_keeper_that_answers_nonsense, 0,
	    COUNT(forbidden));
	tcase_add_loop_test(tc,
	    worker_ends_the_handshake_that_gets_no_good_signature, 0,
	    COUNT(useless));
	tcase_add_test(tc, worker_takes_one_answer_for_each_question);
	tcase_add_loop_test(
	    tc, worker_lets_no_handshake_wait_beyond_its_time, 0, 2);
	tcase_add_test(tc, worker_bounds_what_it_asks_for_at_once);
	tcase_add_test(tc, worker_takes_the_keys_of_tickets_as_they_come);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
