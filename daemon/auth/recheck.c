/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/auth/recheck.h"
#include "daemon/auth/watch.h"

#define RECHECK_MOST	 (PAM_LOOKS_MAX - 1) /* one is the operator's */
#define RECHECK_AGAIN_MS 5000

struct look {
	struct auth *auth;
	uint64_t cookie; /* of the master's question */
	char name[AUTH_NAME_MAX];
};

static void go_on(struct auth *auth);

static void
try_again(struct auth *auth)
{
	struct timeval tv = clock_timeval(RECHECK_AGAIN_MS);

	if (event_add(&auth->recheck.again_ev, &tv) == -1)
		log_error("no memory to ask PAM again");
}

/* The next of "a,b", which is moved on. Returns 0 after the last. */
static int
next_group(const char **text, char name[AUTH_NAME_MAX])
{
	size_t len = strcspn(*text, ",");

	if (len == 0 || len >= AUTH_NAME_MAX)
		return 0;
	memcpy(name, *text, len);
	name[len] = '\0';
	*text += len + ((*text)[len] == ',');
	return 1;
}

static int
has_group(const char *groups, const char *wanted)
{
	char name[AUTH_NAME_MAX];

	while (next_group(&groups, name))
		if (strcmp(name, wanted) == 0)
			return 1;
	return 0;
}

/*
 * One that is named still. One more is no reason: it counts from the next
 * login on.
 */
static int
has_lost_group(
    const struct group_names *names, const char *before, const char *now)
{
	char name[AUTH_NAME_MAX];

	while (next_group(&before, name))
		if (group_names_have(names, name) && !has_group(now, name))
			return 1;
	return 0;
}

/* Why that login is over, by what PAM says now; NULL: it is not. */
static const char *
fault_of(const struct group_names *names, const struct login_record *login,
    const struct msg_pam_said *said)
{
	switch (said->verdict) {
	case PAM_IS_RIGHT:
		if (strcmp(said->name, login->name) != 0)
			return "your account was changed";
		return has_lost_group(names, login->groups, said->groups)
		    ? "your groups were changed"
		    : NULL;
	case PAM_IS_UNKNOWN:
		return "your account was removed";
	case PAM_IS_SHUT:
		return "your account has expired, or was locked";
	case PAM_IS_STALE:
		return "your password has expired";
	default:
		return "you have too many groups";
	}
}

static void
judge(struct auth *auth, const char *name, const struct msg_pam_said *said)
{
	const struct login_record *login, *next;
	const char *why;

	for (login = logins_first(auth->desk.logins); login != NULL;
	     login = next) {
		next = logins_next(auth->desk.logins, login);
		if (login->kind == LOGIN_BY_PAM &&
		    login->state == LOGIN_WHOLE &&
		    strcmp(login->name, name) == 0 &&
		    (why = fault_of(&auth->desk.group_names, login, said)) !=
			NULL)
			watch_fault(auth, login, why);
	}
}

static void
on_looked(void *arg, const struct msg_pam_said *said)
{
	struct look *look = arg;
	struct auth *auth = look->auth;
	char text[2 * PAM_TEXT_MAX];

	auth->recheck.under_way--;
	if (said->verdict == PAM_HAS_FAILED || said->verdict == PAM_IS_WRONG) {
		log_escape(said->text, strlen(said->text), text, sizeof(text));
		log_warn("PAM does not say whether user=\"%s\" may go on: it "
			 "is asked again pam=\"%.200s\"",
		    look->name, text);
		try_again(auth);
	} else
		judge(auth, look->name, said);
	free(look);
	go_on(auth);
}

/* Each name once: the first of its logins is asked for. */
static int
is_first(const struct auth *auth, const struct login_record *login)
{
	const struct login_record *other;

	for (other = logins_first(auth->desk.logins); other != login;
	     other = logins_next(auth->desk.logins, other))
		if (other->kind == LOGIN_BY_PAM &&
		    other->state == LOGIN_WHOLE &&
		    strcmp(other->name, login->name) == 0)
			return 0;
	return 1;
}

static const struct login_record *
find_next(const struct auth *auth)
{
	const struct login_record *login;

	for (login = logins_first(auth->desk.logins); login != NULL;
	     login = logins_next(auth->desk.logins, login))
		if (login->id > auth->recheck.after_id &&
		    login->kind == LOGIN_BY_PAM &&
		    login->state == LOGIN_WHOLE && is_first(auth, login))
			break;
	return login;
}

static int
look_at(struct auth *auth, const char *name, uint64_t cookie, pam_done *done)
{
	struct look *look = calloc(1, sizeof(*look));
	int result;

	if (look == NULL)
		return VB_ENOMEM;
	look->auth = auth;
	look->cookie = cookie;
	strlcpy(look->name, name, sizeof(look->name));
	if ((result = pam_look(&auth->desk.pam, name, done, look)) < 0)
		free(look);
	return result;
}

static void
go_on(struct auth *auth)
{
	const struct login_record *login;

	while (auth->recheck.is_on && auth->recheck.under_way < RECHECK_MOST) {
		if ((login = find_next(auth)) == NULL) {
			auth->recheck.is_on = 0;
			break;
		}
		if (look_at(auth, login->name, 0, on_looked) < 0) {
			auth->recheck.is_on = 0;
			try_again(auth);
			break;
		}
		auth->recheck.under_way++;
		auth->recheck.after_id = login->id;
	}
}

void
recheck_all(struct auth *auth)
{
	auth->recheck.is_on = auth->desk.has_pam != 0;
	auth->recheck.after_id = 0;
	event_del(&auth->recheck.again_ev);
	go_on(auth);
}

static void
on_again_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	recheck_all(arg);
}

int
recheck_init(struct auth *auth)
{
	return event_assign(&auth->recheck.again_ev, auth->base, -1, 0,
		   on_again_cb, auth) == -1
	    ? VB_ENOMEM
	    : 0;
}

/* ---- the operator's question ---- */

static void
on_whose_looked(void *arg, const struct msg_pam_said *said)
{
	struct look *look = arg;
	struct msg_groups groups = {.cookie = look->cookie};

	if (said->verdict == PAM_IS_RIGHT) {
		groups.state = GROUPS_ARE;
		memcpy(groups.groups, said->groups, sizeof(groups.groups));
	} else if (said->verdict == PAM_IS_SHUT ||
	    said->verdict == PAM_IS_STALE)
		groups.state = GROUPS_LOCKED;
	if (ipc_send(look->auth->master, MSG_GROUPS, &groups, -1) < 0)
		log_fatal("GROUPS cannot be sent");
	free(look);
}

int
recheck_whose(struct auth *auth, uint64_t cookie, const char *name)
{
	return look_at(auth, name, cookie, on_whose_looked);
}
