/* SPDX-License-Identifier: ISC */
/*
 * The real auth with a worker, or a broker, that was taken over: it says what
 * it must not, floods, or reads nothing. It learns nothing, auth lives, and
 * the others are served meanwhile.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/auth_rig.h"
#include "tests/unit/breach.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC     120
#define PORTIONS     10
#define IN_FLIGHT    64
#define GROWTH_BYTES (32 * 1024 * 1024)
#define FULL_ROUNDS  32 /* without a word taken: none will be */
#define ENDLESS	     1000000
#define LOGIN_FLOOD  4000 /* each may be hashed */
#define PLACES	     128  /* JOBS_OF_PEER */

static struct breach breaches[BREACHES_MAX];
static struct auth_rig a;
static uint8_t cookie[AUTH_COOKIE_BYTES];
static union proto_any any;

/* Whoever was not taken over: their logins go on. */
static void
expect_served(void)
{
	ck_assert_int_eq(auth_who(a.workers[1], cookie, 1, NULL), WHO_USER);
}

static void
start(void)
{
	auth_start(&a);
	ck_assert_int_eq(
	    auth_try(a.workers[1], "alice", "wonder", cookie), LOGIN_OK);
}

static void
stop(void)
{
	expect_served();
	ck_assert_uint_ne(auth_vouch(a.broker, cookie, 0, NULL), 0);
	auth_stop(&a);
}

/* ---- who breaks a rule ---- */

static int
channel_of(enum proto_role role)
{
	return role == ROLE_BROKER ? a.broker : a.workers[0];
}

static void
expect_end(int channel, enum proto_role role)
{
	int type, fd;

	do
		type = ipc_read_message(channel, role, ROLE_AUTH, &any, &fd);
	while (type > 0);
	ck_assert(type == VB_ECLOSED || type == VB_ESYS);
}

/* Its channel is closed, the master is told, and the other is served. */
static void
expect_dropped(enum proto_role role, const char *what, int is_told)
{
	unsigned before = a.dropped;
	int channel = channel_of(role);

	expect_end(channel, role);
	close(channel);
	expect_served();
	auth_probe(&a);
	ck_assert_msg(a.dropped == before + (unsigned)is_told, "%s", what);
	if (is_told) {
		ck_assert_uint_eq(a.last_dropped.index, 0);
		ck_assert_uint_eq(a.last_dropped.asker, role);
		ck_assert_uint_eq(a.last_dropped.fence,
		    role == ROLE_BROKER ? a.broker_fence : a.fences[0]);
	}
	if (role == ROLE_BROKER)
		auth_join_broker(&a);
	else
		auth_join_worker(&a, 0);
}

static const enum proto_role roles[] = {ROLE_WORKER, ROLE_BROKER};

START_TEST(auth_drops_who_breaks_the_table)
{
	size_t i, n = breach_list(ROLE_AUTH, roles[_i], PHASE_RUN, breaches);

	start();
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(
		    breach_commit(&breaches[i], channel_of(roles[_i])), 0);
		expect_dropped(roles[_i], breach_name(&breaches[i]),
		    breaches[i].kind != BREACH_EMPTY);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	stop();
}
END_TEST

/* ---- what the handlers forbid ---- */

/* Texts without an end. */
#define FILL(name, text)                                     \
	static void name(union proto_any *body)              \
	{                                                    \
		memset(body->text, 'a', sizeof(body->text)); \
	}
FILL(fill_name, login.name)
FILL(fill_password, login.password)
FILL(fill_code, login_code.code)
FILL(fill_redirect, oidc_begin.redirect)
FILL(fill_begin_next, oidc_begin.next)
FILL(fill_state, oidc_back.state)
FILL(fill_back_code, oidc_back.code)
FILL(fill_error, oidc_back.error)
FILL(fill_issuer, oidc_back.issuer)
FILL(fill_back_name, oidc_back.name)
FILL(fill_token, oidc_token.token)

static void
fill_step(union proto_any *body)
{
	body->oidc_begin.step = OIDC_LOGOUT + 1;
}

static void
fill_handshake(union proto_any *body)
{
	body->prove.length = PROVE_MAX;
	memset(body->prove.messages, 1, PROVE_MAX);
}

static void
fill_proof_length(union proto_any *body)
{
	body->prove.length = PROVE_MAX + 1;
}

static void
fill_count(union proto_any *body)
{
	body->used.count = AUTH_USED_MAX + 1;
}

static void
fill_count_wrap(union proto_any *body)
{
	body->used.count = UINT32_MAX;
}

static void
fill_all(union proto_any *body)
{
	memset(body, 0xff, sizeof(*body));
}

static const struct {
	enum proto_role role;
	enum msg_type type;
	const char *what;
	breach_fill *fill;
	int is_answered; /* with nothing; else it costs the channel */
} rows[] = {
    {ROLE_WORKER, MSG_LOGIN, "an endless name", fill_name, 0},
    {ROLE_WORKER, MSG_LOGIN, "an endless password", fill_password, 0},
    {ROLE_WORKER, MSG_LOGIN, "nonsense", fill_all, 0},
    {ROLE_WORKER, MSG_LOGIN, "of no name and address", breach_fill_nothing, 1},
    {ROLE_WORKER, MSG_LOGIN_CODE, "an endless code", fill_code, 0},
    {ROLE_WORKER, MSG_LOGIN_CODE, "of no login", breach_fill_nothing, 1},
    {ROLE_WORKER, MSG_WHO, "of nobody", breach_fill_nothing, 1},
    {ROLE_WORKER, MSG_WHO, "nonsense", fill_all, 1},
    {ROLE_WORKER, MSG_NAMED, "of nobody", breach_fill_nothing, 1},
    {ROLE_WORKER, MSG_NAMED, "nonsense", fill_all, 0},
    {ROLE_WORKER, MSG_PROVE, "nothing", breach_fill_nothing, 1},
    {ROLE_WORKER, MSG_PROVE, "no handshake", fill_handshake, 1},
    {ROLE_WORKER, MSG_PROVE, "more than there is", fill_proof_length, 0},
    {ROLE_WORKER, MSG_PROVE, "nonsense", fill_all, 0},
    {ROLE_WORKER, MSG_LOGOUT, "of nobody", breach_fill_nothing, 1},
    {ROLE_WORKER, MSG_LOGOUT, "nonsense", fill_all, 1},
    {ROLE_WORKER, MSG_OIDC_BEGIN, "an endless address", fill_redirect, 0},
    {ROLE_WORKER, MSG_OIDC_BEGIN, "an endless next", fill_begin_next, 0},
    {ROLE_WORKER, MSG_OIDC_BEGIN, "no such step", fill_step, 0},
    {ROLE_WORKER, MSG_OIDC_BEGIN, "nonsense", fill_all, 0},
    {ROLE_WORKER, MSG_OIDC_BEGIN, "to nobody", breach_fill_nothing, 1},
    {ROLE_WORKER, MSG_OIDC_BACK, "an endless state", fill_state, 0},
    {ROLE_WORKER, MSG_OIDC_BACK, "an endless code", fill_back_code, 0},
    {ROLE_WORKER, MSG_OIDC_BACK, "an endless error", fill_error, 0},
    {ROLE_WORKER, MSG_OIDC_BACK, "an endless issuer", fill_issuer, 0},
    {ROLE_WORKER, MSG_OIDC_BACK, "an endless name", fill_back_name, 0},
    {ROLE_WORKER, MSG_OIDC_BACK, "nonsense", fill_all, 0},
    {ROLE_WORKER, MSG_OIDC_BACK, "of nobody", breach_fill_nothing, 1},
    {ROLE_WORKER, MSG_OIDC_TOKEN, "an endless token", fill_token, 0},
    {ROLE_WORKER, MSG_OIDC_TOKEN, "of nobody", breach_fill_nothing, 1},
    {ROLE_BROKER, MSG_VOUCH, "for nobody", breach_fill_nothing, 1},
    {ROLE_BROKER, MSG_VOUCH, "nonsense", fill_all, 1},
    {ROLE_BROKER, MSG_USED, "of too many", fill_count, 0},
    {ROLE_BROKER, MSG_USED, "of far too many", fill_count_wrap, 0},
    {ROLE_BROKER, MSG_USED, "nonsense", fill_all, 0},
};

START_TEST(auth_has_a_row_for_each_message)
{
	enum msg_type types[COUNT(rows)];
	size_t i, n = 0;

	for (i = 0; i < COUNT(rows); i++)
		if (rows[i].role == roles[_i])
			types[n++] = rows[i].type;
	breach_check_rows(ROLE_AUTH, roles[_i], types, n);
}
END_TEST

/* No answer tells more than that there is nothing. */
static void
expect_nothing(int channel, enum proto_role role)
{
	static const uint8_t none[AUTH_COOKIE_BYTES];
	int fd, type = ipc_read_message(channel, role, ROLE_AUTH, &any, &fd);

	switch (type) {
	case MSG_LOGGED_IN:
		ck_assert(any.logged_in.code == LOGIN_WRONG ||
		    any.logged_in.code == LOGIN_OVER);
		ck_assert_mem_eq(any.logged_in.cookie, none, sizeof(none));
		break;
	case MSG_WHO_IS:
		ck_assert_uint_eq(any.who_is.state, WHO_NOBODY);
		ck_assert_str_eq(any.who_is.name, "");
		break;
	case MSG_LOGGED_OUT:
		break;
	case MSG_OIDC_SAID:
		ck_assert(any.oidc_said.code == OIDC_NOWHERE ||
		    any.oidc_said.code == OIDC_OVER ||
		    any.oidc_said.code == OIDC_UNPROVEN);
		ck_assert_mem_eq(any.oidc_said.cookie, none, sizeof(none));
		ck_assert_str_eq(any.oidc_said.url, "");
		break;
	case MSG_VOUCHED:
		ck_assert_uint_eq(any.vouched.login_id, 0);
		ck_assert_str_eq(any.vouched.name, "");
		break;
	default:
		ck_abort_msg("answer %d", type);
	}
}

START_TEST(auth_gives_nothing_for_nonsense)
{
	size_t i;

	start();
	for (i = 0; i < COUNT(rows); i++) {
		memset(&any, 0, sizeof(any));
		rows[i].fill(&any);
		ck_assert_int_eq(breach_say(channel_of(rows[i].role),
				     rows[i].type, &any, -1),
		    0);
		if (rows[i].is_answered)
			expect_nothing(channel_of(rows[i].role), rows[i].role);
		else
			expect_dropped(rows[i].role, rows[i].what, 1);
	}
	stop();
}
END_TEST

/* A cookie opens what it is for: half a one the code alone. */
START_TEST(half_a_login_is_good_for_nothing_else)
{
	uint8_t half[AUTH_COOKIE_BYTES];

	start();
	ck_assert_int_eq(auth_try(a.workers[0], "carol", "christmas", half),
	    LOGIN_CODE_WANTED);
	ck_assert_int_eq(auth_who(a.workers[0], half, 1, NULL), WHO_HALF);
	ck_assert_uint_eq(auth_vouch(a.broker, half, 0, NULL), 0);
	/* nor a whole one for a code */
	memcpy(half, cookie, sizeof(half));
	ck_assert_int_eq(
	    auth_try_code(a.workers[0], half, auth_code_at(0)), LOGIN_OVER);
	stop();
}
END_TEST

/* ---- floods ---- */

static void
say(int channel, enum msg_type type, const void *body)
{
	ck_assert_int_eq(breach_say(channel, type, body, -1), 0);
}

static const struct {
	enum proto_role role;
	enum msg_type type;
	enum msg_type answer;
} floods[] = {
    {ROLE_WORKER, MSG_WHO, MSG_WHO_IS},
    {ROLE_WORKER, MSG_LOGOUT, MSG_LOGGED_OUT},
    {ROLE_WORKER, MSG_PROVE, MSG_WHO_IS},
    {ROLE_WORKER, MSG_LOGIN_CODE, MSG_LOGGED_IN},
    {ROLE_WORKER, MSG_OIDC_BEGIN, MSG_OIDC_SAID},
    {ROLE_WORKER, MSG_OIDC_BACK, MSG_OIDC_SAID},
    {ROLE_WORKER, MSG_OIDC_TOKEN, MSG_OIDC_SAID},
    {ROLE_BROKER, MSG_VOUCH, MSG_VOUCHED},
};

START_TEST(auth_serves_the_other_during_a_flood)
{
	enum proto_role role = floods[_i].role;
	uint64_t i, n = breach_flood();
	union proto_any body;
	size_t before;

	start();
	memset(&body, 0, sizeof(body));
	before = breach_resident_bytes(a.rig.pid);
	for (i = 0; i < n; i++) {
		say(channel_of(role), floods[_i].type, &body);
		if (i >= IN_FLIGHT)
			auth_read(
			    channel_of(role), role, floods[_i].answer, &any);
		if (i % (n / PORTIONS) == 0)
			expect_served();
	}
	for (i = 0; i < IN_FLIGHT; i++)
		auth_read(channel_of(role), role, floods[_i].answer, &any);
	auth_probe(&a);
	ck_assert_uint_lt(
	    breach_resident_bytes(a.rig.pid), before + GROWTH_BYTES);
	ck_assert_uint_eq(a.dropped, 0);
	stop();
}
END_TEST

/* It makes names and addresses up, and others still log in. */
START_TEST(auth_lets_others_log_in_during_a_flood_of_logins)
{
	unsigned i, busy = 0, got = 0;
	char client[32], name[32];
	uint8_t others[AUTH_COOKIE_BYTES];

	start();
	/* what nobody has takes as long as what somebody has */
	*strstr(a.users, "slow:") = '\0';
	auth_configure(&a, a.users);
	auth_freeze(&a);
	for (i = 0; i < LOGIN_FLOOD; i++) {
		snprintf(
		    client, sizeof(client), "10.%u.%u.1", i / 250, i % 250);
		snprintf(name, sizeof(name), "name%u", i);
		auth_ask_login(a.workers[0], i, client, name, "x");
		/* all but its share is refused, at once */
		if (i > 2 * PLACES) {
			auth_read(
			    a.workers[0], ROLE_WORKER, MSG_LOGGED_IN, &any);
			ck_assert_uint_eq(any.logged_in.code, LOGIN_BUSY);
			busy++;
		}
	}
	auth_ask_login(a.workers[1], 1, AUTH_CLIENT, "bob", "builder");
	expect_served();
	auth_thaw(&a);
	auth_read(a.workers[1], ROLE_WORKER, MSG_LOGGED_IN, &any);
	ck_assert_uint_eq(any.logged_in.code, LOGIN_OK);
	/* each is answered, once */
	for (got = busy; got < LOGIN_FLOOD; got++)
		auth_read(a.workers[0], ROLE_WORKER, MSG_LOGGED_IN, &any);
	auth_who(a.workers[0], cookie, 0, NULL);
	ck_assert_int_eq(
	    auth_try(a.workers[0], "bob", "builder", others), LOGIN_OK);
	ck_assert_uint_eq(a.dropped, 0);
	stop();
}
END_TEST

/* Asks until auth takes no more, and serves the other meanwhile. */
static uint64_t
ask_until_full(int channel, enum msg_type type, const void *body)
{
	uint64_t asked = 0;
	unsigned full = 0;

	ck_assert_int_eq(fcntl(channel, F_SETFL, O_NONBLOCK), 0);
	while (asked < ENDLESS && full < FULL_ROUNDS) {
		if (breach_say(channel, type, body, -1) == 0) {
			asked++;
			full = 0;
			continue;
		}
		/* by the answer it has read what there was, if it reads */
		expect_served();
		auth_probe(&a);
		full++;
	}
	ck_assert_int_eq(fcntl(channel, F_SETFL, 0), 0);
	return asked;
}

/*
 * It asks and reads nothing: what waits for it is bounded, since no more is
 * read of it; and since all of that was asked for, it costs nothing.
 */
START_TEST(auth_owes_who_reads_no_answers)
{
	enum proto_role role = floods[_i].role;
	union proto_any body;
	uint64_t asked;
	size_t before;

	start();
	memset(&body, 0, sizeof(body));
	before = breach_resident_bytes(a.rig.pid);
	asked = ask_until_full(channel_of(role), floods[_i].type, &body);
	ck_assert_uint_lt(asked, ENDLESS);
	ck_assert_uint_lt(
	    breach_resident_bytes(a.rig.pid), before + GROWTH_BYTES);
	for (; asked > 0; asked--)
		auth_read(channel_of(role), role, floods[_i].answer, &any);
	auth_probe(&a);
	ck_assert_uint_eq(a.dropped, 0);
	stop();
}
END_TEST

/* The dearest of the broker's: 64 answers for each. */
START_TEST(auth_owes_a_broker_that_reads_nothing_no_heap)
{
	struct msg_used used = {.count = AUTH_USED_MAX};
	uint64_t asked;
	size_t before;
	uint32_t i;

	start();
	for (i = 0; i < AUTH_USED_MAX; i++)
		used.login_ids[i] = ~0ull - i;
	before = breach_resident_bytes(a.rig.pid);
	asked = ask_until_full(a.broker, MSG_USED, &used);
	ck_assert_uint_lt(asked, ENDLESS);
	ck_assert_uint_lt(
	    breach_resident_bytes(a.rig.pid), before + GROWTH_BYTES);
	for (asked *= AUTH_USED_MAX; asked > 0; asked--)
		auth_read(a.broker, ROLE_BROKER, MSG_LOGIN_OVER, &any);
	stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("channel-auth");
	TCase *tc = tcase_create("auth");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(
	    tc, auth_drops_who_breaks_the_table, 0, COUNT(roles));
	tcase_add_loop_test(
	    tc, auth_has_a_row_for_each_message, 0, COUNT(roles));
	tcase_add_test(tc, auth_gives_nothing_for_nonsense);
	tcase_add_test(tc, half_a_login_is_good_for_nothing_else);
	tcase_add_loop_test(
	    tc, auth_serves_the_other_during_a_flood, 0, COUNT(floods));
	tcase_add_test(tc, auth_lets_others_log_in_during_a_flood_of_logins);
	tcase_add_loop_test(
	    tc, auth_owes_who_reads_no_answers, 0, COUNT(floods));
	tcase_add_test(tc, auth_owes_a_broker_that_reads_nothing_no_heap);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
