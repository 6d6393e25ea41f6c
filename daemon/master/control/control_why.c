/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "common/close_code.h"
#include "common/ipc.h"
#include "daemon/master/control/control_ops.h"
#include "daemon/master/control/control_why.h"
#include "daemon/master/control/inquirer.h"

static int
answer(struct inquirer *op, enum ctl_code code, const struct msg_whyed *whyed)
{
	const struct control *control = op->control;
	struct msg_ctl_why_is said;

	memset(&said, 0, sizeof(said));
	said.proto_version = PROTO_VERSION;
	said.code = code;
	if (whyed != NULL) {
		said.whyed = *whyed;
		said.whyed.cookie = 0;
		said.has_no_logins =
		    (uint32_t)!control->ops->has_auth(control->arg);
		strlcpy(said.file, control->ops->file(control->arg),
		    sizeof(said.file));
	}
	return ipc_send(op->ipc, MSG_CTL_WHY_IS, &said, -1);
}

/* Of somebody whom auth does not know, or does not let in. */
static int
answer_nobody(struct inquirer *op, int is_locked)
{
	struct msg_whyed whyed;

	memset(&whyed, 0, sizeof(whyed));
	whyed.code = CODE_ENDED;
	strlcpy(whyed.target, op->why.target, sizeof(whyed.target));
	strlcpy(whyed.reason, "you are not logged in", sizeof(whyed.reason));
	strlcpy(whyed.why,
	    is_locked ? "that user is locked, and can't log in"
		      : "no user has that name",
	    sizeof(whyed.why));
	return answer(op, CTL_DONE, &whyed);
}

static int
ask_broker(struct inquirer *op)
{
	struct control *control = op->control;

	op->why.cookie = control_await(op, MSG_WHY);
	if (op->why.cookie != 0 &&
	    control->ops->why(control->arg, &op->why) == 0)
		return 0;
	control_answered(control, MSG_WHY, op->why.cookie);
	return answer(op, CTL_BUSY, NULL);
}

static int
ask_auth(struct inquirer *op)
{
	struct control *control = op->control;
	struct msg_whose whose;

	memset(&whose, 0, sizeof(whose));
	memcpy(whose.user, op->why.user, sizeof(whose.user));
	whose.cookie = control_await(op, MSG_WHOSE);
	if (whose.cookie != 0 && control->ops->whose(control->arg, &whose) == 0)
		return 0;
	control_answered(control, MSG_WHOSE, whose.cookie);
	return answer(op, CTL_BUSY, NULL);
}

int
control_on_why(void *arg, const void *body, int *fd)
{
	const struct msg_ctl_why *ask = body;
	struct inquirer *op = arg;
	struct control *control = op->control;

	(void)fd;
	if (op->cookie != 0)
		return VB_EBADMSG; /* one question at a time */
	if (ask->proto_version != PROTO_VERSION)
		return answer(op, CTL_FAILED, NULL);
	if (!PROTO_IS_TEXT(ask->user) || !PROTO_IS_TEXT(ask->target) ||
	    (ask->client.family != ADDR_V4 && ask->client.family != ADDR_V6))
		return VB_EBADMSG;
	memset(&op->why, 0, sizeof(op->why));
	op->why.client = ask->client;
	memcpy(op->why.user, ask->user, sizeof(op->why.user));
	memcpy(op->why.target, ask->target, sizeof(op->why.target));
	return ask->user[0] != '\0' && control->ops->has_auth(control->arg)
	    ? ask_auth(op)
	    : ask_broker(op);
}

void
control_on_groups(struct control *control, const struct msg_groups *groups)
{
	struct inquirer *op =
	    control_answered(control, MSG_WHOSE, groups->cookie);
	int result;

	if (op == NULL)
		return;
	if (groups->state != GROUPS_ARE) {
		result = answer_nobody(op, groups->state == GROUPS_LOCKED);
	} else {
		memcpy(op->why.groups, groups->groups, sizeof(op->why.groups));
		result = ask_broker(op);
	}
	if (result < 0)
		control_free_inquirer(op);
}

void
control_on_whyed(struct control *control, const struct msg_whyed *whyed)
{
	struct inquirer *op = control_answered(control, MSG_WHY, whyed->cookie);

	if (op != NULL && answer(op, CTL_DONE, whyed) < 0)
		control_free_inquirer(op);
}

void
control_why_lost(struct control *control, enum proto_role role)
{
	enum msg_type awaited = role == ROLE_AUTH ? MSG_WHOSE : MSG_WHY;
	struct inquirer *op, *next;

	TAILQ_FOREACH_SAFE (op, &control->inquirers, entry, next) {
		if (op->cookie == 0 || op->awaits != awaited)
			continue;
		op->cookie = 0;
		if (answer(op, CTL_BUSY, NULL) < 0)
			control_free_inquirer(op);
	}
}
