/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/process.h"
#include "daemon/pam/conv.h"
#include "daemon/pam/groups.h"
#include "daemon/pam/talk.h"

#define REPORT_FD 3
#define TTY	  "vncbridge" /* PAM_TTY: for pam_access(8), pam_time(8) */

/* A process has one conversation. */
static struct {
	struct msg_pam_said said;
	struct conv conv;
	const struct group_names *groups;
} talk;

static void
report(enum pam_verdict verdict)
{
	talk.said.verdict = verdict;
	if (send(REPORT_FD, &talk.said, sizeof(talk.said), MSG_NOSIGNAL) !=
	    (ssize_t)sizeof(talk.said))
		_exit(1);
}

/* Waits for as long as who has started it lets it. */
static int
ask(void *arg, char code[AUTH_CODE_MAX])
{
	ssize_t n;

	(void)arg;
	report(PAM_ASKS);
	do
		n = recv(REPORT_FD, code, AUTH_CODE_MAX, 0);
	while (n == -1 && errno == EINTR);
	return n == AUTH_CODE_MAX && memchr(code, '\0', AUTH_CODE_MAX) != NULL
	    ? 0
	    : -1;
}

/* Nothing of who has forked, but memory, which has no secrets of others. */
static void
leave_parent(int fd, pid_t parent)
{
	static const struct rlimit no_core = {0, 0};
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;
	int i;

	process_forget();
	/* with who has started it, it ends */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent || dup2(fd, REPORT_FD) == -1)
		_exit(1);
	close_range(REPORT_FD + 1, ~0u, 0);
	for (i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setrlimit(RLIMIT_CORE, &no_core);
	setsid();
	prctl(PR_SET_NAME, "vncbridge-pam-1", 0, 0, 0);
	/* what is here: threads of modules must not fail for want of it */
	if (mlockall(MCL_CURRENT | MCL_ONFAULT) == -1)
		return;
}

static enum pam_verdict
of_password(int result)
{
	switch (result) {
	case PAM_AUTH_ERR:
	case PAM_USER_UNKNOWN:
	case PAM_MAXTRIES:
	case PAM_PERM_DENIED:
		return PAM_IS_WRONG;
	case PAM_ACCT_EXPIRED:
		return PAM_IS_SHUT;
	case PAM_NEW_AUTHTOK_REQD:
	case PAM_CRED_EXPIRED:
	case PAM_AUTHTOK_EXPIRED:
		return PAM_IS_STALE;
	default:
		return PAM_HAS_FAILED;
	}
}

static enum pam_verdict
of_account(int result, int is_look)
{
	switch (result) {
	case PAM_NEW_AUTHTOK_REQD:
	case PAM_AUTHTOK_EXPIRED:
		return PAM_IS_STALE;
	case PAM_ACCT_EXPIRED:
	case PAM_PERM_DENIED:
	case PAM_AUTH_ERR:
		return PAM_IS_SHUT;
	case PAM_USER_UNKNOWN:
		return is_look ? PAM_IS_UNKNOWN : PAM_IS_WRONG;
	default:
		return PAM_HAS_FAILED;
	}
}

/* Of a text of PAM, and what its modules have said. */
static void
describe(pam_handle_t *pam, int result)
{
	strlcpy(
	    talk.said.text, pam_strerror(pam, result), sizeof(talk.said.text));
	if (talk.conv.said[0] == '\0')
		return;
	strlcat(talk.said.text, ": ", sizeof(talk.said.text));
	strlcat(talk.said.text, talk.conv.said, sizeof(talk.said.text));
}

/* Who it is now: modules may mean another than was typed. */
static enum pam_verdict
name_user(pam_handle_t *pam)
{
	struct msg_pam_said *said = &talk.said;
	const void *name = NULL;
	int result;

	if (pam_get_item(pam, PAM_USER, &name) != PAM_SUCCESS || name == NULL ||
	    !groups_is_name(name)) {
		snprintf(said->text, sizeof(said->text),
		    "PAM calls the user \"%.100s\", which is no name here",
		    name == NULL ? "" : (const char *)name);
		return PAM_HAS_FAILED;
	}
	strlcpy(said->name, name, sizeof(said->name));
	if ((result = groups_of(name, talk.groups, said->groups)) == 0)
		return PAM_IS_RIGHT;
	snprintf(said->text, sizeof(said->text),
	    result == VB_EFULL ? "the names of its groups have more than %d "
				 "bytes"
			       : "its groups cannot be read (%d)",
	    result == VB_EFULL ? AUTH_GROUPS_MAX - 1 : result);
	return result == VB_EFULL ? PAM_HAS_TOO_MANY : PAM_HAS_FAILED;
}

static enum pam_verdict
converse(pam_handle_t *pam, const struct msg_pam_ask *asked, int *result)
{
	if (!asked->is_look) {
		*result = pam_authenticate(pam, PAM_DISALLOW_NULL_AUTHTOK);
		if (*result != PAM_SUCCESS)
			return of_password(*result);
	}
	*result = pam_acct_mgmt(pam, PAM_DISALLOW_NULL_AUTHTOK);
	describe(pam, *result);
	return *result == PAM_SUCCESS
	    ? name_user(pam)
	    : of_account(*result, asked->is_look != 0);
}

static void
set_item(pam_handle_t *pam, int item, const void *value, int *result)
{
	if (*result == PAM_SUCCESS)
		*result = pam_set_item(pam, item, value);
}

static enum pam_verdict
ask_pam(const char *service, const struct msg_pam_ask *asked)
{
	const struct pam_conv functions = {conv_answer, &talk.conv};
	char host[ADDR_TEXT_MAX];
	pam_handle_t *pam = NULL;
	enum pam_verdict verdict = PAM_HAS_FAILED;
	int result = pam_start(service, asked->name, &functions, &pam);

	if (result != PAM_SUCCESS) {
		describe(pam, result);
		return PAM_HAS_FAILED;
	}
	set_item(pam, PAM_TTY, TTY, &result);
	if (!asked->is_look)
		set_item(pam, PAM_RHOST, addr_format_ip(&asked->client, host),
		    &result);
	set_item(
	    pam, PAM_FAIL_DELAY, (const void *)(uintptr_t)conv_delay, &result);
	if (result == PAM_SUCCESS)
		verdict = converse(pam, asked, &result);
	if (verdict == PAM_HAS_FAILED ? talk.said.text[0] == '\0'
				      : result != PAM_SUCCESS)
		describe(pam, result);
	pam_end(pam, result);
	return verdict;
}

void
talk_run(int fd, pid_t parent, const char *service,
    const struct group_names *groups, struct msg_pam_ask *asked)
{
	enum pam_verdict verdict;

	leave_parent(fd, parent);
	talk.said.id = asked->id;
	talk.conv.name = asked->name;
	talk.conv.password = asked->is_look ? NULL : asked->password;
	talk.conv.ask = asked->may_ask ? ask : NULL;
	talk.groups = groups;
	verdict = ask_pam(service, asked);
	explicit_bzero(asked, sizeof(*asked));
	talk.said.delay_ms = verdict == PAM_IS_WRONG ? talk.conv.delay_ms : 0;
	report(verdict);
	_exit(0);
}
