/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/keeper/keeper.h"
#include "daemon/keeper/worker.h"

void
workers_init(struct keeper *k)
{
	uint32_t i;

	for (i = 0; i < WORKERS_MAX; i++) {
		k->workers[i].keeper = k;
		k->workers[i].index = i;
	}
}

static void
disconnect(struct worker *w)
{
	ipc_free(w->ipc);
	w->ipc = NULL;
}

/* A worker that can't be trusted, or does not read: the master ends it. */
static void
tell_master(const struct worker *w)
{
	struct msg_dropped dropped = {w->index, w->fence};
	int error = ipc_send(w->keeper->master, MSG_DROPPED, &dropped, -1);

	if (error < 0)
		log_error("master not told index=%u error=\"%s\"", w->index,
		    vb_strerror(error));
}

static void
drop(struct worker *w, int reason)
{
	if (reason == VB_ECLOSED)
		log_debug("worker gone index=%u", w->index);
	else {
		log_warn("worker dropped index=%u reason=\"%s\"", w->index,
		    vb_strerror(reason));
		tell_master(w);
	}
	disconnect(w);
}

static void
on_closed_channel(void *arg, int reason)
{
	drop(arg, reason);
}

static void
answer(struct worker *w, const struct msg_signature *signature)
{
	int error = ipc_send(w->ipc, MSG_SIGNED, signature, -1);

	if (error < 0)
		drop(w, error);
}

static int
on_sign(void *arg, const void *body, int *fd)
{
	const struct msg_sign *sign = body;
	struct worker *w = arg;
	struct msg_signature refused;

	(void)fd;
	if (sign->length > SIGN_CONTENT_MAX)
		return VB_EBADMSG;
	memset(&refused, 0, sizeof(refused));
	refused.id = sign->id;
	refused.code = SIGNED_NO_KEY;
	answer(w, &refused);
	return 0;
}

static const struct ipc_ops worker_ops = {
    .on =
	{
	    [MSG_SIGN] = on_sign,
	},
    .closed = on_closed_channel,
};

int
worker_connect(struct worker *w, uint32_t fence, int fd)
{
	disconnect(w);
	w->fence = fence;
	w->ipc = ipc_new(
	    w->keeper->base, fd, ROLE_KEEPER, ROLE_WORKER, &worker_ops, w);
	if (w->ipc == NULL)
		return VB_ENOMEM;
	ipc_set_phase(w->ipc, PHASE_RUN);
	return 0;
}
