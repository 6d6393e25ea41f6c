/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>

#include "daemon/master/control/inquirer.h"
#include "daemon/master/control/upload.h"

uint64_t
control_await(struct inquirer *op, enum msg_type type)
{
	struct control *control = op->control;

	if (control->owed >= INQUIRERS_MAX /* closed ones, too */)
		return 0;
	control->owed++;
	op->awaits = type;
	op->cookie = ++control->last_cookie;
	return op->cookie;
}

struct inquirer *
control_answered(struct control *control, enum msg_type type, uint64_t cookie)
{
	struct inquirer *op;

	if (cookie == 0)
		return NULL;
	if (control->owed > 0)
		control->owed--;
	TAILQ_FOREACH (op, &control->inquirers, entry)
		if (op->cookie == cookie && op->awaits == type)
			break;
	if (op != NULL)
		op->cookie = 0;
	return op; /* NULL: vncbridgectl has gone since */
}

void
control_end_reload(struct control *control)
{
	event_del(&control->deadline_ev);
	upload_free(control->upload);
	control->upload = NULL;
	control->reloader = NULL;
	control->is_applying = 0;
}

void
control_free_inquirer(struct inquirer *op)
{
	if (op->control->reloader == op)
		control_end_reload(op->control);
	TAILQ_REMOVE(&op->control->inquirers, op, entry);
	op->control->count--;
	ipc_free(op->ipc);
	free(op);
}
