/* SPDX-License-Identifier: ISC */
/*
 * Names that the users' file does not have become logins by PAM, or don't, with
 * the test as the process pam.
 */
#include <sys/mman.h>

#include <check.h>
#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/pam_ask_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct login_desk desk;
static struct users *users;
static union proto_any any;
static int file;

static struct {
	unsigned count;
	unsigned unheard;
	struct login_answer answer;
	struct login_record login;
	char name[LOGINS_NAME_MAX];
	char said[PAM_TEXT_MAX];
} told;

static void
on_answered(const struct login_asker *asker, const struct login_answer *answer)
{
	ck_assert_uint_eq(asker->id, 42);
	told.count++;
	told.answer = *answer;
	memset(&told.login, 0, sizeof(told.login));
	if (answer->login != NULL)
		told.login = *answer->login;
	strlcpy(told.name, answer->name, sizeof(told.name));
	strlcpy(told.said, answer->said == NULL ? "nothing" : answer->said,
	    sizeof(told.said));
}

static void
on_unheard(const struct login_asker *asker, const struct login_answer *answer)
{
	(void)asker;
	(void)answer;
	told.unheard++;
}

static void
setup(void)
{
	memset(&desk, 0, sizeof(desk));
	memset(&told, 0, sizeof(told));
	asked_start();
	file = memfd_create("auth", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(file, (off_t)logins_file_bytes()), 0);
	ck_assert_int_eq(logins_open(file, &desk.logins), 0);
	desk.attempts = attempts_new();
	desk.limits.idle_sec = 1000;
	login_pam_init(&desk, asked_base, &asked_master, on_unheard);
	ck_assert_int_eq(login_pam_prove("vncbridged", desk.pam_proof), 0);
	desk.has_pam = 1;
	pam_rig_join(&desk.pam);
}

static void
teardown(void)
{
	attempts_free(desk.attempts);
	logins_close(desk.logins);
	users_free(users);
	users = NULL;
	close(file);
	asked_stop();
}

static void
use_bob(void)
{
	struct users_fault fault;
	struct crypt_data data = {0};
	char line[512];

	snprintf(line, sizeof(line), "bob:%s::\n",
	    crypt_r("builder", "$2b$04$abcdefghijklmnopqrstuu", &data));
	ck_assert_msg(users_parse(line, strlen(line), &users, &fault) == 0,
	    "%s", fault.text);
	desk.users = users;
}

static struct login_asker
asker_of(int is_basic)
{
	struct login_asker asker = {.id = 42, .is_basic = (uint8_t)is_basic};

	ck_assert_int_eq(addr_parse_ip("192.0.2.1", &asker.client), 0);
	return asker;
}

/* Returns the question's number. */
static uint64_t
try_it(const char *name, int is_basic)
{
	struct login_asker asker = asker_of(is_basic);

	ck_assert_int_eq(
	    login_pam_try(&desk, &asker, name, "wonder", on_answered), 1);
	return pam_rig_hear_ask(name, "wonder");
}

static int
try_code(const uint8_t cookie[LOGIN_COOKIE_BYTES], const char *code)
{
	struct login_asker asker = asker_of(0);

	return login_pam_try_code(&desk, &asker, cookie, code, on_answered);
}

/* A half, as a cookie. */
static uint64_t
begin_half(const char *name, uint8_t cookie[LOGIN_COOKIE_BYTES])
{
	uint64_t id = try_it(name, 0);

	pam_rig_say_verdict(id, PAM_ASKS);
	ck_assert_int_eq(told.answer.code, LOGIN_CODE_WANTED);
	memcpy(cookie, told.answer.cookie, LOGIN_COOKIE_BYTES);
	return id;
}

START_TEST(right_one_has_a_login_of_the_name_and_groups_that_pam_says)
{
	const struct login_record *login;

	pam_rig_say_right(try_it("ALICE", 0), "alice", "staff,students");
	ck_assert_uint_eq(told.count, 1);
	ck_assert_int_eq(told.answer.code, LOGIN_OK);
	ck_assert_uint_eq(told.login.kind, LOGIN_BY_PAM);
	ck_assert_uint_eq(told.login.state, LOGIN_WHOLE);
	ck_assert_str_eq(told.login.name, "alice");
	ck_assert_str_eq(told.login.groups, "staff,students");
	login = login_of(&desk, told.answer.cookie, 0);
	ck_assert_ptr_nonnull(login);
	ck_assert_ptr_null(login_fault(&desk, login));
	/* another service, or none, is another way */
	ck_assert_int_eq(login_pam_prove("other", desk.pam_proof), 0);
	ck_assert_ptr_nonnull(login_fault(&desk, login));
	ck_assert_int_eq(login_pam_prove("vncbridged", desk.pam_proof), 0);
	ck_assert_ptr_null(login_fault(&desk, login));
	desk.has_pam = 0;
	ck_assert_ptr_nonnull(login_fault(&desk, login));
}
END_TEST

static const struct {
	enum pam_verdict verdict;
	enum login_code code;
} refusals[] = {
    {PAM_IS_WRONG, LOGIN_WRONG},
    {PAM_IS_SHUT, LOGIN_SHUT},
    {PAM_IS_STALE, LOGIN_STALE},
    {PAM_HAS_TOO_MANY, LOGIN_FAILED},
    {PAM_HAS_FAILED, LOGIN_FAILED},
};

START_TEST(refusal_is_told_with_what_pam_has_said)
{
	pam_rig_say_verdict(try_it("alice", 0), refusals[_i].verdict);
	ck_assert_uint_eq(told.count, 1);
	ck_assert_int_eq(told.answer.code, refusals[_i].code);
	ck_assert_str_eq(told.said, "as the test says");
	ck_assert_str_eq(told.name, "alice");
	ck_assert_uint_eq(logins_count(desk.logins), 0);
}
END_TEST

/* What the service before has said is nothing that the new one vouches for. */
START_TEST(answer_of_another_service_is_none)
{
	uint64_t id = try_it("alice", 0);

	if (_i == 0)
		desk.has_pam = 0;
	else
		ck_assert_int_eq(login_pam_prove("other", desk.pam_proof), 0);
	pam_rig_say_right(id, "alice", "");
	ck_assert_int_eq(told.answer.code, LOGIN_FAILED);
	ck_assert_uint_eq(logins_count(desk.logins), 0);
}
END_TEST

START_TEST(wrong_ones_delay_the_next)
{
	struct login_asker asker = asker_of(0);
	int i;

	for (i = 0; i < ATTEMPTS_FREE; i++)
		pam_rig_say_verdict(try_it("alice", 0), PAM_IS_WRONG);
	ck_assert_int_eq(
	    login_pam_try(&desk, &asker, "alice", "wonder", on_answered), 1);
	ck_assert_int_eq(told.answer.code, LOGIN_WAIT);
	ck_assert_int_eq(pam_rig_hear(&any), 0);
}
END_TEST

START_TEST(users_file_comes_first)
{
	struct login_asker asker = asker_of(0);

	use_bob();
	ck_assert_int_eq(
	    login_pam_try(&desk, &asker, "bob", "wonder", on_answered), 0);
	asker.is_basic = 1;
	ck_assert_int_eq(
	    login_pam_try(&desk, &asker, "alice", "wonder", on_answered), 0);
	desk.has_pam = 0;
	asker.is_basic = 0;
	ck_assert_int_eq(
	    login_pam_try(&desk, &asker, "alice", "wonder", on_answered), 0);
	ck_assert_uint_eq(told.count, 0);
	/* nor is whom PAM means taken for somebody of the file */
	desk.has_pam = 1;
	pam_rig_say_right(try_it("BOB", 0), "bob", "");
	ck_assert_int_eq(told.answer.code, LOGIN_FAILED);
	ck_assert_uint_eq(logins_count(desk.logins), 0);
}
END_TEST

static const char *const strange[] = {"", "-alice", "al\nice", "al\033ice"};

START_TEST(strange_name_is_wrong_and_not_asked)
{
	struct login_asker asker = asker_of(0);

	ck_assert_int_eq(
	    login_pam_try(&desk, &asker, strange[_i], "wonder", on_answered),
	    1);
	ck_assert_int_eq(told.answer.code, LOGIN_WRONG);
	ck_assert_int_eq(pam_rig_hear(&any), 0);
}
END_TEST

START_TEST(basic_has_one_login_and_no_code)
{
	uint64_t first;

	desk.has_pam_basic = 1;
	pam_rig_say_right(try_it("alice", 1), "alice", "");
	first = told.login.id;
	ck_assert_int_eq(told.answer.is_again, 0);
	pam_rig_say_right(try_it("alice", 1), "alice", "");
	ck_assert_uint_eq(told.login.id, first);
	ck_assert_int_eq(told.answer.is_again, 1);
}
END_TEST

START_TEST(code_makes_a_half_whole)
{
	uint8_t half[LOGIN_COOKIE_BYTES];
	uint64_t id = begin_half("alice", half);

	ck_assert_ptr_null(login_of(&desk, half, 0));
	ck_assert_int_eq(try_code(half, "123456"), 1);
	ck_assert_int_eq(pam_rig_hear(&any), MSG_PAM_CODE);
	ck_assert_str_eq(any.pam_code.code, "123456");
	/* one at a time */
	ck_assert_int_eq(try_code(half, "123457"), 1);
	ck_assert_int_eq(told.answer.code, LOGIN_BUSY);
	pam_rig_say_right(id, "alice", "");
	ck_assert_int_eq(told.answer.code, LOGIN_OK);
	ck_assert_ptr_nonnull(login_of(&desk, told.answer.cookie, 0));
	ck_assert_uint_eq(logins_count(desk.logins), 1);
	ck_assert_int_eq(try_code(half, "123456"), 0); /* nobody's any more */
	ck_assert_uint_eq(desk.half_count, 0);
}
END_TEST

START_TEST(wrong_code_ends_the_half)
{
	uint8_t half[LOGIN_COOKIE_BYTES];
	uint64_t id = begin_half("alice", half);

	ck_assert_int_eq(try_code(half, "123456"), 1);
	pam_rig_hear(&any);
	pam_rig_say_verdict(id, PAM_IS_WRONG);
	ck_assert_int_eq(told.answer.code, LOGIN_OVER);
	ck_assert_uint_eq(logins_count(desk.logins), 0);
	ck_assert_uint_eq(desk.half_count, 0);
}
END_TEST

/* Of the process pam, of its conversation, or of the half. */
START_TEST(half_that_has_ended_is_over)
{
	uint8_t half[LOGIN_COOKIE_BYTES];
	uint64_t id = begin_half("alice", half);
	const struct login_record *login;

	if (_i == 0) {
		asked_close();
		asked_run();
		ck_assert_uint_eq(told.unheard, 1);
	} else if (_i == 1) {
		pam_rig_say_verdict(id, PAM_HAS_FAILED);
		ck_assert_uint_eq(told.unheard, 1);
	} else {
		login = logins_find_id(desk.logins, told.login.id);
		logins_end(desk.logins, login);
		login_pam_tick(&desk);
		ck_assert_int_eq(pam_rig_hear(&any), MSG_PAM_LEAVE);
		ck_assert_uint_eq(any.pam_leave.id, id);
	}
	ck_assert_uint_eq(desk.half_count, 0);
	ck_assert_uint_eq(logins_count(desk.logins), 0);
	ck_assert_int_eq(try_code(half, "123456"), 0);
}
END_TEST

/* auth was killed: the half is there, and nobody knows its conversation. */
START_TEST(half_of_another_auth_is_over)
{
	uint8_t half[LOGIN_COOKIE_BYTES];
	struct login_who who = {
	    .kind = LOGIN_BY_PAM, .name = "alice", .groups = ""};
	const struct login_record *login;

	ck_assert_int_eq(
	    logins_begin(desk.logins, LOGIN_HALF, &who, 1, half, &login), 0);
	desk.limits.idle_sec = 0;
	if (try_code(half, "123456") == 1)
		ck_assert_int_eq(told.answer.code, LOGIN_OVER);
	ck_assert_uint_eq(desk.half_count, 0);
}
END_TEST

START_TEST(name_has_few_halves_and_the_oldest_goes)
{
	uint8_t halves[LOGIN_PAM_HALVES_OF_NAME + 1][LOGIN_COOKIE_BYTES];
	uint64_t first = 0;
	int i;

	for (i = 0; i <= LOGIN_PAM_HALVES_OF_NAME; i++) {
		uint64_t id = begin_half("alice", halves[i]);

		if (i == 0)
			first = id;
	}
	ck_assert_int_eq(pam_rig_hear(&any), MSG_PAM_LEAVE);
	ck_assert_uint_eq(any.pam_leave.id, first);
	ck_assert_uint_eq(desk.half_count, LOGIN_PAM_HALVES_OF_NAME);
	ck_assert_int_eq(try_code(halves[0], "123456"), 0);
	ck_assert_int_eq(try_code(halves[1], "123456"), 1);
}
END_TEST

START_TEST(halves_are_bounded)
{
	uint8_t half[LOGIN_COOKIE_BYTES];
	char name[16];
	unsigned i;

	for (i = 0; i < PAM_HALVES_MAX + 3; i++) {
		snprintf(name, sizeof(name), "user%u", i);
		begin_half(name, half);
		while (
		    i >= PAM_HALVES_MAX && pam_rig_hear(&any) == MSG_PAM_LEAVE)
			continue;
	}
	ck_assert_uint_eq(desk.half_count, PAM_HALVES_MAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("login-pam");
	TCase *tc = tcase_create("login-pam");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
	    tc, right_one_has_a_login_of_the_name_and_groups_that_pam_says);
	tcase_add_loop_test(tc, refusal_is_told_with_what_pam_has_said, 0,
	    (int)COUNT(refusals));
	tcase_add_loop_test(tc, answer_of_another_service_is_none, 0, 2);
	tcase_add_test(tc, wrong_ones_delay_the_next);
	tcase_add_test(tc, users_file_comes_first);
	tcase_add_loop_test(
	    tc, strange_name_is_wrong_and_not_asked, 0, (int)COUNT(strange));
	tcase_add_test(tc, basic_has_one_login_and_no_code);
	tcase_add_test(tc, code_makes_a_half_whole);
	tcase_add_test(tc, wrong_code_ends_the_half);
	tcase_add_loop_test(tc, half_that_has_ended_is_over, 0, 3);
	tcase_add_test(tc, half_of_another_auth_is_over);
	tcase_add_test(tc, name_has_few_halves_and_the_oldest_goes);
	tcase_add_test(tc, halves_are_bounded);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
