/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "common/ipc.h"
#include "daemon/auth/auth.h"
#include "daemon/auth/boot.h"
#include "daemon/auth/certified.h"
#include "daemon/auth/journal.h"
#include "daemon/auth/login_pam.h"
#include "daemon/auth/named.h"
#include "daemon/auth/watch.h"
#include "daemon/auth/worker.h"

static struct login_asker
asker_of(struct peer *peer, uint64_t id, const struct addr *client)
{
	struct login_asker asker = {.arg = peer->auth,
	    .id = id,
	    .peer = peer->asker.index,
	    .fence = peer->asker.fence,
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
	if (peer->asker.fence == asker->fence &&
	    tell_answer(peer, asker, answer))
		return;
	if (answer->login == NULL || asker->is_basic)
		return; /* one of Basic may be others', too */
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
	asker.is_basic = login->is_basic != 0;
	if (!login_pam_try(&peer->auth->desk, &asker, login->name,
		login->password, on_answered))
		login_try(&peer->auth->desk, &asker, login->name,
		    login->password, on_answered);
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
	if (!login_pam_try_code(&peer->auth->desk, &asker, login->cookie,
		login->code, on_answered))
		login_try_code(&peer->auth->desk, &asker, login->cookie,
		    login->code, on_answered);
	return 0;
}

/* ---- at a provider ---- */

static int
tell_sso(struct peer *peer, const struct login_asker *asker,
    const struct sso_answer *answer)
{
	struct msg_oidc_said said;
	int is_told;

	memset(&said, 0, sizeof(said));
	said.id = asker->id;
	said.code = answer->code;
	strlcpy(said.next, answer->next, sizeof(said.next));
	strlcpy(said.url, answer->url, sizeof(said.url));
	if (answer->code == OIDC_GO || answer->code == OIDC_IN)
		memcpy(said.cookie, answer->cookie, sizeof(said.cookie));
	is_told = peer_tell(peer, MSG_OIDC_SAID, &said);
	explicit_bzero(&said, sizeof(said));
	return is_told;
}

/* As on_answered(). */
static void
on_sso_answered(
    const struct login_asker *asker, const struct sso_answer *answer)
{
	struct auth *auth = asker->arg;
	struct peer *peer = &auth->workers[asker->peer];

	journal_sso(asker, answer);
	if (peer->asker.fence == asker->fence && tell_sso(peer, asker, answer))
		return;
	if (answer->login == NULL)
		return;
	journal_over(answer->login, "its worker has gone");
	logins_end(auth->desk.logins, answer->login);
}

/* The same of a provider that wants logins to end. */
static void
on_token_answered(
    const struct login_asker *asker, const struct sso_answer *answer)
{
	struct auth *auth = asker->arg;
	struct peer *peer = &auth->workers[asker->peer];

	if (answer->code == OIDC_TAKEN)
		journal_expelled(asker, answer->provider,
		    watch_expel_mark(auth, answer->subject, answer->session));
	else
		journal_token_refused(asker, answer);
	if (peer->asker.fence == asker->fence)
		tell_sso(peer, asker, answer);
}

static int
on_oidc_begin(void *arg, const void *body, int *fd)
{
	const struct msg_oidc_begin *begin = body;
	struct peer *peer = arg;
	struct login_asker asker = asker_of(peer, begin->id, &begin->client);

	(void)fd;
	if (!PROTO_IS_TEXT(begin->redirect) || !PROTO_IS_TEXT(begin->next) ||
	    begin->step > OIDC_LOGOUT)
		return VB_EBADMSG;
	sso_begin(&peer->auth->desk, &asker, begin, on_sso_answered);
	return 0;
}

static int
on_oidc_back(void *arg, const void *body, int *fd)
{
	const struct msg_oidc_back *back = body;
	struct peer *peer = arg;
	struct login_asker asker = asker_of(peer, back->id, &back->client);

	(void)fd;
	if (!PROTO_IS_TEXT(back->state) || !PROTO_IS_TEXT(back->code) ||
	    !PROTO_IS_TEXT(back->error) || !PROTO_IS_TEXT(back->issuer) ||
	    !PROTO_IS_TEXT(back->name))
		return VB_EBADMSG;
	sso_back(&peer->auth->desk, &asker, back, on_sso_answered);
	return 0;
}

static int
on_oidc_token(void *arg, const void *body, int *fd)
{
	const struct msg_oidc_token *token = body;
	struct peer *peer = arg;
	struct login_asker asker = asker_of(peer, token->id, &token->client);

	(void)fd;
	if (!PROTO_IS_TEXT(token->token))
		return VB_EBADMSG;
	sso_token(&peer->auth->desk, &asker, token->token, on_token_answered);
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

static void
fill_user(const struct login_desk *desk, const struct login_record *login,
    struct msg_who_is *said)
{
	struct login_limits by_age = {.max_sec = desk->limits.max_sec};
	uint64_t now_sec = boot_now_sec();

	said->state = WHO_USER;
	said->ends_sec =
	    left_sec(logins_end_sec(login, &desk->limits), now_sec);
	said->max_sec = left_sec(logins_end_sec(login, &by_age), now_sec);
	strlcpy(said->name, login->name, sizeof(said->name));
}

static int
on_named(void *arg, const void *body, int *fd)
{
	const struct msg_named *named = body;
	struct peer *peer = arg;
	struct login_desk *desk = &peer->auth->desk;
	struct login_asker asker = asker_of(peer, named->id, &named->client);
	const struct login_record *login;
	struct msg_who_is said;
	char why[NAMED_WHY_MAX];
	int is_new;

	(void)fd;
	if (!PROTO_IS_TEXT(named->name) || !PROTO_IS_TEXT(named->groups))
		return VB_EBADMSG;
	memset(&said, 0, sizeof(said));
	said.id = named->id;
	login = named_login(desk, &named->client, named->name, named->groups,
	    said.cookie, &is_new, why);
	if (login != NULL)
		fill_user(desk, login, &said);
	if (login == NULL || is_new)
		journal_named(&asker, named->name, login, why);
	peer_tell(peer, MSG_WHO_IS, &said);
	explicit_bzero(&said, sizeof(said));
	return 0;
}

static int
on_prove(void *arg, const void *body, int *fd)
{
	const struct msg_prove *prove = body;
	struct peer *peer = arg;
	struct login_desk *desk = &peer->auth->desk;
	struct login_asker asker = asker_of(peer, prove->id, &prove->client);
	const struct login_record *login;
	struct msg_who_is said;
	char name[LOGINS_NAME_MAX];
	const char *why;
	int is_new;

	(void)fd;
	if (prove->length > sizeof(prove->messages))
		return VB_EBADMSG;
	memset(&said, 0, sizeof(said));
	said.id = prove->id;
	login = certified_login(desk, prove, said.cookie, &is_new, name, &why);
	if (login != NULL)
		fill_user(desk, login, &said);
	else
		strlcpy(said.reason, why, sizeof(said.reason));
	if (login == NULL || is_new)
		journal_certified(&asker, name, login, why);
	peer_tell(peer, MSG_WHO_IS, &said);
	explicit_bzero(&said, sizeof(said));
	return 0;
}

static int
on_who(void *arg, const void *body, int *fd)
{
	const struct msg_who *who = body;
	struct peer *peer = arg;
	struct login_desk *desk = &peer->auth->desk;
	const struct login_record *login;
	struct msg_who_is said;

	(void)fd;
	memset(&said, 0, sizeof(said));
	said.id = who->id;
	if ((login = login_of(desk, who->cookie, who->is_use != 0)) != NULL) {
		fill_user(desk, login, &said);
	} else if (logins_find(desk->logins, LOGIN_HALF, who->cookie,
		       &desk->limits, boot_now_sec()) != NULL)
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
	struct msg_logged_out said = {.id = logout->id};

	(void)fd;
	if (login != NULL) {
		journal_logout(login, &logout->client);
		said.provider = sso_exit_of(&auth->desk, login);
		watch_end(auth, login, "you have logged out");
	} else if ((login = logins_find(auth->desk.logins, LOGIN_HALF,
			logout->cookie, &auth->desk.limits, boot_now_sec())) !=
	    NULL)
		logins_end(auth->desk.logins, login);
	peer_tell(peer, MSG_LOGGED_OUT, &said);
	return 0;
}

static const struct ipc_ops worker_ops = {
    .on =
	{
	    [MSG_LOGIN] = on_login,
	    [MSG_LOGIN_CODE] = on_login_code,
	    [MSG_WHO] = on_who,
	    [MSG_NAMED] = on_named,
	    [MSG_PROVE] = on_prove,
	    [MSG_LOGOUT] = on_logout,
	    [MSG_OIDC_BEGIN] = on_oidc_begin,
	    [MSG_OIDC_BACK] = on_oidc_back,
	    [MSG_OIDC_TOKEN] = on_oidc_token,
	},
    .closed = peer_on_closed,
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
