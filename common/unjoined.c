/* SPDX-License-Identifier: ISC */
#include "common/ipc.h"
#include "common/log.h"
#include "common/unjoined.h"

void
unjoined_tell(struct ipc *master, const struct unjoined *who, uint32_t reason)
{
	struct msg_unjoined unjoined = {who->fence, reason, who->role};

	/* a PEER without its descriptor comes before the old channel's end */
	if (*who->told == who->fence)
		return;
	if (ipc_send(master, MSG_UNJOINED, &unjoined, -1) < 0)
		log_error("master cannot be told that there is no %s",
		    proto_role_name((enum proto_role)who->role));
	else
		*who->told = who->fence;
}
