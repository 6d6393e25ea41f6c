/* SPDX-License-Identifier: ISC */
#include <event2/event.h>

#include "daemon/master/children/offer.h"
#include "daemon/master/children/start.h"
#include "daemon/master/children/supervisor.h"

int
supervisor_offer(struct supervisor *sup, const struct bundle *bundle)
{
	struct child *keeper = &sup->keeper;

	/* another one waits, or the keeper is just being replaced */
	if (sup->offered != NULL || keeper->owes_kept ||
	    (keeper->ipc == NULL && keeper->pid != 0))
		return VB_EFULL;
	sup->offered = bundle;
	if (keeper->ipc == NULL) {
		/* perhaps what it has is why it can't live */
		event_del(&keeper->restart_ev);
		supervisor_start_child(keeper);
	} else if (supervisor_configure(keeper) < 0)
		supervisor_withdraw(sup);
	return sup->offered == NULL ? VB_EFULL : 0;
}

void
supervisor_withdraw(struct supervisor *sup)
{
	sup->offered = NULL;
	/* whatever it has taken, the next one gets the bundle that applies */
	child_cut_off(&sup->keeper);
}

void
supervisor_end_offer(struct supervisor *sup, const char *error)
{
	if (error != NULL) {
		sup->offered = NULL;
		if (!sup->keeper.is_ready)
			child_cut_off(&sup->keeper);
	}
	sup->ops->kept(sup->arg, error);
}
