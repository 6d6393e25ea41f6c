/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <string.h>

#include "daemon/master/control/control_metrics.h"
#include "daemon/master/control/control_ops.h"
#include "daemon/master/control/inquirer.h"

static int
answer(struct inquirer *op, int fd, uint64_t size_bytes)
{
	struct msg_ctl_metrics_are are;
	int copy = fd == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);

	memset(&are, 0, sizeof(are));
	are.proto_version = PROTO_VERSION;
	are.code = copy == -1 ? CTL_BUSY : CTL_DONE;
	are.size_bytes = copy == -1 ? 0 : size_bytes;
	return ipc_send(op->ipc, MSG_CTL_METRICS_ARE, &are, copy);
}

int
control_on_ctl_metrics(void *arg, const void *body, int *fd)
{
	const struct msg_ctl_metrics *ask = body;
	struct inquirer *op = arg;
	struct control *control = op->control;

	(void)fd;
	if (op->cookie != 0)
		return VB_EBADMSG; /* one question at a time */
	if (ask->proto_version != PROTO_VERSION)
		return answer(op, -1, 0);
	op->cookie = ++control->last_cookie;
	op->awaits = MSG_CTL_METRICS;
	control->ops->metrics(control->arg);
	return 0;
}

void
control_on_metrics(struct control *control, int fd, uint64_t size_bytes)
{
	struct inquirer *op, *next;

	TAILQ_FOREACH_SAFE (op, &control->inquirers, entry, next) {
		if (op->cookie == 0 || op->awaits != MSG_CTL_METRICS)
			continue;
		op->cookie = 0;
		if (answer(op, fd, size_bytes) < 0)
			control_free_inquirer(op);
	}
}
