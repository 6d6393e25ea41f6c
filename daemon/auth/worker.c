/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "common/ipc.h"
#include "daemon/auth/auth.h"
#include "daemon/auth/journal.h"
#include "daemon/auth/watch.h"
#include "daemon/auth/worker.h"

static struct login_asker
asker_of(struct peer *peer, uint64_t id, const struct addr *client)
{
	struct login_asker asker = {.arg = peer->auth,
	    .id = id,
	    .peer = peer->index,
	    .fence = peer->fence,
	    .client = *client};

	return asker;
}

static int
tell_answer(struct peer *peer, const struct login_asker *asker,
    const struct login_answer *answer)
{
	struct msg_logged_in said;
	int is_told;

	memset(&said, 0, sizeof(said));
	said.id = asker->id;
	said.code = answer->code;
	said.wait_sec = answer->wait_sec;
	if (answer->code == LOGIN_OK || answer->code == LOGIN_CODE_WANTED)
		memcpy(said.cookie, answer->cookie, sizeof(said.cookie));
	is_told = peer_tell(peer, MSG_LOGGED_IN, &said);
	explicit_bzero(&said, sizeof(said));
	return is_told;
}

/*
 * If it is another worker by now, the one that has asked has gone, and nobody
 * will ever have the cookie.
 */
static void
on_answered(const struct login_asker *asker, const struct login_answer *answer)
{
	struct auth *auth = asker->arg;
	struct peer *peer = &auth->workers[asker->peer];

	journal_answered(asker, answer);
	if (peer->fence == asker->fence && tell_answer(peer, asker, answer))
		return;
	if (answer->login == NULL)
		return;
	if (answer->login->state == LOGIN_WHOLE)
		journal_over(answer->login, "its worker has gone");
	logins_end(auth->desk.logins, answer->login);
}

static int
on_login(void *arg, const void *body, int *fd)
{
	const struct msg_login *login = body;
	struct peer *peer = arg;
	struct login_asker asker = asker_of(peer, login->id, &login->client);

	(void)fd;
	if (!PROTO_IS_TEXT(login->name) || !PROTO_IS_TEXT(login->password))
		return VB_EBADMSG;
	login_try(&peer->auth->desk, &asker, login->name, login->password,
	    on_answered);
	return 0;
}

static int
on_login_code(void *arg, const void *body, int *fd)
{
	const struct msg_login_code *login = body;
	struct peer *peer = arg;
	struct login_asker asker = asker_of(peer, login->id, &login->client);

	(void)fd;
	if (!PROTO_IS_TEXT(login->code))
		return VB_EBADMSG;
	login_try_code(
	    &peer->auth->desk, &asker, login->cookie, login->code, on_answered);
	return 0;
}

/* What is left of a time that ends at end_sec; 0 is none, not over. */
static uint32_t
left_sec(uint64_t end_sec, uint64_t now_sec)
{
	if (end_sec == 0)
		return 0;
	if (end_sec <= now_sec)
		return 1;
	return end_sec - now_sec > UINT32_MAX ? UINT32_MAX
					      : (uint32_t)(end_sec - now_sec);
}

static int
on_who(void *arg, const void *body, int *fd)
{
	const struct msg_who *who = body;
	struct peer *peer = arg;
	struct login_desk *desk = &peer->auth->desk;
	const struct login_record *login;
	struct login_limits by_age = {.max_sec = desk->limits.max_sec};
	uint64_t now_sec = login_now_sec();
	struct msg_who_is said;

	(void)fd;
	memset(&said, 0, sizeof(said));
	said.id = who->id;
	if ((login = login_of(desk, who->cookie, who->is_use != 0)) != NULL) {
		said.state = WHO_USER;
		said.ends_sec =
		    left_sec(logins_end_sec(login, &desk->limits), now_sec);
		said.max_sec =
		    left_sec(logins_end_sec(login, &by_age), now_sec);
		strlcpy(said.name, login->name, sizeof(said.name));
	} else if (logins_find(desk->logins, LOGIN_HALF, who->cookie,
		       &desk->limits, now_sec) != NULL)
		said.state = WHO_HALF;
	peer_tell(peer, MSG_WHO_IS, &said);
	return 0;
}

static int
on_logout(void *arg, const void *body, int *fd)
{
	const struct msg_logout *logout = body;
	struct peer *peer = arg;
	struct auth *auth = peer->auth;
	const struct login_record *login =
	    login_of(&auth->desk, logout->cookie, 0);
	struct msg_logged_out said = {logout->id};

	(void)fd;
	if (login != NULL) {
		journal_logout(login, &logout->client);
		watch_end(auth, login, "you have logged out");
	} else if ((login = logins_find(auth->desk.logins, LOGIN_HALF,
			logout->cookie, &auth->desk.limits, login_now_sec())) !=
	    NULL)
		logins_end(auth->desk.logins, login);
	peer_tell(peer, MSG_LOGGED_OUT, &said);
	return 0;
}

static void
on_closed(void *arg, int reason)
{
	peer_drop(arg, reason);
}

static const struct ipc_ops worker_ops = {
    .on =
	{
	    [MSG_LOGIN] = on_login,
	    [MSG_LOGIN_CODE] = on_login_code,
	    [MSG_WHO] = on_who,
	    [MSG_LOGOUT] = on_logout,
	},
    .closed = on_closed,
};

int
workers_init(struct auth *auth)
{
	uint32_t i;

	auth->workers = calloc(PEER_WORKERS_MAX, sizeof(*auth->workers));
	if (auth->workers == NULL)
		return VB_ENOMEM;
	for (i = 0; i < PEER_WORKERS_MAX; i++)
		peer_init(&auth->workers[i], auth, &auth->master, ROLE_WORKER,
		    i, &worker_ops);
	return 0;
}
