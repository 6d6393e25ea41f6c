/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/control/control.h"
#include "daemon/master/control/control_logins.h"
#include "daemon/master/control/control_metrics.h"
#include "daemon/master/control/control_orders.h"
#include "daemon/master/control/control_reload.h"
#include "daemon/master/control/control_why.h"
#include "daemon/master/control/inquirer.h"

#define PAUSE_MS     500
#define LAST_WORD_MS 100 /* for an answer to leave before the end */

static void
on_closed(void *arg, int reason)
{
	if (reason != VB_ECLOSED)
		log_warn("control: %s", vb_strerror(reason));
	control_free_inquirer(arg);
}

static int
on_ctl_status(void *arg, const void *body, int *fd)
{
	struct inquirer *op = arg;
	struct msg_ctl_status_is status;

	(void)body;
	(void)fd;
	memset(&status, 0, sizeof(status));
	status.proto_version = PROTO_VERSION;
	op->control->ops->fill_status(op->control->arg, &status);
	return ipc_send(op->ipc, MSG_CTL_STATUS_IS, &status, -1);
}

static int
on_ctl_certs(void *arg, const void *body, int *fd)
{
	const struct msg_ctl_certs *ask = body;
	struct inquirer *op = arg;
	struct msg_ctl_certs_are answer;

	(void)fd;
	memset(&answer, 0, sizeof(answer));
	answer.proto_version = PROTO_VERSION;
	op->control->ops->fill_certs(op->control->arg, ask->first, &answer);
	return ipc_send(op->ipc, MSG_CTL_CERTS_ARE, &answer, -1);
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
	list.after_conn_id = ask->after_conn_id;
	list.after_worker = ask->after_worker;
	if (ask->proto_version != PROTO_VERSION ||
	    (list.cookie = control_await(op, MSG_CTL_SESSIONS)) == 0)
		return answer_unavailable(op);
	if (control->ops->list(control->arg, &list) == 0)
		return 0;
	control_answered(control, MSG_CTL_SESSIONS, list.cookie);
	return answer_unavailable(op);
}

static int
on_ctl_stop(void *arg, const void *body, int *fd)
{
	const struct msg_ctl_stop *ask = body;
	struct inquirer *op = arg;
	struct control *control = op->control;
	struct msg_ctl_stopping answer;
	int result;

	(void)fd;
	/* the stop would answer its reload, and perhaps free op */
	if (ask->is_now > 1 || control->reloader == op)
		return VB_EBADMSG;
	memset(&answer, 0, sizeof(answer));
	answer.proto_version = PROTO_VERSION;
	answer.code = CTL_FORBIDDEN;
	if (op->may_change) {
		answer.code = CTL_DONE;
		answer.timeout_sec =
		    control->ops->stop(control->arg, (int)ask->is_now);
	}
	result = ipc_send(op->ipc, MSG_CTL_STOPPING, &answer, -1);
	if (result == 0 && answer.code == CTL_DONE)
		result = ipc_flush(op->ipc, LAST_WORD_MS);
	return result;
}

/* A newer vncbridgectl, perhaps: it can report more than our silence. */
static int
on_unknown(void *arg, uint32_t type)
{
	struct inquirer *op = arg;
	struct msg_ctl_unknown answer;

	memset(&answer, 0, sizeof(answer));
	answer.proto_version = PROTO_VERSION;
	answer.type = type;
	strlcpy(answer.version, PACKAGE_VERSION, sizeof(answer.version));
	return ipc_send(op->ipc, MSG_CTL_UNKNOWN, &answer, -1);
}

static const struct ipc_ops inquirer_ops = {
    .unknown = on_unknown,
    .on =
	{
	    [MSG_CTL_STATUS] = on_ctl_status,
	    [MSG_CTL_SESSIONS] = on_ctl_sessions,
	    [MSG_CTL_CERTS] = on_ctl_certs,
	    [MSG_CTL_REREAD] = control_on_reread,
	    [MSG_CTL_RELOAD] = control_on_reload,
	    [MSG_CTL_RELOAD_TEXT] = control_on_reload_text,
	    [MSG_CTL_RELOAD_LISTENER] = control_on_reload_listener,
	    [MSG_CTL_RELOAD_PAGES] = control_on_reload_pages,
	    [MSG_CTL_RELOAD_FILE] = control_on_reload_file,
	    [MSG_CTL_RELOAD_AUDIT] = control_on_reload_audit,
	    [MSG_CTL_RELOAD_END] = control_on_reload_end,
	    [MSG_CTL_STOP] = on_ctl_stop,
	    [MSG_CTL_LOGINS] = control_on_logins,
	    [MSG_CTL_LOGOUT] = control_on_logout,
	    [MSG_CTL_WHY] = control_on_why,
	    [MSG_CTL_METRICS] = control_on_ctl_metrics,
	    [MSG_CTL_ORDER] = control_on_order,
	    [MSG_CTL_TARGETS] = control_on_targets,
	},
    .closed = on_closed,
};

/* Among the groups that the other end had when it connected. */
static int
is_in_group(int fd, const struct ucred *cred, gid_t group)
{
	socklen_t len = 0;
	gid_t *groups;
	size_t i;
	int found = cred->gid == group;

	if (found || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0)
		return found;
	if (errno != ERANGE || (groups = malloc(len)) == NULL)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0)
		for (i = 0; i < len / sizeof(*groups) && !found; i++)
			found = groups[i] == group;
	free(groups);
	return found;
}

/*
 * The socket's mode says it already; this is for when someone changes the mode.
 * Returns whether the other end may ask; *may_change is more, *uid is who.
 */
static int
may_ask(const struct control *control, int fd, uint8_t *may_change, uid_t *uid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return 0;
	*uid = cred.uid;
	*may_change = cred.uid == 0 || cred.uid == geteuid();
	if (*may_change ||
	    (control->group != CONTROL_NO_GROUP &&
		is_in_group(fd, &cred, control->group)))
		return 1;
	log_warn("control: refused uid=%u pid=%d", (unsigned)cred.uid,
	    (int)cred.pid);
	return 0;
}

/*
 * Members of control-group may keep all places for as long as they like, but
 * not from those who may change something. Returns whether there is one.
 */
static int
make_room(struct control *control, int may_change)
{
	struct inquirer *op;

	if (control->count < INQUIRERS_MAX)
		return 1;
	if (!may_change)
		return 0;
	TAILQ_FOREACH (op, &control->inquirers, entry)
		if (!op->may_change) {
			control_free_inquirer(op);
			return 1;
		}
	return 0;
}

static void
on_inquirer_cb(evutil_socket_t sock, short what, void *arg)
{
	struct control *control = arg;
	struct timeval pause = {.tv_usec = PAUSE_MS * 1000};
	struct inquirer *op;
	uint8_t may_change;
	uid_t uid;
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
	if (!may_ask(control, fd, &may_change, &uid) ||
	    !make_room(control, may_change) ||
	    (op = calloc(1, sizeof(*op))) == NULL) {
		close(fd);
		return;
	}
	op->control = control;
	op->may_change = may_change;
	op->uid = uid;
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
control_new(struct event_base *base, int fd, gid_t group,
    const struct control_ops *ops, void *arg)
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
	control->group = group;
	TAILQ_INIT(&control->inquirers);
	if (event_assign(&control->accept_ev, base, fd, EV_READ | EV_PERSIST,
		on_inquirer_cb, control) == -1 ||
	    event_assign(&control->pause_ev, base, -1, 0, on_pause_over_cb,
		control) == -1 ||
	    event_assign(&control->deadline_ev, base, -1, 0,
		control_on_deadline_cb, control) == -1 ||
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
		control_free_inquirer(TAILQ_FIRST(&control->inquirers));
	event_del(&control->accept_ev);
	event_del(&control->pause_ev);
	event_del(&control->deadline_ev);
	close(control->fd);
	free(control);
}

void
control_on_listed(struct control *control, const struct msg_listed *listed)
{
	struct msg_ctl_sessions_are answer;
	struct inquirer *op =
	    control_answered(control, MSG_CTL_SESSIONS, listed->cookie);

	if (op == NULL)
		return;
	memset(&answer, 0, sizeof(answer));
	answer.proto_version = PROTO_VERSION;
	answer.listed = *listed;
	if (ipc_send(op->ipc, MSG_CTL_SESSIONS_ARE, &answer, -1) < 0)
		control_free_inquirer(op);
}

static void
on_broker_lost(struct control *control)
{
	struct inquirer *op, *next;

	TAILQ_FOREACH_SAFE (op, &control->inquirers, entry, next)
		if (op->cookie != 0 && op->awaits == MSG_CTL_SESSIONS &&
		    answer_unavailable(op) < 0)
			control_free_inquirer(op);
	control_orders_lost(control);
}

/* Which answers were owed by it and which not is not counted apart. */
void
control_on_lost(struct control *control, enum proto_role role)
{
	if (role != ROLE_BROKER && role != ROLE_AUTH)
		return;
	control->owed = 0;
	if (role == ROLE_BROKER)
		on_broker_lost(control);
	else
		control_on_auth_lost(control);
	control_why_lost(control, role);
}
