/* SPDX-License-Identifier: ISC */
/* What auth has said of somebody who wants to log in, or out. */
#include <stdio.h>
#include <string.h>

#include "worker/client/person.h"
#include "worker/stages/login.h"
#include "worker/stages/login_page.h"

#define OK		  200
#define UNAUTHORIZED	  401
#define TOO_MANY_REQUESTS 429
#define UNAVAILABLE	  503

/* What is shown for each code: of a password, and of the second factor. */
static const struct verdict {
	const char *of_password;
	const char *of_code;
	int status;
} verdicts[] = {
    [LOGIN_OK] = {"", "", OK},
    [LOGIN_CODE_WANTED] = {"", "", OK},
    [LOGIN_WRONG] = {"The name or the password is not right.",
	"That code is not right.", UNAUTHORIZED},
    [LOGIN_USED] = {"", "That code was used before. Use the next one.",
	UNAUTHORIZED},
    [LOGIN_LOCKED] = {"This account is locked. Ask whoever looks after this "
		      "bridge.",
	"", UNAUTHORIZED},
    [LOGIN_SHUT] = {"This account may not log in here, or has expired. Ask "
		    "whoever looks after it.",
	"", UNAUTHORIZED},
    [LOGIN_STALE] = {"The password of this account has expired. Change it "
		     "where you usually do, then log in here.",
	"", UNAUTHORIZED},
    [LOGIN_WAIT] = {"Too many attempts were wrong. Try again in %u s.",
	"Too many attempts were wrong. Try again in %u s.", TOO_MANY_REQUESTS},
    [LOGIN_BUSY] = {"Too many people are logging in just now. Try again in a "
		    "moment.",
	"", UNAVAILABLE},
    [LOGIN_OVER] = {"That took too long, or went wrong too often. Log in "
		    "again.",
	"That took too long, or went wrong too often. Log in again.",
	UNAUTHORIZED},
    [LOGIN_FAILED] = {"The bridge could not check that. Try again in a moment.",
	"The bridge could not check that. Try again in a moment.", UNAVAILABLE},
};

static const char *
problem_of(
    const struct msg_logged_in *said, int is_code, char *out, size_t size)
{
	const struct verdict *verdict = &verdicts[said->code];

	if (said->code == LOGIN_WAIT)
		snprintf(out, size,
		    "Too many attempts were wrong. Try again in %u s.",
		    said->wait_sec);
	else
		strlcpy(out,
		    is_code && verdict->of_code[0] != '\0'
			? verdict->of_code
			: verdict->of_password,
		    size);
	return out;
}

/* There is no half login any more that a code could complete. */
static int
is_over(uint32_t code)
{
	return code == LOGIN_OVER || code == LOGIN_SHUT || code == LOGIN_STALE;
}

/* Not right: the same page again, with words. */
static void
show_again(struct client *c, const struct question *question,
    const struct msg_logged_in *said)
{
	int is_code = question->type == MSG_LOGIN_CODE;
	char problem[128];
	struct login_page page = {.is_code = is_code && !is_over(said->code),
	    .status = verdicts[said->code].status,
	    .problem = problem_of(said, is_code, problem, sizeof(problem)),
	    .wait_sec = said->code == LOGIN_WAIT ? said->wait_sec : 0,
	    .next = question->next,
	    .name = is_code ? "" : question->body.login.name,
	    .host = ""};

	login_page_answer(c, &page);
}

void
login_answered(struct client *c, const struct msg_logged_in *said)
{
	struct question *question = c->person->question;
	struct login_cookie cookie;
	struct login_go go = {.is_login = said->code == LOGIN_CODE_WANTED,
	    .next = question->next,
	    .cookie = &cookie,
	    .number = said->cookie};

	login_cookie_again(question, &cookie);
	if (said->code == LOGIN_OK)
		go.max_sec = client_settings(c)->login_max_sec;
	if (said->code == LOGIN_OK || said->code == LOGIN_CODE_WANTED)
		login_page_go(c, &go);
	else
		show_again(c, question, said);
	person_end_question(c->person);
}

void
login_ended(struct client *c, const struct msg_logged_out *said)
{
	const struct msg_conf_header *header = &c->worker->conf->header;
	struct login_cookie cookie;
	struct login_go go = {.is_login = 1,
	    .said = said->provider == 0 ? NULL : "left",
	    .left = said->provider,
	    .next = "",
	    .cookie = &cookie};

	login_cookie_again(c->person->question, &cookie);
	/* here a proxy would say at once again who it is */
	if (c->person->is_named && header->logout[0] != '\0')
		login_page_leave(c, header->logout, &cookie, NULL);
	else
		login_page_go(c, &go);
	person_end_question(c->person);
}
