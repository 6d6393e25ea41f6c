/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/ipc.h"
#include "daemon/master/control/control_logins.h"
#include "daemon/master/control/control_ops.h"
#include "daemon/master/control/inquirer.h"

/* Nobody logs in here, or auth is just being replaced: ask again. */
static enum ctl_code
why_not(const struct inquirer *op)
{
	return op->control->ops->has_auth(op->control->arg) ? CTL_BUSY
							    : CTL_FAILED;
}

static int
refuse_logins(struct inquirer *op, enum ctl_code code)
{
	struct msg_ctl_logins_are answer;

	memset(&answer, 0, sizeof(answer));
	answer.proto_version = PROTO_VERSION;
	answer.code = code;
	return ipc_send(op->ipc, MSG_CTL_LOGINS_ARE, &answer, -1);
}

static int
refuse_logout(struct inquirer *op, enum ctl_code code)
{
	struct msg_ctl_logged_out answer = {PROTO_VERSION, code, 0};

	return ipc_send(op->ipc, MSG_CTL_LOGGED_OUT, &answer, -1);
}

int
control_on_logins(void *arg, const void *body, int *fd)
{
	const struct msg_ctl_logins *ask = body;
	struct inquirer *op = arg;
	struct control *control = op->control;
	struct msg_logins logins = {.after_id = ask->after_id};

	(void)fd;
	if (op->cookie != 0)
		return VB_EBADMSG; /* one question at a time */
	if (ask->proto_version != PROTO_VERSION)
		return refuse_logins(op, CTL_FAILED);
	logins.cookie = control_await(op, MSG_CTL_LOGINS);
	if (logins.cookie != 0 &&
	    control->ops->logins(control->arg, &logins) == 0)
		return 0;
	control_answered(control, MSG_CTL_LOGINS, logins.cookie);
	return refuse_logins(op, why_not(op));
}

int
control_on_logout(void *arg, const void *body, int *fd)
{
	const struct msg_ctl_logout *ask = body;
	struct inquirer *op = arg;
	struct control *control = op->control;
	struct msg_expel expel;

	(void)fd;
	if (op->cookie != 0 || !PROTO_IS_TEXT(ask->user))
		return VB_EBADMSG;
	if (!op->may_change)
		return refuse_logout(op, CTL_FORBIDDEN);
	if (ask->proto_version != PROTO_VERSION)
		return refuse_logout(op, CTL_FAILED);
	memset(&expel, 0, sizeof(expel));
	memcpy(expel.user, ask->user, sizeof(expel.user));
	expel.cookie = control_await(op, MSG_CTL_LOGOUT);
	if (expel.cookie != 0 && control->ops->expel(control->arg, &expel) == 0)
		return 0;
	control_answered(control, MSG_CTL_LOGOUT, expel.cookie);
	return refuse_logout(op, why_not(op));
}

void
control_on_logins_are(struct control *control, const struct msg_logins_are *are)
{
	struct inquirer *op =
	    control_answered(control, MSG_CTL_LOGINS, are->cookie);
	struct msg_ctl_logins_are answer;

	if (op == NULL)
		return;
	memset(&answer, 0, sizeof(answer));
	answer.proto_version = PROTO_VERSION;
	answer.code = CTL_DONE;
	answer.logins = *are;
	if (ipc_send(op->ipc, MSG_CTL_LOGINS_ARE, &answer, -1) < 0)
		control_free_inquirer(op);
}

void
control_on_expelled(
    struct control *control, const struct msg_expelled *expelled)
{
	struct inquirer *op =
	    control_answered(control, MSG_CTL_LOGOUT, expelled->cookie);
	struct msg_ctl_logged_out answer = {
	    PROTO_VERSION, CTL_DONE, expelled->count};

	if (op != NULL &&
	    ipc_send(op->ipc, MSG_CTL_LOGGED_OUT, &answer, -1) < 0)
		control_free_inquirer(op);
}

void
control_on_auth_lost(struct control *control)
{
	struct inquirer *op, *next;
	int result;

	TAILQ_FOREACH_SAFE (op, &control->inquirers, entry, next) {
		if (op->cookie == 0 ||
		    (op->awaits != MSG_CTL_LOGINS &&
			op->awaits != MSG_CTL_LOGOUT))
			continue;
		result = op->awaits == MSG_CTL_LOGINS
		    ? refuse_logins(op, CTL_BUSY)
		    : refuse_logout(op, CTL_BUSY);
		op->cookie = 0;
		if (result < 0)
			control_free_inquirer(op);
	}
}
