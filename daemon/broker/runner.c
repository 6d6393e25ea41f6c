/* SPDX-License-Identifier: ISC */
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/hook.h"
#include "daemon/broker/runner.h"

static void
disconnect(struct broker *b)
{
	struct ipc *runner = b->runner;

	b->runner = NULL;
	hook_lost(b);
	ipc_free(runner);
}

/* Once for each channel: the master makes another, or another runner. */
static void
on_closed(void *arg, int reason)
{
	struct broker *b = arg;
	struct msg_unjoined unjoined = {b->runner_fence,
	    reason == VB_EBADMSG ? UNJOINED_NONSENSE : UNJOINED_LOST,
	    ROLE_RUNNER};

	log_debug("no runner: %s", vb_strerror(reason));
	disconnect(b);
	if (b->conf->start.settings.has_hooks &&
	    ipc_send(b->master, MSG_UNJOINED, &unjoined, -1) < 0)
		log_error("master cannot be told that there is no runner");
}

static int
on_ran(void *arg, const void *body, int *fd)
{
	(void)fd;
	return hook_ran(arg, body);
}

static const struct ipc_ops runner_ops = {
    .on = {[MSG_RAN] = on_ran},
    .closed = on_closed,
};

int
runner_join(struct broker *b, uint32_t fence, int fd)
{
	disconnect(b);
	b->runner_fence = fence;
	b->runner =
	    ipc_new(b->base, fd, ROLE_BROKER, ROLE_RUNNER, &runner_ops, b);
	if (b->runner == NULL)
		return VB_ENOMEM;
	ipc_set_phase(b->runner, PHASE_RUN);
	return 0;
}
