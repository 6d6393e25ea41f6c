/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/runner/broker.h"

static void
disconnect(struct runner *r)
{
	jobs_forget_asker(&r->jobs);
	ipc_free(r->broker);
	r->broker = NULL;
}

static void
drop(struct runner *r, int reason)
{
	struct msg_dropped dropped = {0, r->broker_fence, ROLE_BROKER};

	if (reason == VB_ECLOSED)
		log_debug("broker gone");
	else if (reason == VB_ENOMEM) /* not its fault: it joins again */
		log_error("out of memory for the broker");
	else {
		log_warn("broker dropped reason=\"%s\"", vb_strerror(reason));
		if (ipc_send(r->master, MSG_DROPPED, &dropped, -1) < 0)
			log_error("master not told of the broker");
	}
	disconnect(r);
}

/* Without a broker there is nobody to tell: the next one asks again. */
static void
tell_ran(void *arg, const struct msg_ran *ran)
{
	struct runner *r = arg;
	int error;

	if (r->broker == NULL)
		return;
	if ((error = ipc_send(r->broker, MSG_RAN, ran, -1)) < 0)
		log_fatal("an answer cannot be sent: %s", vb_strerror(error));
}

static int
on_run(void *arg, const void *body, int *fd)
{
	struct runner *r = arg;

	(void)fd;
	return jobs_ask(&r->jobs, body);
}

static void
on_closed(void *arg, int reason)
{
	drop(arg, reason);
}

static const struct ipc_ops broker_ops = {
    .on = {[MSG_RUN] = on_run},
    .closed = on_closed,
};

void
broker_init(struct runner *r)
{
	r->jobs.answer = tell_ran;
	r->jobs.arg = r;
}

int
broker_join(struct runner *r, uint32_t fence, int fd)
{
	disconnect(r);
	r->broker_fence = fence;
	r->broker =
	    ipc_new(r->base, fd, ROLE_RUNNER, ROLE_BROKER, &broker_ops, r);
	if (r->broker == NULL)
		return VB_ENOMEM;
	ipc_set_phase(r->broker, PHASE_RUN);
	/* what waits is bounded by the commands that there may be */
	ipc_set_bound(r->broker, SIZE_MAX);
	ipc_serve(r->broker, IPC_ANSWERS_BYTES);
	jobs_tell_started(&r->jobs);
	return 0;
}
