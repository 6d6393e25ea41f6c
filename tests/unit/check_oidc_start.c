/* SPDX-License-Identifier: ISC */
/* After the start nothing opens a file: auth is in a sandbox then. */
#include <sys/wait.h>

#include <check.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/auth/oidc/jwt.h"
#include "daemon/auth/oidc/pkce.h"
#include "daemon/auth/oidc/start.h"
#include "daemon/auth/oidc/url.h"
#include "tests/unit/oidc_vectors.h"

/* RFC 7636, appendix B */
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

/* Whatever is opened from now on is the process's end. */
static int
forbid_files(void)
{
	static const int calls[] = {SCMP_SYS(open), SCMP_SYS(openat),
	    SCMP_SYS(socket), SCMP_SYS(execve)};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (seccomp_rule_add(
			filter, SCMP_ACT_KILL_PROCESS, calls[i], 0) != 0)
			return 0;
	return seccomp_load(filter) == 0;
}

/* Returns how many have the answer that they should have. */
static size_t
verify_all(void)
{
	struct jwks *keys;
	struct jwt jwt;
	const char *fault;
	size_t i, right = 0;

	if (jwks_parse(vectors_keys, strlen(vectors_keys), &keys, &fault) < 0)
		return 0;
	for (i = 0; i < vectors_good_count; i++) {
		right +=
		    jwt_verify(vectors_good[i].token,
			strlen(vectors_good[i].token), keys, &jwt, &fault) == 0;
		jwt_clear(&jwt);
	}
	for (i = 0; i < vectors_signatures_count; i++)
		right += jwt_verify(vectors_signatures[i].token,
			     strlen(vectors_signatures[i].token), keys, &jwt,
			     &fault) == vectors_signatures[i].result;
	jwks_free(keys);
	return right;
}

static int
use_all(void)
{
	char challenge[PKCE_CHALLENGE_MAX], basic[64];

	return verify_all() == vectors_good_count + vectors_signatures_count &&
	    pkce_challenge(VERIFIER, challenge) == 0 &&
	    basic_credentials("a", "b", basic, sizeof(basic)) == 0;
}

/* In a process that ends at once: a sanitizer opens files at its exit. */
START_TEST(nothing_opens_a_file_after_the_start)
{
	pid_t pid;
	int status;

	ck_assert_int_eq(oidc_start(), 0);
	if ((pid = fork()) == 0)
		_exit(!forbid_files() ? 2 : !use_all());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

START_TEST(a_start_may_come_again)
{
	ck_assert_int_eq(oidc_start(), 0);
	ck_assert_int_eq(oidc_start(), 0);
	ck_assert_int_eq(use_all(), 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("oidc_start");
	TCase *tc = tcase_create("oidc_start");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, nothing_opens_a_file_after_the_start);
	tcase_add_test(tc, a_start_may_come_again);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
