/* SPDX-License-Identifier: ISC */
/*
 * The users' file on disk. A writer is a child that is stopped at each of its
 * system calls, and killed at the N-th, for each N that there is: what stays
 * is the old file or the new one, and the next writer finds nothing in its way.
 */
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/user_file.h"

#define OLD	  "# the old one\n"
#define NEW	  "# the new one, which is longer\n"
#define STOPS_MIN 20 /* open, read, write, sync, rename: in and out */
#define STOPS_MAX 400
#define LARGE	  100000

static char folder[] = "/tmp/vb-users-XXXXXX";
static char path[PATH_MAX], other[PATH_MAX];

static void
setup(void)
{
	strlcpy(folder, "/tmp/vb-users-XXXXXX", sizeof(folder));
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/users", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
}

static void
forget(const char *name)
{
	char at[PATH_MAX];

	snprintf(at, sizeof(at), "%s/%s", folder, name);
	(void)unlink(at);
}

static void
teardown(void)
{
	static const char *const names[] = {"users", "users.lock", "users.new",
	    "other", "other.lock", "other.new"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		forget(names[i]);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void
write_file(const char *at, const char *text, mode_t mode)
{
	int fd = open(at, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static const char *
read_file(const char *at)
{
	static char text[256];
	int fd = open(at, O_RDONLY);
	ssize_t n;

	if (fd == -1)
		return NULL;
	n = read(fd, text, sizeof(text) - 1);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	close(fd);
	return text;
}

static mode_t
mode_of(const char *at)
{
	struct stat st;

	ck_assert_int_eq(stat(at, &st), 0);
	return st.st_mode & 07777;
}

/* Returns what user_file_replace() does. */
static int
change(const char *at, char *text, enum user_file_use use)
{
	const struct user_text new = {text, strlen(text)};
	struct user_file file;
	int result;

	if (user_file_open(&file, at, use) < 0)
		return -1;
	result = user_file_replace(&file, &new);
	user_file_close(&file);
	return result;
}

/* The child: stopped before it does anything. */
static void __attribute__((noreturn)) be_traced(enum user_file_use use)
{
	char text[] = NEW;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
		_exit(2);
	(void)raise(SIGSTOP);
	_exit(change(path, text, use) == 0 ? 0 : 1);
}

/* Kills it at its stop number n. Returns whether it came so far. */
static int
kill_at(pid_t pid, int n)
{
	int i, status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSTOPPED(status), "no child can be traced");
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status)) {
			ck_assert_int_eq(WEXITSTATUS(status), 0);
			return 0;
		}
	}
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return 1;
}

/* Returns whether the writer was killed. */
static int
write_and_kill(enum user_file_use use, int n)
{
	pid_t pid = fork();

	/* first: two processes that assert at once garble libcheck's file */
	if (pid == 0)
		be_traced(use);
	ck_assert_int_ge(pid, 0);
	return kill_at(pid, n);
}

/* At how many stops it was killed and the old one, or the new one, stayed. */
static void
kill_everywhere(const char *old, enum user_file_use use, int counts[2])
{
	char last[] = "# the last one\n";
	const char *now;
	int n;

	for (n = 0; n < STOPS_MAX; n++) {
		(void)unlink(path);
		if (old != NULL)
			write_file(path, old, 0604);
		if (!write_and_kill(use, n))
			break;
		now = read_file(path);
		if (now != NULL && strcmp(now, NEW) == 0)
			counts[1]++;
		else {
			counts[0]++;
			ck_assert(old == NULL
				? now == NULL
				: now != NULL && strcmp(now, old) == 0);
		}
		if (now != NULL)
			ck_assert_uint_eq(
			    mode_of(path), old != NULL ? 0604 : 0640);
		ck_assert_int_eq(change(path, last, use), 0);
		ck_assert_str_eq(read_file(path), last);
	}
	ck_assert_int_gt(n, STOPS_MIN);
	ck_assert_int_lt(n, STOPS_MAX);
}

START_TEST(file_is_the_old_or_the_new_one_wherever_its_writer_is_killed)
{
	int counts[2] = {0, 0};

	kill_everywhere(OLD, USER_FILE_CHANGE, counts);
	ck_assert_int_gt(counts[0], 0);
	ck_assert_int_gt(counts[1], 0);
}
END_TEST

START_TEST(file_is_none_or_the_new_one_wherever_its_first_writer_is_killed)
{
	int counts[2] = {0, 0};

	kill_everywhere(NULL, USER_FILE_CREATE, counts);
	ck_assert_int_gt(counts[0], 0);
	ck_assert_int_gt(counts[1], 0);
}
END_TEST

START_TEST(file_keeps_its_mode_and_a_new_one_is_for_few)
{
	char text[] = NEW;

	write_file(path, OLD, 0664);
	ck_assert_int_eq(change(path, text, USER_FILE_CHANGE), 0);
	ck_assert_uint_eq(mode_of(path), 0664);
	ck_assert_int_eq(change(other, text, USER_FILE_CREATE), 0);
	ck_assert_uint_eq(mode_of(other), 0640);
	ck_assert_str_eq(read_file(other), NEW);
}
END_TEST

START_TEST(file_keeps_its_owner)
{
	char text[] = NEW;
	struct stat st;

	if (geteuid() != 0)
		return;
	write_file(path, OLD, 04750);
	ck_assert_int_eq(chown(path, 12, 34), 0);
	ck_assert_int_eq(chmod(path, 0750), 0);
	ck_assert_int_eq(change(path, text, USER_FILE_CHANGE), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, 12);
	ck_assert_uint_eq(st.st_gid, 34);
	ck_assert_uint_eq(st.st_mode & 07777, 0750);
}
END_TEST

START_TEST(file_behind_a_link_is_replaced_and_the_link_stays)
{
	char text[] = NEW;
	struct stat st;

	write_file(other, OLD, 0640);
	ck_assert_int_eq(symlink("other", path), 0);
	ck_assert_int_eq(change(path, text, USER_FILE_CHANGE), 0);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_str_eq(read_file(other), NEW);
}
END_TEST

START_TEST(file_behind_a_link_to_nothing_is_not_made)
{
	char text[] = NEW;
	struct stat st;

	ck_assert_int_eq(symlink("other", path), 0);
	ck_assert_int_eq(change(path, text, USER_FILE_CREATE), -1);
	ck_assert_int_eq(lstat(other, &st), -1);
}
END_TEST

START_TEST(file_is_a_regular_one_or_none)
{
	struct user_file file;

	ck_assert_int_eq(user_file_open(&file, path, USER_FILE_READ), -1);
	ck_assert_int_eq(user_file_open(&file, path, USER_FILE_CHANGE), -1);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(user_file_open(&file, path, USER_FILE_READ), -1);
	ck_assert_int_eq(user_file_open(&file, path, USER_FILE_CREATE), -1);
	ck_assert_int_eq(user_file_open(&file, folder, USER_FILE_READ), -1);
	ck_assert_int_eq(user_file_open(&file, "", USER_FILE_CREATE), -1);
}
END_TEST

START_TEST(file_is_locked_while_it_is_changed)
{
	char lock[PATH_MAX + 8];
	struct user_file file;
	int fd;

	write_file(path, OLD, 0640);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	ck_assert_int_eq(user_file_open(&file, path, USER_FILE_CHANGE), 0);
	ck_assert_str_eq(file.text.bytes, OLD);
	ck_assert_uint_eq(mode_of(lock), 0600);
	ck_assert_int_ne(fd = open(lock, O_RDONLY), -1);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), -1);
	ck_assert_int_eq(errno, EWOULDBLOCK);
	user_file_close(&file);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	/* which does not concern a reader */
	ck_assert_int_eq(user_file_open(&file, path, USER_FILE_READ), 0);
	user_file_close(&file);
	close(fd);
}
END_TEST

START_TEST(file_is_not_locked_by_a_link)
{
	char lock[PATH_MAX + 8];
	struct user_file file;
	struct stat st;

	write_file(path, OLD, 0640);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	ck_assert_int_eq(symlink("other", lock), 0);
	ck_assert_int_eq(user_file_open(&file, path, USER_FILE_CHANGE), -1);
	ck_assert_int_eq(lstat(other, &st), -1);
}
END_TEST

/* As with a full disk, the write(2) of the new file fails half way. */
START_TEST(file_stays_if_there_is_no_room_for_the_new_one)
{
	const struct rlimit limit = {4096, RLIM_INFINITY};
	char *text = malloc(LARGE + 1), left[PATH_MAX + 8];
	struct stat st;

	write_file(path, OLD, 0640);
	ck_assert_ptr_nonnull(text);
	memset(text, '#', LARGE);
	text[LARGE] = '\0';
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(change(path, text, USER_FILE_CHANGE), -1);
	ck_assert_str_eq(read_file(path), OLD);
	snprintf(left, sizeof(left), "%s.new", path);
	ck_assert_int_eq(lstat(left, &st), -1);
	free(text);
}
END_TEST

static TCase *
make_case(void)
{
	TCase *tcase = tcase_create("user_file");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase,
	    file_is_the_old_or_the_new_one_wherever_its_writer_is_killed);
	tcase_add_test(tcase,
	    file_is_none_or_the_new_one_wherever_its_first_writer_is_killed);
	tcase_add_test(tcase, file_keeps_its_mode_and_a_new_one_is_for_few);
	tcase_add_test(tcase, file_keeps_its_owner);
	tcase_add_test(
	    tcase, file_behind_a_link_is_replaced_and_the_link_stays);
	tcase_add_test(tcase, file_behind_a_link_to_nothing_is_not_made);
	tcase_add_test(tcase, file_is_a_regular_one_or_none);
	tcase_add_test(tcase, file_is_locked_while_it_is_changed);
	tcase_add_test(tcase, file_is_not_locked_by_a_link);
	tcase_add_test(tcase, file_stays_if_there_is_no_room_for_the_new_one);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("user_file");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, make_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
