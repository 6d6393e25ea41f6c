/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <string.h>

#include "common/close_code.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/unjoined.h"
#include "daemon/broker/access.h"
#include "daemon/broker/auth.h"
#include "daemon/broker/board.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/expel.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/vouch.h"

#define USED_SEC      30 /* at most, from one USED to the next */
#define USED_PER_IDLE 3	 /* in login-idle, at least */

static void
tell_unjoined(struct broker *b, uint32_t reason)
{
	const struct unjoined who = {
	    ROLE_AUTH, b->auth_fence, &b->auth_unjoined_fence};

	unjoined_tell(b->master, &who, reason);
}

static void
drop(struct broker *b, uint32_t reason)
{
	struct ipc *auth = b->vouches.auth;

	vouches_use(&b->vouches, NULL);
	ipc_free(auth);
	if (b->conf_has_auth)
		tell_unjoined(b, reason);
}

static void
on_closed(void *arg, int reason)
{
	log_debug("no auth: %s", vb_strerror(reason));
	drop(arg, reason == VB_EBADMSG ? UNJOINED_NONSENSE : UNJOINED_LOST);
}

/* Pending and open ones; the login goes with its last. */
static void
end_sessions(struct broker *b, uint64_t id, const char *reason)
{
	struct login *login;
	struct session *s, *next;

	if ((login = logins_find(&b->logins, id)) == NULL)
		return;
	for (s = TAILQ_FIRST(&login->sessions); s != NULL; s = next) {
		next = TAILQ_NEXT(s, of_login);
		if (session_expel(b, s, CODE_ENDED, reason, reason))
			continue;
		/* a worker is gone with its sessions, and perhaps the login */
		if ((login = logins_find(&b->logins, id)) == NULL)
			return;
		next = TAILQ_FIRST(&login->sessions);
	}
}

/* ---- sessions that were open before ---- */

static void on_held_vouched(void *arg, const struct msg_vouched *who);

/* Where nobody logs in there is nobody to ask. */
static void
ask_who(struct broker *b, struct login *login)
{
	if (!b->conf_has_auth || login->is_known || login->vouch != NULL)
		return;
	login->vouch =
	    vouch_ask(&b->vouches, NULL, login->id, on_held_vouched, login);
	if (login->vouch == NULL)
		log_error("out of memory: a login stays unknown");
}

/* arg is the login: it has at least one session while it waits. */
static void
on_held_vouched(void *arg, const struct msg_vouched *who)
{
	struct login *login = arg;
	struct broker *b = TAILQ_FIRST(&login->sessions)->broker;

	login->vouch = NULL;
	if (who == NULL) { /* it is asked until there is an auth */
		ask_who(b, login);
	} else if (who->login_id == 0) {
		end_sessions(b, login->id,
		    who->reason[0] == '\0' ? "your login has ended"
					   : who->reason);
	} else {
		login_know(login, who);
		access_review_login(b, login);
	}
}

/* Those for whom there was no memory, or no auth. */
static void
ask_who_all(struct broker *b)
{
	struct login *login;

	for (login = logins_first(&b->logins); login != NULL;
	     login = logins_next(login))
		ask_who(b, login);
}

int
auth_add_held(struct broker *b, struct session *s, uint64_t login_id)
{
	struct login *login = logins_add(&b->logins, login_id, s);

	if (login == NULL)
		return VB_ENOMEM;
	ask_who(b, login);
	return 0;
}

/* ---- the channel ---- */

static int
on_vouched(void *arg, const void *body, int *fd)
{
	struct broker *b = arg;

	(void)fd;
	return vouches_take(&b->vouches, body);
}

static int
on_login_over(void *arg, const void *body, int *fd)
{
	const struct msg_login_over *over = body;

	(void)fd;
	if (over->login_id == 0 || !PROTO_IS_TEXT(over->reason) ||
	    over->reason[0] == '\0' || !vouch_is_plain(over->reason))
		return VB_EBADMSG;
	end_sessions(arg, over->login_id, over->reason);
	board_end_login(arg, over->login_id, over->reason);
	return 0;
}

static const struct ipc_ops auth_ops = {
    .on =
	{
	    [MSG_VOUCHED] = on_vouched,
	    [MSG_LOGIN_OVER] = on_login_over,
	},
    .closed = on_closed,
};

/* Open sessions are a use of their logins, and auth may know of an end. */
static void
tell_used(struct broker *b)
{
	struct msg_used used;
	struct login *login;

	memset(&used, 0, sizeof(used));
	for (login = logins_first(&b->logins);
	     login != NULL && b->vouches.auth != NULL;
	     login = logins_next(login)) {
		used.login_ids[used.count++] = login->id;
		if (used.count < AUTH_USED_MAX && logins_next(login) != NULL)
			continue;
		if (ipc_send(b->vouches.auth, MSG_USED, &used, -1) < 0)
			log_error("auth cannot be told of logins in use");
		memset(&used, 0, sizeof(used));
	}
}

static void
on_used_cb(evutil_socket_t fd, short what, void *arg)
{
	struct broker *b = arg;

	(void)fd;
	(void)what;
	tell_used(b);
	if (b->vouches.auth == NULL && b->auth_fence != 0 && b->conf_has_auth)
		tell_unjoined(b, UNJOINED_LOST);
}

int
auth_init(struct broker *b)
{
	RB_INIT(&b->logins);
	if (vouches_init(&b->vouches, b->base) < 0 ||
	    event_assign(&b->used_ev, b->base, -1, EV_PERSIST, on_used_cb, b) ==
		-1)
		return VB_ENOMEM;
	return 0;
}

/* As often as is a use in time, where there are logins. */
static void
start_telling(struct broker *b)
{
	uint32_t idle_sec = b->conf->start.settings.login_idle_sec;
	struct timeval often = {.tv_sec = USED_SEC};

	if (idle_sec != 0 && idle_sec / USED_PER_IDLE < USED_SEC)
		often.tv_sec = idle_sec < USED_PER_IDLE
		    ? 1
		    : (time_t)(idle_sec / USED_PER_IDLE);
	if (event_add(&b->used_ev, &often) == -1)
		log_fatal("no memory for the event loop");
}

int
auth_join(struct broker *b, uint32_t fence, int fd)
{
	struct ipc *old = b->vouches.auth, *auth;

	vouches_use(&b->vouches, NULL);
	ipc_free(old);
	b->auth_fence = fence;
	auth = ipc_new(b->base, fd, ROLE_BROKER, ROLE_AUTH, &auth_ops, b);
	if (auth == NULL)
		return VB_ENOMEM;
	ipc_set_phase(auth, PHASE_RUN);
	vouches_use(&b->vouches, auth);
	ask_who_all(b);
	tell_used(b);
	/* what has ended while there was no auth, nobody has told */
	board_end_all(b);
	return 0;
}

void
auth_use_conf(struct broker *b)
{
	b->conf_has_auth = b->conf->start.settings.has_auth;
	event_del(&b->used_ev);
	if (!b->conf_has_auth) {
		vouches_give_up(&b->vouches);
		return;
	}
	start_telling(b);
	ask_who_all(b);
	/* one that has come before, and gone, was not missed yet */
	if (b->vouches.auth == NULL && b->auth_fence != 0)
		tell_unjoined(b, UNJOINED_LOST);
}
