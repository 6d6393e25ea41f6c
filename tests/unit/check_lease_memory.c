/* SPDX-License-Identifier: ISC */
/*
 * What outlives a broker: it is found again, whatever the moment at which the
 * process was killed, and what else may be in the file is no harm.
 */
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/sealed.h"
#include "daemon/broker/lease_memory.h"

#define COUNT(a)       (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC       120
#define NOW_MS	       UINT64_C(1000000)
#define ROUNDS	       200
#define STEPS_LEAST    50
#define CHANGING_BYTES 2048

static struct lease_memory *memory;
static int fd;

static void
open_memory(void)
{
	ck_assert_int_eq(lease_memory_open(fd, NOW_MS, &memory), 0);
}

static void
start(void)
{
	ck_assert_int_ne(fd = sealed_new("leases"), -1);
	open_memory();
}

static void
stop(void)
{
	lease_memory_close(memory);
	close(fd);
}

/* As after a death. */
static void
again(void)
{
	lease_memory_close(memory);
	open_memory();
}

static unsigned
count_locks(const struct lease_lock **last)
{
	const struct lease_lock *lock;
	unsigned n = 0;
	int i = 0;

	while ((lock = lease_memory_next_lock(memory, &i)) != NULL) {
		*last = lock;
		n++;
	}
	return n;
}

static unsigned
count_places(const struct lease_place **last)
{
	const struct lease_place *place;
	unsigned n = 0;
	int i = 0;

	while ((place = lease_memory_next_place(memory, &i)) != NULL) {
		*last = place;
		n++;
	}
	return n;
}

static struct lease_place
place_of(const char *user)
{
	struct lease_place place;

	memset(&place, 0, sizeof(place));
	place.fence = 7;
	place.until_ms = NOW_MS + 5000;
	ck_assert_int_eq(addr_parse_ip("192.0.2.7", &place.client), 0);
	strcpy(place.user, user);
	strcpy(place.name, "lab");
	return place;
}

START_TEST(memory_has_what_was_left_there)
{
	struct lease_place place = place_of("alice");
	const struct lease_place *kept;
	const struct lease_lock *lock;
	int slot;

	start();
	ck_assert_uint_eq(lease_memory_starts(memory), 1);
	ck_assert_int_eq(lease_memory_lock(memory, "lab", "paint"), 0);
	slot = lease_memory_keep(memory, &place);
	ck_assert_int_ne(slot, LEASE_KEPT_NONE);
	lease_memory_set_fence(memory, 4711);
	again();
	ck_assert_uint_eq(lease_memory_starts(memory), 2);
	ck_assert_uint_eq(lease_memory_fence(memory), 4711);
	ck_assert_uint_eq(count_locks(&lock), 1);
	ck_assert_str_eq(lock->name, "lab");
	ck_assert_str_eq(lock->text, "paint");
	ck_assert_uint_eq(count_places(&kept), 1);
	ck_assert_str_eq(kept->user, "alice");
	ck_assert_uint_eq(kept->fence, 7);
	ck_assert_int_eq(lease_memory_lock(memory, "lab", "still"), 0);
	again();
	ck_assert_uint_eq(count_locks(&lock), 1);
	ck_assert_str_eq(lock->text, "still");
	lease_memory_unlock(memory, "lab");
	lease_memory_unlock(memory, "lab"); /* no fault */
	lease_memory_forget(memory, slot);
	lease_memory_forget(memory, LEASE_KEPT_NONE);
	lease_memory_forget(memory, LEASE_KEPT_MAX);
	again();
	ck_assert_uint_eq(count_locks(&lock) + count_places(&kept), 0);
	stop();
}
END_TEST

START_TEST(memory_is_bounded)
{
	struct lease_place place = place_of("");
	const struct lease_place *kept;
	const struct lease_lock *lock;
	char name[32];
	int i;

	start();
	for (i = 0; i < LEASE_LOCKS_MAX; i++) {
		snprintf(name, sizeof(name), "lab%d", i);
		ck_assert_int_eq(lease_memory_lock(memory, name, ""), 0);
	}
	ck_assert_int_eq(lease_memory_lock(memory, "more", ""), VB_EFULL);
	/* another text for one that is there */
	ck_assert_int_eq(lease_memory_lock(memory, "lab7", "text"), 0);
	for (i = 0; i < LEASE_KEPT_MAX; i++)
		ck_assert_int_eq(lease_memory_keep(memory, &place), i);
	ck_assert_int_eq(lease_memory_keep(memory, &place), LEASE_KEPT_NONE);
	again();
	ck_assert_uint_eq(count_locks(&lock), LEASE_LOCKS_MAX);
	ck_assert_uint_eq(count_places(&kept), LEASE_KEPT_MAX);
	lease_memory_unlock(memory, "lab3");
	ck_assert_int_eq(lease_memory_lock(memory, "more", ""), 0);
	stop();
}
END_TEST

/* The state is the first field of each record; the records follow the head. */
#define HEAD_BYTES 24

static void
write_at(size_t at, const void *bytes, size_t len)
{
	ck_assert_int_eq(pwrite(fd, bytes, len, (off_t)at), (ssize_t)len);
}

static size_t
place_at(int i)
{
	return HEAD_BYTES + (LEASE_LOCKS_MAX + 1) * sizeof(struct lease_lock) +
	    (size_t)i * sizeof(struct lease_place);
}

/* ---- killed at each of its instructions ---- */

/* What a broker does, one after the other. */
static void
act(int step)
{
	struct lease_place place = {.fence = 7,
	    .until_ms = NOW_MS + 5000,
	    .client = {.family = ADDR_V4},
	    .user = "alice",
	    .name = "lab"};

	switch (step) {
	case 0:
		if (lease_memory_lock(memory, "lab", "old") < 0)
			_exit(1);
		break;
	case 1:
		if (lease_memory_lock(memory, "lab", "new") < 0)
			_exit(1);
		break;
	case 2:
		lease_memory_unlock(memory, "lab");
		break;
	case 3:
		if (lease_memory_keep(memory, &place) != 0)
			_exit(1);
		break;
	case 4:
		lease_memory_forget(memory, 0);
		break;
	default:
		lease_memory_set_fence(memory, UINT64_C(0x0123456789abcdef));
		break;
	}
}

#define ACTS 6

static void
run_acts(int last)
{
	int step;

	for (step = 0; step < last; step++)
		act(step);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	act(last);
	_exit(0);
}

/* What the next process may find, if this act was cut short. */
static void
check_found(int step)
{
	const struct lease_place *kept = NULL;
	const struct lease_lock *lock = NULL;
	unsigned locks = count_locks(&lock), places = count_places(&kept);

	ck_assert_uint_le(locks, step <= 2 ? 1 : 0);
	ck_assert_uint_le(places, step == 3 || step == 4 ? 1 : 0);
	if (step == 1)
		ck_assert_uint_eq(locks, 1); /* old or new, never none */
	if (locks > 0)
		ck_assert(strcmp(lock->name, "lab") == 0 &&
		    (strcmp(lock->text, "old") == 0 ||
			(step > 0 && strcmp(lock->text, "new") == 0)));
	if (places > 0) {
		ck_assert_str_eq(kept->user, "alice");
		ck_assert_str_eq(kept->name, "lab");
		ck_assert_uint_eq(kept->until_ms, NOW_MS + 5000);
		ck_assert_uint_eq(kept->fence, 7);
	}
	ck_assert(lease_memory_fence(memory) == 0 ||
	    (step == 5 &&
		lease_memory_fence(memory) == UINT64_C(0x0123456789abcdef)));
}

/* The next one opens a copy: the first goes on. */
static void
look_at_copy(const void *bytes, size_t len, int step)
{
	struct lease_memory *of_original = memory;
	int original = fd;

	ck_assert_int_ne(fd = sealed_new("copy"), -1);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	open_memory();
	check_found(step);
	stop();
	fd = original;
	memory = of_original;
}

START_TEST(memory_is_whole_whenever_the_process_is_killed)
{
	size_t len = lease_memory_bytes();
	unsigned char *now, *before = calloc(1, len);
	unsigned changes = 0, steps = 0;
	int status;
	pid_t pid;

	start();
	if ((pid = fork()) == 0)
		run_acts(_i);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSTOPPED(status));
	now = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(now, MAP_FAILED);
	while (WIFSTOPPED(status)) {
		steps++;
		/* the first records of both kinds are all that changes */
		if (memcmp(now, before, CHANGING_BYTES) != 0 ||
		    memcmp(now + place_at(0), before + place_at(0),
			CHANGING_BYTES) != 0) {
			memcpy(before, now, len);
			look_at_copy(now, len, _i);
			changes++;
		}
		ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	}
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_uint_gt(steps, STEPS_LEAST);
	ck_assert_uint_gt(changes, 0);
	munmap(now, len);
	free(before);
	stop();
}
END_TEST

/* ---- what else may be in the file ---- */

START_TEST(memory_refuses_records_that_are_none)
{
	struct lease_place place = place_of("alice");
	struct lease_lock lock = {.state = 1};
	const struct lease_place *kept;
	const struct lease_lock *found;
	uint64_t fence = UINT64_MAX;
	int n = 0;

	start();
	place.state = 1;
	write_at(place_at(n++), &place, sizeof(place)); /* the one that is */
	place.state = 2;
	write_at(place_at(n++), &place, sizeof(place));
	place.state = 1;
	place.until_ms = UINT64_MAX;
	write_at(place_at(n++), &place, sizeof(place));
	place.until_ms = NOW_MS; /* over */
	write_at(place_at(n++), &place, sizeof(place));
	place = place_of("alice");
	place.state = 1;
	memset(place.user, 'a', sizeof(place.user));
	write_at(place_at(n++), &place, sizeof(place));
	place = place_of("alice");
	place.state = 1;
	place.client.family = 9;
	write_at(place_at(n++), &place, sizeof(place));
	place = place_of("alice");
	place.state = 1;
	strcpy(place.name, "Lab");
	write_at(place_at(n++), &place, sizeof(place));
	write_at(HEAD_BYTES, &lock, sizeof(lock)); /* no name */
	strcpy(lock.name, "lab");
	memset(lock.text, 'a', sizeof(lock.text));
	write_at(HEAD_BYTES + sizeof(lock), &lock, sizeof(lock));
	lock.text[0] = '\0';
	write_at(HEAD_BYTES + 2 * sizeof(lock), &lock, sizeof(lock));
	/* twice */
	write_at(HEAD_BYTES + 3 * sizeof(lock), &lock, sizeof(lock));
	memset(lock.name, 'a', sizeof(lock.name));
	write_at(HEAD_BYTES + 4 * sizeof(lock), &lock, sizeof(lock));
	write_at(16, &fence, sizeof(fence));
	again();
	ck_assert_uint_eq(count_places(&kept), 1);
	ck_assert_uint_eq(count_locks(&found), 1);
	ck_assert_str_eq(found->name, "lab");
	ck_assert_uint_eq(lease_memory_fence(memory), 0);
	stop();
}
END_TEST

START_TEST(memory_of_another_version_is_begun_anew)
{
	static const uint32_t wrong = 77;
	const struct lease_lock *lock;

	start();
	ck_assert_int_eq(lease_memory_lock(memory, "lab", ""), 0);
	write_at(_i == 0 ? 0 : 4, &wrong, sizeof(wrong));
	again();
	ck_assert_uint_eq(count_locks(&lock), 0);
	ck_assert_uint_eq(lease_memory_starts(memory), 1);
	stop();
}
END_TEST

/* Noise, but for the version: no crash, no endless text. */
START_TEST(memory_survives_noise)
{
	size_t len = lease_memory_bytes(), i;
	unsigned char *bytes = malloc(len);
	const struct lease_place *kept;
	const struct lease_lock *lock;
	uint32_t seed = 1;
	int round, slot;

	start();
	for (round = 0; round < ROUNDS; round++) {
		ck_assert_int_eq(pread(fd, bytes, len, 0), (ssize_t)len);
		for (i = 0; i < len / 16; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[8 + seed % (len - 8)] =
			    round % 2 == 0 ? 1 : (unsigned char)(seed >> 24);
		}
		write_at(0, bytes, len);
		again();
		ck_assert_uint_le(count_locks(&lock), LEASE_LOCKS_MAX);
		ck_assert_uint_le(count_places(&kept), LEASE_KEPT_MAX);
		for (slot = 0;
		     (lock = lease_memory_next_lock(memory, &slot)) != NULL;)
			ck_assert(PROTO_IS_TEXT(lock->name) &&
			    PROTO_IS_TEXT(lock->text));
	}
	free(bytes);
	stop();
}
END_TEST

START_TEST(memory_takes_no_pipe)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(lease_memory_open(fds[0], NOW_MS, &memory), VB_ESYS);
	ck_assert_ptr_null(memory);
	lease_memory_close(NULL);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lease-memory");
	TCase *tc = tcase_create("memory");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, memory_has_what_was_left_there);
	tcase_add_test(tc, memory_is_bounded);
	tcase_add_loop_test(
	    tc, memory_is_whole_whenever_the_process_is_killed, 0, ACTS);
	tcase_add_test(tc, memory_refuses_records_that_are_none);
	tcase_add_loop_test(tc, memory_of_another_version_is_begun_anew, 0, 2);
	tcase_add_test(tc, memory_survives_noise);
	tcase_add_test(tc, memory_takes_no_pipe);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
