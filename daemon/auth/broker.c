/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "daemon/auth/auth.h"
#include "daemon/auth/boot.h"
#include "daemon/auth/broker.h"
#include "daemon/auth/ended.h"

void
broker_tell_over(struct auth *auth, uint64_t login_id, const char *reason)
{
	struct msg_login_over over;

	memset(&over, 0, sizeof(over));
	over.login_id = login_id;
	strlcpy(over.reason, reason, sizeof(over.reason));
	peer_tell(&auth->broker, MSG_LOGIN_OVER, &over);
}

static const struct login_record *
find_whole(struct auth *auth, uint64_t login_id)
{
	const struct login_record *login =
	    logins_find_id(auth->desk.logins, login_id);

	return login != NULL && login->state == LOGIN_WHOLE &&
		login_fault(&auth->desk, login) == NULL
	    ? login
	    : NULL;
}

static int
on_vouch(void *arg, const void *body, int *fd)
{
	const struct msg_vouch *vouch = body;
	struct peer *peer = arg;
	const struct login_record *login;
	struct msg_vouched said;
	struct group_list groups;

	(void)fd;
	login = vouch->login_id != 0
	    ? find_whole(peer->auth, vouch->login_id)
	    : login_of(&peer->auth->desk, vouch->cookie, 0);
	memset(&said, 0, sizeof(said));
	said.number = vouch->number;
	if (login == NULL && vouch->login_id != 0)
		strlcpy(said.reason, ended_why(vouch->login_id),
		    sizeof(said.reason));
	if (login != NULL) {
		said.login_id = login->id;
		strlcpy(said.name, login->name, sizeof(said.name));
		login_groups(&peer->auth->desk, login, &groups);
		strlcpy(said.groups, groups.text, sizeof(said.groups));
	}
	peer_tell(peer, MSG_VOUCHED, &said);
	return 0;
}

static int
on_used(void *arg, const void *body, int *fd)
{
	const struct msg_used *used = body;
	struct peer *peer = arg;
	struct auth *auth = peer->auth;
	const struct login_record *login;
	uint32_t i;

	(void)fd;
	if (used->count > AUTH_USED_MAX)
		return VB_EBADMSG;
	for (i = 0; i < used->count; i++) {
		login = find_whole(auth, used->login_ids[i]);
		if (login != NULL)
			logins_use(auth->desk.logins, login, boot_now_sec());
		else
			broker_tell_over(auth, used->login_ids[i],
			    ended_why(used->login_ids[i]));
	}
	return 0;
}

static const struct ipc_ops broker_ops = {
    .on =
	{
	    [MSG_VOUCH] = on_vouch,
	    [MSG_USED] = on_used,
	},
    .closed = peer_on_closed,
};

void
broker_init(struct auth *auth)
{
	peer_init(
	    &auth->broker, auth, &auth->master, ROLE_BROKER, 0, &broker_ops);
}
