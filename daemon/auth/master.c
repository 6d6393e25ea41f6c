/* SPDX-License-Identifier: ISC */
/*
 * Handlers of the master's messages. The master is trusted: what makes no
 * sense ends the process.
 */
#include "common/ipc.h"
#include "common/log.h"
#include "common/process.h"
#include "daemon/auth/audit.h"
#include "daemon/auth/conf.h"
#include "daemon/auth/conf_certificates.h"
#include "daemon/auth/fetch.h"
#include "daemon/auth/figures.h"
#include "daemon/auth/master.h"
#include "daemon/auth/operator.h"

static struct peer *
peer_of(struct auth *auth, const struct msg_peer *peer)
{
	if (peer->role != ROLE_AUTH)
		return NULL;
	if (peer->asker == ROLE_BROKER)
		return peer->index == 0 ? &auth->broker : NULL;
	return peer->asker == ROLE_WORKER && peer->index < PEER_WORKERS_MAX
	    ? &auth->workers[peer->index]
	    : NULL;
}

static int
on_peer(void *arg, const void *body, int *fd)
{
	const struct msg_peer *peer = body;
	struct auth *auth = arg;
	struct peer *asker = peer_of(auth, peer);
	int is_asked = peer->asker == ROLE_AUTH && peer->index == 0 &&
	    (peer->role == ROLE_FETCH || peer->role == ROLE_PAM);
	int result;

	if (asker == NULL && !is_asked)
		log_fatal("PEER: index=%u role=%u asker=%u", peer->index,
		    peer->role, peer->asker);
	if (*fd == -1)
		log_fatal("PEER: %s", vb_strerror(VB_ENOFD));
	if (!is_asked)
		result =
		    asker_connect(&asker->asker, auth->base, peer->fence, *fd);
	else if (peer->role == ROLE_FETCH)
		result = fetch_join(&auth->fetcher, peer->fence, *fd);
	else
		result = pam_join(&auth->desk.pam, peer->fence, *fd);
	if (result < 0)
		log_fatal("PEER: %s", vb_strerror(result));
	*fd = -1;
	return 0;
}

static const struct ipc_ops master_ops = {
    .on =
	{
	    [MSG_CONF_LOGINS] = conf_on_logins,
	    [MSG_CONF_START] = conf_on_start,
	    [MSG_CONF_USERS] = conf_on_users,
	    [MSG_CONF_FETCH_HOST] = conf_on_fetch_host,
	    [MSG_CONF_FETCH_CA] = conf_on_fetch_ca,
	    [MSG_CONF_OIDC] = conf_on_oidc,
	    [MSG_CONF_GROUP] = conf_on_group,
	    [MSG_CONF_HEADER] = conf_on_header,
	    [MSG_CONF_STAMP] = conf_on_stamp,
	    [MSG_CONF_CERTIFICATE] = conf_on_certificate,
	    [MSG_CONF_CERT] = conf_on_cert,
	    [MSG_CONF_LISTENER] = conf_on_listener,
	    [MSG_CONF_CA] = conf_on_ca,
	    [MSG_CONF_PAM] = conf_on_pam,
	    [MSG_CONF_END] = conf_on_end,
	    [MSG_PEER] = on_peer,
	    [MSG_LOGINS] = operator_on_logins,
	    [MSG_EXPEL] = operator_on_expel,
	    [MSG_WHOSE] = operator_on_whose,
	    [MSG_DRAIN] = process_on_drain, /* sessions end by themselves */
	    [MSG_PROBE] = process_on_probe,
	    [MSG_COUNT] = process_on_count,
	},
    .closed = process_on_closed,
};

int
master_connect(struct auth *auth, int fd)
{
	figures_open(auth);
	auth->master =
	    process_connect(auth->base, fd, ROLE_AUTH, &master_ops, auth);
	audit_connect(auth->master);
	return auth->master == NULL ? VB_ENOMEM : 0;
}
