/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "common/asker.h"
#include "common/ipc.h"
#include "common/log.h"

#define WHICH_MAX 32 /* " index=" and a number */

static const char *
which(const struct asker *asker, char out[WHICH_MAX])
{
	out[0] = '\0';
	if (asker->has_index)
		snprintf(out, WHICH_MAX, " index=%u", asker->index);
	return out;
}

static void
disconnect(struct asker *asker)
{
	ipc_free(asker->ipc);
	asker->ipc = NULL;
}

/* One that can't be trusted: the master ends it. */
static void
tell_master(const struct asker *asker)
{
	struct msg_dropped dropped = {
	    asker->index, asker->fence, (uint32_t)asker->role};
	int error = ipc_send(*asker->master, MSG_DROPPED, &dropped, -1);
	char text[WHICH_MAX];

	if (error < 0)
		log_error("master not told of %s%s error=\"%s\"",
		    proto_role_name(asker->role), which(asker, text),
		    vb_strerror(error));
}

void
asker_drop(struct asker *asker, int reason)
{
	const char *name = proto_role_name(asker->role);
	char text[WHICH_MAX];

	if (reason == VB_ECLOSED)
		log_debug("%s gone%s", name, which(asker, text));
	else if (reason == VB_ENOMEM) /* not its fault: it joins again */
		log_error("out of memory for %s%s", name, which(asker, text));
	else {
		log_warn("%s dropped%s reason=\"%s\"", name, which(asker, text),
		    vb_strerror(reason));
		tell_master(asker);
	}
	disconnect(asker);
}

int
asker_connect(
    struct asker *asker, struct event_base *base, uint32_t fence, int fd)
{
	disconnect(asker);
	asker->fence = fence;
	asker->ipc =
	    ipc_new(base, fd, asker->self, asker->role, asker->ops, asker->arg);
	if (asker->ipc == NULL)
		return VB_ENOMEM;
	ipc_set_phase(asker->ipc, PHASE_RUN);
	/* what waits is bounded by what its owner takes */
	ipc_serve(asker->ipc, IPC_ANSWERS_BYTES);
	return 0;
}

void
asker_join(struct asker *asker, struct event_base *base,
    const struct msg_peer *peer, int *fd)
{
	int result;

	if (peer->role != (uint32_t)asker->self ||
	    peer->asker != (uint32_t)asker->role || peer->index != asker->index)
		log_fatal("PEER: index=%u role=%u asker=%u", peer->index,
		    peer->role, peer->asker);
	if (*fd == -1)
		log_fatal("PEER: %s", vb_strerror(VB_ENOFD));
	if ((result = asker_connect(asker, base, peer->fence, *fd)) < 0)
		log_fatal("PEER: %s", vb_strerror(result));
	*fd = -1;
}
