/* SPDX-License-Identifier: ISC */
/*
 * Names, passwords and codes become logins, or don't; with real helpers, as
 * which this program is run, too.
 */
#include <sys/mman.h>

#include <check.h>
#include <crypt.h>
#include <event2/event.h>
#include <liboath/oath.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/process.h"
#include "daemon/auth/login.h"

#define SPENT_OFFSET (16u << 20)
#define SEED	     "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" /* RFC 6238, B */
#define SEED_BYTES   "12345678901234567890"
#define RECOVERY     "ABCDEFGHIJKLMNOP"

static struct event_base *base;
static struct login_desk desk;
static struct users *users;
static int file;
static int has_answer;
static struct login_answer last;
static char last_name[LOGINS_NAME_MAX];
static uint8_t cookie[LOGIN_COOKIE_BYTES];
static uint64_t last_login_id;

static void
on_answered(const struct login_asker *asker, const struct login_answer *answer)
{
	ck_assert_uint_eq(asker->id, 42);
	ck_assert_int_eq(has_answer, 0); /* once */
	has_answer = 1;
	last = *answer;
	last_login_id = answer->login == NULL ? 0 : answer->login->id;
	last.login = NULL;
	strlcpy(last_name, answer->name, sizeof(last_name));
	last.name = last_name;
	memcpy(cookie, answer->cookie, sizeof(cookie));
}

static void
on_lost(void *arg, unsigned left)
{
	(void)arg;
	(void)left;
	ck_abort_msg("no helper is left");
}

static const char *
hash_of(const char *setting, const char *password)
{
	static struct crypt_data data;

	memset(&data, 0, sizeof(data));
	return crypt_r(password, setting, &data);
}

static void
use_users(const char *text)
{
	struct users_fault fault;
	struct users *next;

	ck_assert_msg(users_parse(text, strlen(text), &next, &fault) == 0,
	    "%u: %s", fault.line, fault.text);
	users_free(users);
	desk.users = users = next;
}

/* alice: yescrypt; bob: SHA-512, groups; carol: a code; dave: locked. */
static void
usual_users(void)
{
	uint8_t sum[32];
	char text[4096], recovery[65];
	size_t n = 0, i;

	EVP_Digest(RECOVERY, strlen(RECOVERY), sum, NULL, EVP_sha256(), NULL);
	for (i = 0; i < sizeof(sum); i++)
		snprintf(recovery + 2 * i, 3, "%02x", sum[i]);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "alice:%s::\n",
	    hash_of("$y$j75$2S4j0MIUdLYdsyTSh8eVA.", "wonder"));
	n += (size_t)snprintf(text + n, sizeof(text) - n,
	    "bob:%s:students,staff:\n",
	    hash_of("$6$rounds=1000$saltsalt", "builder"));
	n += (size_t)snprintf(text + n, sizeof(text) - n,
	    "carol:%s:staff:totp=" SEED ",recovery=%s\n",
	    hash_of("$2b$04$abcdefghijklmnopqrstuu", "christmas"), recovery);
	snprintf(text + n, sizeof(text) - n, "dave:!%s::\n",
	    hash_of("$y$j75$2S4j0MIUdLYdsyTSh8eVA.", "locked"));
	use_users(text);
}

static void
setup(void)
{
	int fds[POOL_HELPERS_MAX];

	ck_assert_int_eq(pool_start(2, 1, fds), 2);
	base = event_base_new();
	file = memfd_create("auth", MFD_CLOEXEC);
	ck_assert_uint_lt(logins_file_bytes(), SPENT_OFFSET);
	ck_assert_int_eq(
	    ftruncate(file, (off_t)(SPENT_OFFSET + spent_bytes())), 0);
	ck_assert_int_eq(logins_open(file, &desk.logins), 0);
	ck_assert_int_eq(spent_open(file, SPENT_OFFSET, &desk.spent), 0);
	desk.attempts = attempts_new();
	desk.pool = pool_new(base, fds, 2, on_lost, NULL);
	desk.limits.idle_sec = 1000;
	desk.limits.max_sec = 5000;
	ck_assert_int_eq(oath_init(), OATH_OK);
	ck_assert_int_eq(group_names_add(&desk.group_names, "students"), 0);
	ck_assert_int_eq(group_names_add(&desk.group_names, "staff"), 0);
	usual_users();
	has_answer = 0;
}

static void
teardown(void)
{
	pool_free(desk.pool);
	attempts_free(desk.attempts);
	spent_close(desk.spent);
	logins_close(desk.logins);
	group_names_clear(&desk.group_names);
	users_free(users);
	users = NULL;
	close(file);
	event_base_free(base);
}

static struct login_asker
asker_at(const char *address)
{
	struct login_asker asker = {.id = 42};

	ck_assert_int_eq(addr_parse_ip(address, &asker.client), 0);
	return asker;
}

static enum login_code
wait_answer(void)
{
	while (!has_answer)
		ck_assert_int_ne(event_base_loop(base, EVLOOP_ONCE), -1);
	has_answer = 0;
	return last.code;
}

static enum login_code
try_from(const char *address, const char *name, const char *password)
{
	struct login_asker asker = asker_at(address);

	login_try(&desk, &asker, name, password, on_answered);
	return wait_answer();
}

static enum login_code
try_it(const char *name, const char *password)
{
	return try_from("192.0.2.1", name, password);
}

static enum login_code
try_code(const uint8_t half[LOGIN_COOKIE_BYTES], const char *code)
{
	struct login_asker asker = asker_at("192.0.2.1");

	login_try_code(&desk, &asker, half, code, on_answered);
	return wait_answer();
}

/* The code of carol's authenticator, so many steps from now. */
static const char *
code_at(int steps)
{
	static char code[8];

	ck_assert_int_eq(
	    oath_totp_generate(SEED_BYTES, strlen(SEED_BYTES),
		time(NULL) + steps * CODE_STEP_SEC, CODE_STEP_SEC, 0, 6, code),
	    OATH_OK);
	return code;
}

/* None that is right now, or will be in a moment. */
static const char *
wrong_code(void)
{
	static char code[16];
	int number = 0, step;

	do {
		snprintf(code, sizeof(code), "%06d", number++);
		for (step = -2; step <= 2; step++)
			if (strcmp(code, code_at(step)) == 0)
				break;
	} while (step <= 2);
	return code;
}

static const struct {
	const char *name;
	const char *password;
	enum login_code code;
} tries[] = {
    {"alice", "wonder", LOGIN_OK},
    {"bob", "builder", LOGIN_OK},
    {"carol", "christmas", LOGIN_CODE_WANTED},
    {"dave", "locked", LOGIN_LOCKED},
    {"dave", "wrong", LOGIN_WRONG},
    {"dave", "!locked", LOGIN_WRONG},
    {"alice", "builder", LOGIN_WRONG},
    {"alice", "", LOGIN_WRONG},
    {"alice", "wonder ", LOGIN_WRONG},
    {"alice", "Wonder", LOGIN_WRONG},
    {"Alice", "wonder", LOGIN_WRONG},
    {"alice ", "wonder", LOGIN_WRONG},
    {"", "", LOGIN_WRONG},
    {"nobody", "wonder", LOGIN_WRONG},
    {"alice:x", "wonder", LOGIN_WRONG},
    {"@staff", "builder", LOGIN_WRONG},
    {"carol", "wrong", LOGIN_WRONG},
};

START_TEST(a_name_and_a_password_are_right_together)
{
	static const uint8_t none[LOGIN_COOKIE_BYTES];

	ck_assert_int_eq(
	    try_it(tries[_i].name, tries[_i].password), tries[_i].code);
	ck_assert_str_eq(last_name, tries[_i].name);
	if (last.code == LOGIN_OK || last.code == LOGIN_CODE_WANTED) {
		ck_assert_mem_ne(cookie, none, sizeof(none));
		ck_assert_uint_eq(logins_count(desk.logins), 1);
	} else {
		ck_assert_mem_eq(cookie, none, sizeof(none));
		ck_assert_uint_eq(logins_count(desk.logins), 0);
	}
	/* a half one opens nothing */
	ck_assert_int_eq(
	    login_of(&desk, cookie, 1) != NULL, last.code == LOGIN_OK);
}
END_TEST

START_TEST(a_login_knows_its_user)
{
	const struct login_record *login;

	ck_assert_int_eq(try_it("bob", "builder"), LOGIN_OK);
	login = login_of(&desk, cookie, 1);
	ck_assert_str_eq(login->name, "bob");
	ck_assert_str_eq(login->groups, "students,staff");
	ck_assert_uint_eq(login->id, last_login_id);
	ck_assert_ptr_null(login_fault(&desk, login));
}
END_TEST

START_TEST(wrong_passwords_make_one_wait_here_and_not_elsewhere)
{
	int i;

	for (i = 0; i < ATTEMPTS_FREE; i++)
		ck_assert_int_eq(try_it("alice", "wrong"), LOGIN_WRONG);
	ck_assert_int_eq(try_it("alice", "wonder"), LOGIN_WAIT);
	ck_assert_uint_ge(last.wait_sec, 1);
	ck_assert_int_eq(try_from("198.51.100.7", "alice", "wonder"), LOGIN_OK);
	/* a name that nobody has is no different */
	for (i = 0; i < ATTEMPTS_FREE; i++)
		ck_assert_int_eq(try_it("nobody", "wrong"), LOGIN_WRONG);
	ck_assert_int_eq(try_it("nobody", "wrong"), LOGIN_WAIT);
}
END_TEST

START_TEST(a_code_makes_it_whole)
{
	uint8_t half[LOGIN_COOKIE_BYTES];

	ck_assert_int_eq(try_it("carol", "christmas"), LOGIN_CODE_WANTED);
	memcpy(half, cookie, sizeof(half));
	ck_assert_int_eq(try_code(half, code_at(_i)), LOGIN_OK);
	ck_assert_mem_ne(cookie, half, sizeof(half));
	ck_assert_str_eq(login_of(&desk, cookie, 1)->name, "carol");
	ck_assert_ptr_null(login_of(&desk, half, 1));
	/* and the half one is gone */
	ck_assert_int_eq(try_code(half, code_at(_i)), LOGIN_OVER);
}
END_TEST

START_TEST(a_code_is_taken_once)
{
	uint8_t half[LOGIN_COOKIE_BYTES];
	char code[8];

	strlcpy(code, code_at(0), sizeof(code));
	ck_assert_int_eq(try_it("carol", "christmas"), LOGIN_CODE_WANTED);
	ck_assert_int_eq(try_code(cookie, code), LOGIN_OK);
	ck_assert_int_eq(try_it("carol", "christmas"), LOGIN_CODE_WANTED);
	memcpy(half, cookie, sizeof(half));
	ck_assert_int_eq(try_code(half, code), LOGIN_USED);
	ck_assert_int_eq(try_code(half, code_at(1)), LOGIN_OK);
}
END_TEST

static const char *const wrong_codes[] = {"", "1", "12345", "1234567", "abcdef",
    "000000000000000000000000000000000000000000000000", "-", " ",
    "ABCDEFGHIJKLMNOQ", "12345678901234567890"};

START_TEST(a_wrong_code_is_no_login)
{
	uint8_t half[LOGIN_COOKIE_BYTES];

	ck_assert_int_eq(try_it("carol", "christmas"), LOGIN_CODE_WANTED);
	memcpy(half, cookie, sizeof(half));
	ck_assert_int_eq(try_code(half, wrong_codes[_i]), LOGIN_WRONG);
	ck_assert_ptr_null(login_of(&desk, half, 1));
	ck_assert_int_eq(try_code(half, wrong_code()), LOGIN_WRONG);
	ck_assert_int_eq(try_code(half, code_at(0)), LOGIN_OK);
}
END_TEST

/* Six digits are few: nobody tries them all for one password. */
START_TEST(wrong_codes_end_the_half_login)
{
	struct login_asker asker = asker_at("192.0.2.1");
	uint8_t half[LOGIN_COOKIE_BYTES];
	char address[32];
	int i;

	ck_assert_int_eq(try_it("carol", "christmas"), LOGIN_CODE_WANTED);
	memcpy(half, cookie, sizeof(half));
	for (i = 1; i < 5; i++) {
		snprintf(address, sizeof(address), "192.0.2.%d", i);
		asker = asker_at(address);
		login_try_code(&desk, &asker, half, wrong_code(), on_answered);
		ck_assert_int_eq(wait_answer(), LOGIN_WRONG);
	}
	asker = asker_at("192.0.2.9");
	login_try_code(&desk, &asker, half, wrong_code(), on_answered);
	ck_assert_int_eq(wait_answer(), LOGIN_OVER);
	ck_assert_int_eq(try_code(half, code_at(0)), LOGIN_OVER);
	ck_assert_uint_eq(logins_count(desk.logins), 0);
}
END_TEST

START_TEST(a_recovery_code_is_used_up)
{
	uint8_t half[LOGIN_COOKIE_BYTES];

	ck_assert_int_eq(try_it("carol", "christmas"), LOGIN_CODE_WANTED);
	ck_assert_int_eq(try_code(cookie, "abcd-EFGH-ijkl MNOP"), LOGIN_OK);
	ck_assert_int_eq(last.is_recovery, 1);
	ck_assert_int_eq(try_it("carol", "christmas"), LOGIN_CODE_WANTED);
	memcpy(half, cookie, sizeof(half));
	ck_assert_int_eq(try_code(half, RECOVERY), LOGIN_USED);
}
END_TEST

START_TEST(a_cookie_that_is_not_ours_is_nobodys)
{
	memset(cookie, _i, sizeof(cookie));
	ck_assert_ptr_null(login_of(&desk, cookie, 1));
	ck_assert_int_eq(try_code(cookie, code_at(0)), LOGIN_OVER);
}
END_TEST

/* What ends a login, and in which words. */
static const struct {
	const char *user; /* what becomes of bob's line; %s: his hash */
	const char *fault;
} changes[] = {
    {"bob:%s:students,staff:\n", NULL},
    {"zoe:%s::\nbob:%s:students,staff:\n", NULL},
    {"zoe:%s::\n", "your account was removed"},
    {"bob:!%s:students,staff:\n", "your account was locked"},
    {"bob:%s:students:\n", "your account was changed"},
    {"bob:%s:staff,students:\n", "your account was changed"},
    {"bob:%s:students,staff:totp=" SEED "\n", "your account was changed"},
    {"bob:$6$rounds=1000$othersal$"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaa:students,staff:\n",
	"your account was changed"},
};

START_TEST(a_login_stands_as_long_as_its_users_line)
{
	const struct login_record *login;
	char text[2048], hash[512];

	ck_assert_int_eq(try_it("bob", "builder"), LOGIN_OK);
	login = login_of(&desk, cookie, 1);
	strlcpy(
	    hash, hash_of("$6$rounds=1000$saltsalt", "builder"), sizeof(hash));
	snprintf(text, sizeof(text), changes[_i].user, hash, hash);
	use_users(text);
	if (changes[_i].fault == NULL)
		ck_assert_ptr_null(login_fault(&desk, login));
	else
		ck_assert_str_eq(login_fault(&desk, login), changes[_i].fault);
}
END_TEST

START_TEST(a_user_who_is_removed_meanwhile_gets_no_login)
{
	struct login_asker asker = asker_at("192.0.2.1");

	login_try(&desk, &asker, "alice", "wonder", on_answered);
	use_users("");
	ck_assert_int_eq(wait_answer(), LOGIN_WRONG);
	ck_assert_int_eq(try_it("bob", "builder"), LOGIN_WRONG);
}
END_TEST

START_TEST(a_half_login_ends_with_its_user)
{
	uint8_t half[LOGIN_COOKIE_BYTES];

	ck_assert_int_eq(try_it("carol", "christmas"), LOGIN_CODE_WANTED);
	memcpy(half, cookie, sizeof(half));
	use_users("");
	ck_assert_int_eq(try_code(half, code_at(0)), LOGIN_OVER);
}
END_TEST

START_TEST(without_users_nobody_logs_in)
{
	desk.users = NULL;
	ck_assert_int_eq(try_it("alice", "wonder"), LOGIN_WRONG);
	desk.users = users;
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("login");
	TCase *tc = tcase_create("login");
	SRunner *runner;
	int failed;

	if (argc > 1 && strcmp(argv[1], "hash") == 0)
		return hash_run(PROCESS_MASTER_FD, argc == 2);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_name_and_a_password_are_right_together, 0,
	    (int)(sizeof(tries) / sizeof(tries[0])));
	tcase_add_test(tc, a_login_knows_its_user);
	tcase_add_test(
	    tc, wrong_passwords_make_one_wait_here_and_not_elsewhere);
	tcase_add_loop_test(tc, a_code_makes_it_whole, 0, 2);
	tcase_add_test(tc, a_code_is_taken_once);
	tcase_add_loop_test(tc, a_wrong_code_is_no_login, 0,
	    (int)(sizeof(wrong_codes) / sizeof(wrong_codes[0])));
	tcase_add_test(tc, wrong_codes_end_the_half_login);
	tcase_add_test(tc, a_recovery_code_is_used_up);
	tcase_add_loop_test(tc, a_cookie_that_is_not_ours_is_nobodys, 0, 2);
	tcase_add_loop_test(tc, a_login_stands_as_long_as_its_users_line, 0,
	    (int)(sizeof(changes) / sizeof(changes[0])));
	tcase_add_test(tc, a_user_who_is_removed_meanwhile_gets_no_login);
	tcase_add_test(tc, a_half_login_ends_with_its_user);
	tcase_add_test(tc, without_users_nobody_logs_in);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
