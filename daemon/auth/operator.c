/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/auth/boot.h"
#include "daemon/auth/operator.h"
#include "daemon/auth/recheck.h"
#include "daemon/auth/watch.h"

static void
fill_entry(const struct auth *auth, const struct login_record *login,
    struct login_entry *entry)
{
	uint64_t now_sec = boot_now_sec();
	uint64_t end_sec = logins_end_sec(login, &auth->desk.limits);
	struct group_list groups;

	entry->id = login->id;
	entry->since_sec = login->since_sec;
	entry->idle_sec = (uint32_t)(now_sec - login->used_sec);
	if (end_sec > now_sec)
		entry->ends_sec = (uint32_t)(end_sec - now_sec);
	entry->client = login->client;
	memcpy(entry->name, login->name, sizeof(entry->name));
	login_groups(&auth->desk, login, &groups);
	memcpy(entry->groups, groups.text, sizeof(entry->groups));
}

int
operator_on_logins(void *arg, const void *body, int *fd)
{
	const struct msg_logins *ask = body;
	struct auth *auth = arg;
	const struct login_record *login;
	struct msg_logins_are said;

	(void)fd;
	memset(&said, 0, sizeof(said));
	said.cookie = ask->cookie;
	for (login = logins_first(auth->desk.logins); login != NULL;
	     login = logins_next(auth->desk.logins, login)) {
		if (login->id <= ask->after_id || login->state != LOGIN_WHOLE)
			continue;
		if (said.count == AUTH_LOGINS_MAX) {
			said.has_more = 1;
			break;
		}
		fill_entry(auth, login, &said.entries[said.count++]);
	}
	if (ipc_send(auth->master, MSG_LOGINS_ARE, &said, -1) < 0)
		log_fatal("LOGINS_ARE cannot be sent");
	return 0;
}

int
operator_on_expel(void *arg, const void *body, int *fd)
{
	const struct msg_expel *expel = body;
	struct auth *auth = arg;
	struct msg_expelled said = {.cookie = expel->cookie};

	(void)fd;
	if (!PROTO_IS_TEXT(expel->user))
		log_fatal("EXPEL: no text");
	said.count = watch_expel(auth, expel->user);
	if (ipc_send(auth->master, MSG_EXPELLED, &said, -1) < 0)
		log_fatal("EXPELLED cannot be sent");
	return 0;
}

static const struct login_record *
find_latest(const struct auth *auth, const char *name)
{
	const struct login_record *login, *latest = NULL;

	for (login = logins_first(auth->desk.logins); login != NULL;
	     login = logins_next(auth->desk.logins, login))
		if (login->state == LOGIN_WHOLE &&
		    strcmp(login->name, name) == 0 &&
		    (latest == NULL || login->began_sec >= latest->began_sec))
			latest = login;
	return latest;
}

/*
 * By the latest login, as a provider or a proxy has said them; without one, by
 * the file.
 */
static enum groups_state
find_groups(
    const struct auth *auth, const char *name, struct group_list *groups)
{
	const struct user *user = auth->desk.users == NULL
	    ? NULL
	    : users_find(auth->desk.users, name);
	const struct login_record *login = find_latest(auth, name);

	if (user != NULL && user->is_locked)
		return GROUPS_LOCKED;
	if (login != NULL) {
		login_groups(&auth->desk, login, groups);
		return GROUPS_ARE;
	}
	if (user == NULL)
		return GROUPS_UNKNOWN;
	return login_join_groups(&auth->desk, user, groups) ? GROUPS_ARE
							    : GROUPS_LOCKED;
}

static int
is_of_pam(const struct auth *auth, const char *name)
{
	return auth->desk.has_pam && name[0] != '\0' &&
	    find_latest(auth, name) == NULL &&
	    (auth->desk.users == NULL ||
		users_find(auth->desk.users, name) == NULL);
}

int
operator_on_whose(void *arg, const void *body, int *fd)
{
	const struct msg_whose *whose = body;
	struct auth *auth = arg;
	struct msg_groups said = {.cookie = whose->cookie};
	struct group_list groups = {.text = ""};

	(void)fd;
	if (!PROTO_IS_TEXT(whose->user))
		log_fatal("WHOSE: no text");
	if (is_of_pam(auth, whose->user) &&
	    recheck_whose(auth, whose->cookie, whose->user) == 0)
		return 0; /* it is answered when PAM has */
	said.state = find_groups(auth, whose->user, &groups);
	memcpy(said.groups, groups.text, sizeof(said.groups));
	if (ipc_send(auth->master, MSG_GROUPS, &said, -1) < 0)
		log_fatal("GROUPS cannot be sent");
	return 0;
}
