/* SPDX-License-Identifier: ISC */
/*
 * A module of PAM for tests, which does what its arguments say, in their order:
 *
 *   hang          sleeps for good         crash       a null pointer
 *   hang=NAME     the same, for that user alone
 *   exit          ends the process        fail=N      returns that
 *   code=TEXT     asks for it             user=NAME   means another one
 *   text=TEXT     says it                 leave=FILE  leaves a process in a
 *                                         session of its own, which sleeps
 *
 * Built by the tests themselves, against the system's libpam.
 */
#include <sys/types.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
ask(pam_handle_t *pam, const char *wanted)
{
	char *code = NULL;
	int is_right;

	if (pam_prompt(pam, PAM_PROMPT_ECHO_ON, &code, "Verification code: ") !=
	    PAM_SUCCESS)
		return PAM_CONV_ERR;
	is_right = code != NULL && strcmp(code, wanted) == 0;
	free(code);
	return is_right ? PAM_SUCCESS : PAM_AUTH_ERR;
}

/* Its name is what the test finds it by. */
static void
leave(const char *program)
{
	if (fork() != 0)
		return;
	setsid();
	execl(program, program, "1000", (char *)NULL);
	_exit(1);
}

static void
hang(pam_handle_t *pam, const char *only)
{
	const char *user = NULL;

	if (*only != '\0' &&
	    (pam_get_user(pam, &user, NULL) != PAM_SUCCESS ||
		strcmp(user, only + 1) != 0))
		return;
	for (;;)
		pause();
}

static int
obey(pam_handle_t *pam, const char *word)
{
	if (strncmp(word, "hang", 4) == 0)
		hang(pam, word + 4);
	if (strcmp(word, "crash") == 0)
		*(volatile char *)NULL = 1;
	if (strcmp(word, "exit") == 0)
		exit(0);
	if (strncmp(word, "fail=", 5) == 0)
		return atoi(word + 5);
	if (strncmp(word, "code=", 5) == 0)
		return ask(pam, word + 5);
	if (strncmp(word, "user=", 5) == 0)
		return pam_set_item(pam, PAM_USER, word + 5);
	if (strncmp(word, "text=", 5) == 0)
		return pam_prompt(
		    pam, PAM_TEXT_INFO, NULL, "%s\033[1m", word + 5);
	if (strncmp(word, "leave=", 6) == 0)
		leave(word + 6);
	return PAM_SUCCESS;
}

static int
run(pam_handle_t *pam, int argc, const char **argv)
{
	int i, result = PAM_SUCCESS;

	for (i = 0; i < argc && result == PAM_SUCCESS; i++)
		result = obey(pam, argv[i]);
	return result;
}

int
pam_sm_authenticate(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	(void)flags;
	return run(pam, argc, argv);
}

int
pam_sm_acct_mgmt(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	(void)flags;
	return run(pam, argc, argv);
}

int
pam_sm_setcred(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	(void)pam;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}
