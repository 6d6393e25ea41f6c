/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>

#include "daemon/master/control/inquirer.h"
#include "daemon/master/control/upload.h"

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
