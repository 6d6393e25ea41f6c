/* SPDX-License-Identifier: ISC */
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/control.h"

#define INQUIRERS_MAX 16
#define PAUSE_MS      500

struct inquirer {
	TAILQ_ENTRY(inquirer) entry;
	struct control *control;
	struct ipc *ipc;
	uint64_t cookie; /* of the LIST that waits, 0: none */
};

struct control {
	const struct control_ops *ops;
	void *arg;
	struct event_base *base;
	struct event accept_ev;
	struct event pause_ev; /* accept is tried again */
	int fd;
	unsigned count;
	uint64_t last_cookie;
	TAILQ_HEAD(inquirers, inquirer) inquirers;
};

static void
free_inquirer(struct inquirer *op)
{
	TAILQ_REMOVE(&op->control->inquirers, op, entry);
	op->control->count--;
	ipc_free(op->ipc);
	free(op);
}

static void
on_closed(void *arg, int reason)
{
	if (reason != VB_ECLOSED)
		log_warn("control: %s", vb_strerror(reason));
	free_inquirer(arg);
}

static int
on_ctl_status(void *arg, const void *body, int *fd)
{
	const struct msg_ctl_status *ask = body;
	struct inquirer *op = arg;
	struct msg_ctl_status_is status;

	(void)fd;
	memset(&status, 0, sizeof(status));
	status.proto_version = PROTO_VERSION;
	if (ask->proto_version == PROTO_VERSION)
		op->control->ops->fill_status(op->control->arg, &status);
	return ipc_send(op->ipc, MSG_CTL_STATUS_IS, &status, -1);
}

static int
answer_unavailable(struct inquirer *op)
{
	struct msg_ctl_sessions_are answer;

	op->cookie = 0;
	memset(&answer, 0, sizeof(answer));
	answer.proto_version = PROTO_VERSION;
	answer.is_unavailable = 1;
	return ipc_send(op->ipc, MSG_CTL_SESSIONS_ARE, &answer, -1);
}

static int
on_ctl_sessions(void *arg, const void *body, int *fd)
{
	const struct msg_ctl_sessions *ask = body;
	struct inquirer *op = arg;
	struct control *control = op->control;
	struct msg_list list;

	(void)fd;
	if (op->cookie != 0)
		return VB_EBADMSG; /* one question at a time */
	memset(&list, 0, sizeof(list));
	list.cookie = ++control->last_cookie;
	list.after_conn_id = ask->after_conn_id;
	if (ask->proto_version != PROTO_VERSION ||
	    control->ops->list(control->arg, &list) < 0)
		return answer_unavailable(op);
	op->cookie = list.cookie;
	return 0;
}

static const struct ipc_ops inquirer_ops = {
    .on =
	{
	    [MSG_CTL_STATUS] = on_ctl_status,
	    [MSG_CTL_SESSIONS] = on_ctl_sessions,
	},
    .closed = on_closed,
};

/* Mode 0600 says it already; this holds if somebody changes the mode. */
static int
may_ask(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return 0;
	if (cred.uid == 0 || cred.uid == geteuid())
		return 1;
	log_warn("control: refused uid=%u pid=%d", (unsigned)cred.uid,
	    (int)cred.pid);
	return 0;
}

static void
on_inquirer_cb(evutil_socket_t sock, short what, void *arg)
{
	struct control *control = arg;
	struct timeval pause = {.tv_usec = PAUSE_MS * 1000};
	struct inquirer *op;
	int fd;

	(void)what;
	fd = accept4(sock, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1) {
		/* out of descriptors: spinning would not bring any */
		if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED) {
			event_del(&control->accept_ev);
			event_add(&control->pause_ev, &pause);
		}
		return;
	}
	if (control->count >= INQUIRERS_MAX || !may_ask(fd) ||
	    (op = calloc(1, sizeof(*op))) == NULL) {
		close(fd);
		return;
	}
	op->control = control;
	op->ipc = ipc_new(
	    control->base, fd, ROLE_MASTER, ROLE_CTL, &inquirer_ops, op);
	if (op->ipc == NULL) {
		free(op);
		return;
	}
	ipc_set_phase(op->ipc, PHASE_RUN);
	TAILQ_INSERT_TAIL(&control->inquirers, op, entry);
	control->count++;
}

static void
on_pause_over_cb(evutil_socket_t fd, short what, void *arg)
{
	struct control *control = arg;

	(void)fd;
	(void)what;
	event_add(&control->accept_ev, NULL);
}

struct control *
control_new(
    struct event_base *base, int fd, const struct control_ops *ops, void *arg)
{
	struct control *control;

	if ((control = calloc(1, sizeof(*control))) == NULL) {
		close(fd);
		return NULL;
	}
	control->ops = ops;
	control->arg = arg;
	control->base = base;
	control->fd = fd;
	TAILQ_INIT(&control->inquirers);
	if (event_assign(&control->accept_ev, base, fd, EV_READ | EV_PERSIST,
		on_inquirer_cb, control) == -1 ||
	    event_assign(&control->pause_ev, base, -1, 0, on_pause_over_cb,
		control) == -1 ||
	    event_add(&control->accept_ev, NULL) == -1) {
		close(fd);
		free(control);
		return NULL;
	}
	return control;
}

void
control_free(struct control *control)
{
	if (control == NULL)
		return;
	while (!TAILQ_EMPTY(&control->inquirers))
		free_inquirer(TAILQ_FIRST(&control->inquirers));
	event_del(&control->accept_ev);
	event_del(&control->pause_ev);
	close(control->fd);
	free(control);
}

void
control_on_listed(struct control *control, const struct msg_listed *listed)
{
	struct msg_ctl_sessions_are answer;
	struct inquirer *op;

	TAILQ_FOREACH (op, &control->inquirers, entry)
		if (op->cookie == listed->cookie)
			break;
	if (op == NULL || listed->cookie == 0)
		return; /* vncbridgectl has gone meanwhile */
	op->cookie = 0;
	memset(&answer, 0, sizeof(answer));
	answer.proto_version = PROTO_VERSION;
	answer.listed = *listed;
	if (ipc_send(op->ipc, MSG_CTL_SESSIONS_ARE, &answer, -1) < 0)
		free_inquirer(op);
}

void
control_on_broker_lost(struct control *control)
{
	struct inquirer *op, *next;

	TAILQ_FOREACH_SAFE (op, &control->inquirers, entry, next)
		if (op->cookie != 0 && answer_unavailable(op) < 0)
			free_inquirer(op);
}
