/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "daemon/broker/expel.h"
#include "daemon/broker/journal.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/pending.h"

int
session_expel(struct broker *b, struct session *s, uint32_t code,
    const char *reason, const char *why)
{
	struct peer *peer = &b->peers[s->worker];
	struct msg_end end;
	int error;

	if (s->is_expelled)
		return 1;
	s->end_code = (uint16_t)code;
	if (s->is_orphan) { /* it ends, or says HELD, and is ended then */
		s->is_expelled = 1;
		return 1;
	}
	if (s->request != NULL) {
		journal_refused(s, "target=\"%s\" why=\"%s\"",
		    s->target == NULL ? "" : s->target, why);
		request_refuse(s->request, code, NULL, "%s", reason);
		return peer->ipc != NULL;
	}
	journal_revoked(s, why);
	memset(&end, 0, sizeof(end));
	end.conn_id = s->conn_id;
	end.code = code;
	strlcpy(end.reason, reason, sizeof(end.reason));
	s->is_expelled = 1;
	if ((error = ipc_send(peer->ipc, MSG_END, &end, -1)) == 0)
		return 1;
	peer_drop(peer, error);
	return 0;
}
