/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "daemon/auth/peer.h"

void
peer_init(struct peer *peer, struct auth *auth, struct ipc *const *master,
    enum proto_role role, uint32_t index, const struct ipc_ops *ops)
{
	memset(peer, 0, sizeof(*peer));
	peer->auth = auth;
	peer->asker.self = ROLE_AUTH;
	peer->asker.role = role;
	peer->asker.index = index;
	peer->asker.has_index = 1;
	peer->asker.master = master;
	peer->asker.ops = ops;
	peer->asker.arg = peer;
}

void
peer_on_closed(void *arg, int reason)
{
	struct peer *peer = arg;

	asker_drop(&peer->asker, reason);
}

int
peer_tell(struct peer *peer, enum msg_type type, const void *body)
{
	int error;

	if (peer->asker.ipc == NULL)
		return 0;
	if ((error = ipc_send(peer->asker.ipc, type, body, -1)) == 0)
		return 1;
	asker_drop(&peer->asker, error);
	return 0;
}
