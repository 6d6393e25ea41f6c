/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/utf8.h"
#include "daemon/master/control/control_ops.h"
#include "daemon/master/control/control_orders.h"
#include "daemon/master/control/inquirer.h"

#define WORD_MAX    300 /* in a line of the log */
#define CONTROL_END 0x20
#define DELETE	    0x7f

static const char *const kinds[ORDER_COUNT] = {
    [ORDER_KICK] = "kick",
    [ORDER_LOCK] = "lock",
    [ORDER_UNLOCK] = "unlock",
    [ORDER_MESSAGE] = "message",
    [ORDER_REFUSE] = "refuse",
    [ORDER_ADMIT] = "admit",
};

static int
answer_order(
    struct inquirer *op, enum ctl_code code, const struct msg_ordered *ordered)
{
	struct msg_ctl_ordered said;

	memset(&said, 0, sizeof(said));
	said.proto_version = PROTO_VERSION;
	said.code = code;
	if (ordered != NULL)
		said.ordered = *ordered;
	said.ordered.cookie = 0;
	return ipc_send(op->ipc, MSG_CTL_ORDERED, &said, -1);
}

static int
answer_targets(struct inquirer *op, enum ctl_code code,
    const struct msg_targets_are *targets)
{
	struct msg_ctl_targets_are said;

	memset(&said, 0, sizeof(said));
	said.proto_version = PROTO_VERSION;
	said.code = code;
	if (targets != NULL)
		said.targets = *targets;
	said.targets.cookie = 0;
	return ipc_send(op->ipc, MSG_CTL_TARGETS_ARE, &said, -1);
}

/*
 * Words for a page, whose WebSocket ends over what is no UTF-8; and what is no
 * word would only be in the way there.
 */
static int
is_plain(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n;

	for (; *p != '\0'; p += n)
		if (*p < CONTROL_END || *p == DELETE ||
		    (n = utf8_length(p)) == 0)
			return 0;
	return 1;
}

static int
is_order(const struct msg_order *order)
{
	return order->kind != 0 && order->kind < ORDER_COUNT &&
	    order->scopes <= ORDER_SCOPES && PROTO_IS_TEXT(order->what) &&
	    PROTO_IS_TEXT(order->text) && is_plain(order->text);
}

/* Who it was is to be found later, whatever becomes of it. */
static void
note(const struct inquirer *op, const struct msg_order *order)
{
	char what[WORD_MAX], text[WORD_MAX];

	log_info("order kind=%s what=\"%s\" text=\"%s\" uid=%u",
	    kinds[order->kind],
	    log_escape(order->what, strlen(order->what), what, sizeof(what)),
	    log_escape(order->text, strlen(order->text), text, sizeof(text)),
	    (unsigned)op->uid);
}

int
control_on_order(void *arg, const void *body, int *fd)
{
	const struct msg_ctl_order *ask = body;
	struct inquirer *op = arg;
	struct control *control = op->control;
	struct msg_order order;

	(void)fd;
	if (op->cookie != 0)
		return VB_EBADMSG; /* one question at a time */
	if (!op->may_change)
		return answer_order(op, CTL_FORBIDDEN, NULL);
	if (ask->proto_version != PROTO_VERSION)
		return answer_order(op, CTL_FAILED, NULL);
	if (!is_order(&ask->order))
		return VB_EBADMSG;
	order = ask->order;
	order.cookie = control_await(op, MSG_CTL_ORDER);
	if (order.cookie != 0 &&
	    control->ops->order(control->arg, &order) == 0) {
		note(op, &order);
		return 0;
	}
	control_answered(control, MSG_CTL_ORDER, order.cookie);
	return answer_order(op, CTL_BUSY, NULL);
}

int
control_on_targets(void *arg, const void *body, int *fd)
{
	const struct msg_ctl_targets *ask = body;
	struct inquirer *op = arg;
	struct control *control = op->control;
	struct msg_targets targets;

	(void)fd;
	if (op->cookie != 0)
		return VB_EBADMSG; /* one question at a time */
	if (ask->proto_version != PROTO_VERSION)
		return answer_targets(op, CTL_FAILED, NULL);
	memset(&targets, 0, sizeof(targets));
	targets.first = ask->first;
	targets.cookie = control_await(op, MSG_CTL_TARGETS);
	if (targets.cookie != 0 &&
	    control->ops->targets(control->arg, &targets) == 0)
		return 0;
	control_answered(control, MSG_CTL_TARGETS, targets.cookie);
	return answer_targets(op, CTL_BUSY, NULL);
}

void
control_on_ordered(struct control *control, const struct msg_ordered *ordered)
{
	struct inquirer *op =
	    control_answered(control, MSG_CTL_ORDER, ordered->cookie);

	if (op == NULL)
		return;
	log_info("ordered code=%u count=%u left=%u uid=%u", ordered->code,
	    ordered->count, ordered->left, (unsigned)op->uid);
	if (answer_order(op, CTL_DONE, ordered) < 0)
		control_free_inquirer(op);
}

void
control_on_targets_are(
    struct control *control, const struct msg_targets_are *are)
{
	struct inquirer *op =
	    control_answered(control, MSG_CTL_TARGETS, are->cookie);

	if (op != NULL && answer_targets(op, CTL_DONE, are) < 0)
		control_free_inquirer(op);
}

void
control_orders_lost(struct control *control)
{
	struct inquirer *op, *next;
	int result;

	TAILQ_FOREACH_SAFE (op, &control->inquirers, entry, next) {
		if (op->cookie == 0 ||
		    (op->awaits != MSG_CTL_ORDER &&
			op->awaits != MSG_CTL_TARGETS))
			continue;
		result = op->awaits == MSG_CTL_ORDER
		    ? answer_order(op, CTL_BUSY, NULL)
		    : answer_targets(op, CTL_BUSY, NULL);
		op->cookie = 0;
		if (result < 0)
			control_free_inquirer(op);
	}
}
