/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/sealed.h"

#define NOEXEC_SEAL 0x0008u /* MFD_NOEXEC_SEAL, Linux 6.3 */
#define SEAL_EXEC   0x0020  /* F_SEAL_EXEC */

static int is_old; /* a kernel before 6.3 */
static unsigned asked;

int __real_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags);

/* The program is linked with --wrap. */
int
__wrap_memfd_create(const char *name, unsigned flags)
{
	asked = flags;
	if (is_old && (flags & NOEXEC_SEAL)) {
		errno = EINVAL;
		return -1;
	}
	return __real_memfd_create(name, flags & ~NOEXEC_SEAL);
}

START_TEST(sealed_file_is_one_that_nobody_changes)
{
	int fd = sealed_new("check");

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert(!sealed_is(fd));
	ck_assert_int_eq(sealed_close(fd), 0);
	ck_assert(sealed_is(fd));
	ck_assert_int_eq(write(fd, "x", 1), -1);
	ck_assert_int_eq(errno, EPERM);
	close(fd);
}
END_TEST

/* vm.memfd_noexec=1 adds F_SEAL_EXEC, and 2 demands the flag. */
START_TEST(sealed_file_may_have_more_seals)
{
	int fd = sealed_new("check");

	ck_assert(asked & NOEXEC_SEAL);
	if (fcntl(fd, F_ADD_SEALS, SEAL_EXEC) == -1)
		ck_assert_int_eq(errno, EINVAL); /* before Linux 6.3 */
	ck_assert_int_eq(sealed_close(fd), 0);
	ck_assert(sealed_is(fd));
	close(fd);
}
END_TEST

START_TEST(sealed_file_needs_each_of_the_seals)
{
	static const int seals[] = {
	    F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE};
	int fd = sealed_new("check");

	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, SEALED_SEALS & ~seals[_i]), 0);
	ck_assert(!sealed_is(fd));
	close(fd);
}
END_TEST

START_TEST(sealed_file_is_made_by_an_older_kernel)
{
	int fd;

	is_old = 1;
	fd = sealed_new("check");
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(sealed_close(fd), 0);
	ck_assert(sealed_is(fd));
	ck_assert(!sealed_is(STDIN_FILENO));
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sealed");
	TCase *tc = tcase_create("sealed");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, sealed_file_is_one_that_nobody_changes);
	tcase_add_test(tc, sealed_file_may_have_more_seals);
	tcase_add_loop_test(tc, sealed_file_needs_each_of_the_seals, 0, 4);
	tcase_add_test(tc, sealed_file_is_made_by_an_older_kernel);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
