/* SPDX-License-Identifier: ISC */
/* The table of logins, and what is left of it when a process dies. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/auth/logins.h"

#define NOW 1000

static const struct login_limits limits = {.idle_sec = 100, .max_sec = 500};
static struct logins *logins;
static uint8_t cookie[LOGIN_COOKIE_BYTES];
static int file;

static void
setup(void)
{
	file = memfd_create("logins", MFD_CLOEXEC);
	ck_assert_int_ne(file, -1);
	ck_assert_int_eq(ftruncate(file, (off_t)logins_file_bytes()), 0);
	ck_assert_int_eq(logins_open(file, &logins), 0);
}

static void
teardown(void)
{
	logins_close(logins);
	close(file);
}

static const struct login_record *
begin(enum login_state state, const char *name, uint64_t now_sec)
{
	struct login_who who = {.name = name, .groups = "students,staff"};
	const struct login_record *login;

	ck_assert_int_eq(
	    logins_begin(logins, state, &who, now_sec, cookie, &login), 0);
	return login;
}

static const struct login_record *
find(uint64_t now_sec)
{
	return logins_find(logins, LOGIN_WHOLE, cookie, &limits, now_sec);
}

START_TEST(a_login_is_found_by_its_cookie_alone)
{
	const struct login_record *login = begin(LOGIN_WHOLE, "alice", NOW);
	uint8_t other[LOGIN_COOKIE_BYTES];

	ck_assert_ptr_eq(find(NOW), login);
	ck_assert_str_eq(login->name, "alice");
	ck_assert_str_eq(login->groups, "students,staff");
	memcpy(other, cookie, sizeof(other));
	cookie[31] ^= 1;
	ck_assert_ptr_null(find(NOW));
	/* nor by what the file has of it */
	memcpy(cookie, login->cookie, sizeof(cookie));
	ck_assert_ptr_null(find(NOW));
	memcpy(cookie, other, sizeof(cookie));
	logins_end(logins, login);
	ck_assert_ptr_null(find(NOW));
	ck_assert_uint_eq(logins_count(logins), 0);
}
END_TEST

START_TEST(the_file_does_not_have_the_cookie)
{
	const char *bytes;

	begin(LOGIN_WHOLE, "alice", NOW);
	bytes = mmap(NULL, logins_file_bytes(), PROT_READ, MAP_SHARED, file, 0);
	ck_assert(bytes != MAP_FAILED);
	ck_assert_ptr_null(
	    memmem(bytes, logins_file_bytes(), cookie, sizeof(cookie)));
	ck_assert_ptr_nonnull(memmem(bytes, logins_file_bytes(), "alice", 5));
	munmap((void *)(uintptr_t)bytes, logins_file_bytes());
}
END_TEST

START_TEST(nothing_of_a_login_stays_when_it_ends)
{
	const char *bytes;

	logins_end(logins, begin(LOGIN_WHOLE, "alice", NOW));
	bytes = mmap(NULL, logins_file_bytes(), PROT_READ, MAP_SHARED, file, 0);
	ck_assert(bytes != MAP_FAILED);
	ck_assert_ptr_null(memmem(bytes, logins_file_bytes(), "alice", 5));
	munmap((void *)(uintptr_t)bytes, logins_file_bytes());
}
END_TEST

START_TEST(a_login_ends_by_idleness_and_by_age)
{
	const struct login_record *login = begin(LOGIN_WHOLE, "alice", NOW);
	uint64_t now_sec;

	ck_assert_ptr_nonnull(find(NOW + 99));
	ck_assert_ptr_null(find(NOW + 100));
	for (now_sec = NOW; now_sec < NOW + 500; now_sec += 50) {
		ck_assert_ptr_nonnull(find(now_sec));
		logins_use(logins, login, now_sec);
	}
	ck_assert_ptr_nonnull(find(NOW + 499));
	ck_assert_ptr_null(find(NOW + 500));
}
END_TEST

START_TEST(without_limits_a_login_has_no_end)
{
	static const struct login_limits none;
	const struct login_record *login = begin(LOGIN_WHOLE, "alice", NOW);

	ck_assert_uint_eq(logins_end_sec(login, &none), 0);
	ck_assert_ptr_nonnull(
	    logins_find(logins, LOGIN_WHOLE, cookie, &none, UINT32_MAX));
}
END_TEST

START_TEST(a_use_in_the_past_shortens_nothing)
{
	const struct login_record *login = begin(LOGIN_WHOLE, "alice", NOW);

	logins_use(logins, login, NOW + 10);
	logins_use(logins, login, NOW);
	ck_assert_uint_eq(login->used_sec, NOW + 10);
}
END_TEST

START_TEST(half_a_login_is_none)
{
	begin(LOGIN_HALF, "alice", NOW);
	ck_assert_ptr_null(find(NOW));
	ck_assert_ptr_nonnull(
	    logins_find(logins, LOGIN_HALF, cookie, &limits, NOW));
	ck_assert_ptr_null(logins_find(
	    logins, LOGIN_HALF, cookie, &limits, NOW + LOGIN_HALF_SEC));
}
END_TEST

START_TEST(a_whole_login_is_no_half)
{
	begin(LOGIN_WHOLE, "alice", NOW);
	ck_assert_ptr_null(
	    logins_find(logins, LOGIN_HALF, cookie, &limits, NOW));
}
END_TEST

/* Whoever knows one, as a worker does, knows no other. */
START_TEST(an_id_is_not_told_by_the_one_before)
{
	uint64_t id, last_id = begin(LOGIN_WHOLE, "alice", NOW)->id;
	uint32_t set = 0, clear = 0;
	int i;

	for (i = 0; i < 100; i++) {
		id = begin(LOGIN_WHOLE, "bob", NOW)->id;
		set |= (uint32_t)id;
		clear |= ~(uint32_t)id;
		ck_assert_uint_eq(id >> 32, (last_id >> 32) + 1);
		/* nor is the number alone one */
		ck_assert_ptr_null(logins_find_id(logins, id >> 32));
		ck_assert_ptr_null(logins_find_id(logins, id ^ 1));
		last_id = id;
	}
	/* each of the bits has been both: 64 times 1 in 2 to the 100th */
	ck_assert_uint_eq(set, UINT32_MAX);
	ck_assert_uint_eq(clear, UINT32_MAX);
}
END_TEST

START_TEST(ids_are_never_used_again)
{
	uint64_t last_id = 0;
	const struct login_record *login;
	int i;

	for (i = 0; i < 10; i++) {
		login = begin(LOGIN_WHOLE, "alice", NOW);
		ck_assert_uint_gt(login->id, last_id);
		last_id = login->id;
		ck_assert_ptr_eq(logins_find_id(logins, last_id), login);
		logins_end(logins, login);
		ck_assert_ptr_null(logins_find_id(logins, last_id));
		if (i == 5) {
			logins_close(logins);
			ck_assert_int_eq(logins_open(file, &logins), 0);
		}
	}
}
END_TEST

START_TEST(a_users_own_oldest_goes_first)
{
	const struct login_record *login;
	uint64_t first_id;
	int i, n = 0;

	begin(LOGIN_WHOLE, "bob", 1);
	first_id = begin(LOGIN_WHOLE, "alice", NOW)->id;
	for (i = 1; i < LOGINS_OF_USER_MAX + 3; i++)
		begin(LOGIN_WHOLE, "alice", NOW + 1);
	for (login = logins_first(logins); login != NULL;
	     login = logins_next(logins, login))
		n += strcmp(login->name, "alice") == 0;
	ck_assert_int_eq(n, LOGINS_OF_USER_MAX);
	ck_assert_uint_eq(logins_count(logins), LOGINS_OF_USER_MAX + 1);
	ck_assert_ptr_null(logins_find_id(logins, first_id));
}
END_TEST

START_TEST(in_a_full_table_the_longest_unused_goes)
{
	uint64_t first_id = 0, second_id = 0;
	char name[LOGINS_NAME_MAX];
	const struct login_record *login;
	int i;

	for (i = 0; i < LOGINS_MAX; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		login = begin(LOGIN_WHOLE, name, NOW + (uint64_t)i);
		if (i == 0)
			first_id = login->id;
		if (i == 1)
			second_id = login->id;
	}
	logins_use(logins, logins_find_id(logins, first_id), NOW * 1000);
	begin(LOGIN_WHOLE, "late", NOW);
	ck_assert_uint_eq(logins_count(logins), LOGINS_MAX);
	ck_assert_ptr_nonnull(logins_find_id(logins, first_id));
	ck_assert_ptr_null(logins_find_id(logins, second_id));
}
END_TEST

static unsigned evicted_count;
static uint64_t evicted_id;

static void
on_evicted(void *arg, const struct login_record *login)
{
	ck_assert_ptr_eq(arg, &evicted_count);
	evicted_count++;
	evicted_id = login->id;
}

START_TEST(a_whole_login_that_makes_room_is_told)
{
	uint64_t first_id;
	int i;

	logins_tell_evicted(logins, on_evicted, &evicted_count);
	first_id = begin(LOGIN_WHOLE, "alice", NOW)->id;
	for (i = 1; i < LOGINS_OF_USER_MAX; i++)
		begin(LOGIN_WHOLE, "alice", NOW + 1);
	ck_assert_uint_eq(evicted_count, 0);
	begin(LOGIN_WHOLE, "alice", NOW + 1);
	ck_assert_uint_eq(evicted_count, 1);
	ck_assert_uint_eq(evicted_id, first_id);
	/* those that end otherwise are their caller's to tell */
	logins_end(logins, logins_first(logins));
	ck_assert_uint_eq(evicted_count, 1);
}
END_TEST

/* A password alone drives nobody out who has shown the code as well. */
START_TEST(half_logins_make_room_first)
{
	const struct login_record *login;
	int i, n = 0;

	logins_tell_evicted(logins, on_evicted, &evicted_count);
	for (i = 1; i < LOGINS_OF_USER_MAX; i++)
		begin(LOGIN_WHOLE, "alice", NOW);
	for (i = 0; i < 3 * LOGINS_OF_USER_MAX; i++)
		begin(LOGIN_HALF, "alice", NOW + 10);
	for (login = logins_first(logins); login != NULL;
	     login = logins_next(logins, login))
		n += login->state == LOGIN_WHOLE;
	ck_assert_int_eq(n, LOGINS_OF_USER_MAX - 1);
	ck_assert_uint_eq(logins_count(logins), LOGINS_OF_USER_MAX);
	ck_assert_uint_eq(evicted_count, 0);
}
END_TEST

START_TEST(the_next_process_finds_what_was_there)
{
	uint64_t id = begin(LOGIN_WHOLE, "alice", NOW)->id;

	begin(LOGIN_HALF, "bob", NOW);
	memset(cookie, 0, sizeof(cookie));
	logins_close(logins);
	ck_assert_int_eq(logins_open(file, &logins), 0);
	ck_assert_uint_eq(logins_count(logins), 2);
	ck_assert_str_eq(logins_find_id(logins, id)->name, "alice");
}
END_TEST

/* Everything a hostile or torn file may have: nothing of it is believed. */
static const struct {
	const char *what;
	size_t offset; /* of a field */
	size_t size;
	uint64_t value;
} torn[] = {
    {"state", offsetof(struct login_record, state), 4, 77},
    {"no id", offsetof(struct login_record, id), 8, 0},
    {"an id that was never given", offsetof(struct login_record, id), 8, 99},
    {"state none", offsetof(struct login_record, state), 4, LOGIN_NONE},
};

START_TEST(what_is_not_sound_is_no_login)
{
	char *bytes;

	begin(LOGIN_WHOLE, "alice", NOW);
	bytes = mmap(NULL, logins_file_bytes(), PROT_READ | PROT_WRITE,
	    MAP_SHARED, file, 0);
	ck_assert(bytes != MAP_FAILED);
	/* the first record is behind the head, at the size of a uint64_t */
	memcpy(bytes + 16 + torn[_i].offset, &torn[_i].value, torn[_i].size);
	logins_close(logins);
	ck_assert_int_eq(logins_open(file, &logins), 0);
	ck_assert_uint_eq(logins_count(logins), 0);
	ck_assert_ptr_null(find(NOW));
	begin(LOGIN_WHOLE, "bob", NOW);
	ck_assert_ptr_nonnull(find(NOW));
	munmap(bytes, logins_file_bytes());
}
END_TEST

START_TEST(names_without_an_end_are_no_login)
{
	char *bytes;

	begin(LOGIN_WHOLE, "alice", NOW);
	bytes = mmap(NULL, logins_file_bytes(), PROT_READ | PROT_WRITE,
	    MAP_SHARED, file, 0);
	ck_assert(bytes != MAP_FAILED);
	memset(bytes + 16 + offsetof(struct login_record, name), 'a',
	    LOGINS_NAME_MAX);
	logins_close(logins);
	ck_assert_int_eq(logins_open(file, &logins), 0);
	ck_assert_uint_eq(logins_count(logins), 0);
	munmap(bytes, logins_file_bytes());
}
END_TEST

START_TEST(two_of_one_id_are_one)
{
	struct login_record *records;
	char *bytes;

	begin(LOGIN_WHOLE, "alice", NOW);
	begin(LOGIN_WHOLE, "bob", NOW);
	bytes = mmap(NULL, logins_file_bytes(), PROT_READ | PROT_WRITE,
	    MAP_SHARED, file, 0);
	ck_assert(bytes != MAP_FAILED);
	records = (struct login_record *)(uintptr_t)(bytes + 16);
	records[1].id = records[0].id;
	logins_close(logins);
	ck_assert_int_eq(logins_open(file, &logins), 0);
	ck_assert_uint_eq(logins_count(logins), 1);
	munmap(bytes, logins_file_bytes());
}
END_TEST

START_TEST(a_file_of_another_version_is_begun_anew)
{
	char *bytes;

	begin(LOGIN_WHOLE, "alice", NOW);
	bytes = mmap(NULL, logins_file_bytes(), PROT_READ | PROT_WRITE,
	    MAP_SHARED, file, 0);
	ck_assert(bytes != MAP_FAILED);
	bytes[_i * 4]++;
	logins_close(logins);
	ck_assert_int_eq(logins_open(file, &logins), 0);
	ck_assert_uint_eq(logins_count(logins), 0);
	munmap(bytes, logins_file_bytes());
}
END_TEST

START_TEST(a_file_that_is_too_short_is_refused)
{
	struct logins *other;

	ck_assert_int_eq(ftruncate(file, 4096), 0);
	ck_assert_int_eq(logins_open(file, &other), VB_ESYS);
	ck_assert_ptr_null(other);
	ck_assert_int_eq(ftruncate(file, (off_t)logins_file_bytes()), 0);
}
END_TEST

/* Of a child that is killed: libcheck's assertions write to its pipe. */
static void __attribute__((noreturn)) write_without_end(void)
{
	struct login_who who = {.name = "bob", .groups = "students"};
	const struct login_record *login;

	for (;;) {
		if (logins_begin(
			logins, LOGIN_WHOLE, &who, NOW, cookie, &login) < 0)
			_exit(1);
		logins_end(logins, login);
		if (logins_begin(
			logins, LOGIN_WHOLE, &who, NOW + 1, cookie, &login) < 0)
			_exit(1);
	}
}

/* A child begins and ends logins until it is killed, a hundred times. */
START_TEST(a_kill_at_any_time_leaves_whole_logins)
{
	const struct login_record *login;
	pid_t pid;
	int i, status;

	begin(LOGIN_WHOLE, "alice", NOW);
	for (i = 0; i < 100; i++) {
		if ((pid = fork()) == 0)
			write_without_end();
		ck_assert_int_ne(pid, -1);
		usleep((useconds_t)(i * 20));
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status));
		logins_close(logins);
		ck_assert_int_eq(logins_open(file, &logins), 0);
		for (login = logins_first(logins); login != NULL;
		     login = logins_next(logins, login))
			ck_assert(strcmp(login->name, "alice") == 0 ||
			    strcmp(login->name, "bob") == 0);
		ck_assert_str_eq(logins_first(logins)->name, "alice");
		ck_assert_uint_le(logins_count(logins), LOGINS_OF_USER_MAX + 1);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("logins");
	TCase *tc = tcase_create("logins");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_login_is_found_by_its_cookie_alone);
	tcase_add_test(tc, the_file_does_not_have_the_cookie);
	tcase_add_test(tc, nothing_of_a_login_stays_when_it_ends);
	tcase_add_test(tc, a_login_ends_by_idleness_and_by_age);
	tcase_add_test(tc, without_limits_a_login_has_no_end);
	tcase_add_test(tc, a_use_in_the_past_shortens_nothing);
	tcase_add_test(tc, half_a_login_is_none);
	tcase_add_test(tc, a_whole_login_is_no_half);
	tcase_add_test(tc, an_id_is_not_told_by_the_one_before);
	tcase_add_test(tc, ids_are_never_used_again);
	tcase_add_test(tc, a_users_own_oldest_goes_first);
	tcase_add_test(tc, in_a_full_table_the_longest_unused_goes);
	tcase_add_test(tc, a_whole_login_that_makes_room_is_told);
	tcase_add_test(tc, half_logins_make_room_first);
	tcase_add_test(tc, the_next_process_finds_what_was_there);
	tcase_add_loop_test(tc, what_is_not_sound_is_no_login, 0,
	    (int)(sizeof(torn) / sizeof(torn[0])));
	tcase_add_test(tc, names_without_an_end_are_no_login);
	tcase_add_test(tc, two_of_one_id_are_one);
	tcase_add_loop_test(tc, a_file_of_another_version_is_begun_anew, 0, 2);
	tcase_add_test(tc, a_file_that_is_too_short_is_refused);
	tcase_add_test(tc, a_kill_at_any_time_leaves_whole_logins);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
