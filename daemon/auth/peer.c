/* SPDX-License-Identifier: ISC */
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/auth/peer.h"

void
peer_init(struct peer *peer, struct auth *auth, struct ipc *const *master,
    enum proto_role role, uint32_t index, const struct ipc_ops *ops)
{
	peer->auth = auth;
	peer->master = master;
	peer->role = role;
	peer->index = index;
	peer->ops = ops;
	peer->ipc = NULL;
	peer->fence = 0;
}

static void
disconnect(struct peer *peer)
{
	ipc_free(peer->ipc);
	peer->ipc = NULL;
}

/* One that can't be trusted: the master ends it. */
static void
tell_master(const struct peer *peer)
{
	struct msg_dropped dropped = {
	    peer->index, peer->fence, (uint32_t)peer->role};
	int error = ipc_send(*peer->master, MSG_DROPPED, &dropped, -1);

	if (error < 0)
		log_error("master not told of %s index=%u error=\"%s\"",
		    proto_role_name(peer->role), peer->index,
		    vb_strerror(error));
}

void
peer_drop(struct peer *peer, int reason)
{
	const char *name = proto_role_name(peer->role);

	if (reason == VB_ECLOSED)
		log_debug("%s gone index=%u", name, peer->index);
	else if (reason == VB_ENOMEM) /* not its fault: it joins again */
		log_error("out of memory for %s index=%u", name, peer->index);
	else {
		log_warn("%s dropped index=%u reason=\"%s\"", name, peer->index,
		    vb_strerror(reason));
		tell_master(peer);
	}
	disconnect(peer);
}

int
peer_connect(struct peer *peer, struct event_base *base, uint32_t fence, int fd)
{
	disconnect(peer);
	peer->fence = fence;
	peer->ipc = ipc_new(base, fd, ROLE_AUTH, peer->role, peer->ops, peer);
	if (peer->ipc == NULL)
		return VB_ENOMEM;
	ipc_set_phase(peer->ipc, PHASE_RUN);
	ipc_serve(peer->ipc, IPC_ANSWERS_BYTES);
	return 0;
}

int
peer_tell(struct peer *peer, enum msg_type type, const void *body)
{
	int error;

	if (peer->ipc == NULL)
		return 0;
	if ((error = ipc_send(peer->ipc, type, body, -1)) == 0)
		return 1;
	peer_drop(peer, error);
	return 0;
}
