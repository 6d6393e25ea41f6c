/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/broker/broker.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/say.h"

/*
 * A worker that can't be told is dropped when it is next spoken to: who calls
 * this may be in the middle of a list of sessions.
 */
void
say_to(struct session *s, struct msg_tell *tell)
{
	struct peer *peer = &s->broker->peers[s->worker];
	int error;

	/* one that reads nothing has what it has */
	if (peer->ipc == NULL || (!s->can_wait && !tell->is_waiting) ||
	    ipc_queued_bytes(peer->ipc) > IPC_QUEUE_BYTES)
		return;
	tell->conn_id = s->conn_id;
	if ((error = ipc_send(peer->ipc, MSG_TELL, tell, -1)) < 0)
		log_warn("worker not told index=%u error=\"%s\"", peer->index,
		    vb_strerror(error));
}

void
say_starting(struct session *s, const char *text)
{
	struct msg_tell tell;

	memset(&tell, 0, sizeof(tell));
	tell.kind = TELL_STARTING;
	strlcpy(tell.text, text, sizeof(tell.text));
	say_to(s, &tell);
}
