/* SPDX-License-Identifier: ISC */
/*
 * Invariant: offered is NULL exactly while offer_step is OFFER_NONE.
 */
#include <event2/event.h>

#include "daemon/master/children/offer.h"
#include "daemon/master/children/start.h"
#include "daemon/master/children/supervisor.h"

static int
needs_auth(const struct bundle *bundle)
{
	return bundle->conf->settings.has_auth;
}

/* It owes the answer to another, or is just being replaced. */
static int
is_busy(const struct child *child)
{
	return child->owes_kept || (child->ipc == NULL && child->pid != 0);
}

/* Returns 0, or VB_EFULL where it can't be asked. */
static int
show(struct child *child)
{
	if (child->ipc != NULL)
		return supervisor_configure(child) < 0 ? VB_EFULL : 0;
	/* perhaps what it has is why it can't live */
	event_del(&child->restart_ev);
	supervisor_start_child(child);
	return child->ipc == NULL ? VB_EFULL : 0;
}

int
supervisor_offer(struct supervisor *sup, const struct bundle *bundle)
{
	if (sup->offered != NULL || is_busy(&sup->keeper) ||
	    (needs_auth(bundle) && is_busy(&sup->auth)))
		return VB_EFULL;
	sup->offered = bundle;
	sup->offer_step = OFFER_KEEPER;
	if (show(&sup->keeper) == 0)
		return 0;
	supervisor_withdraw(sup);
	return VB_EFULL;
}

void
offer_retire_auth(struct supervisor *sup)
{
	if (!sup->auth.is_wanted)
		return;
	sup->auth.is_wanted = 0;
	sup->auth.is_retiring = 1;
	event_del(&sup->auth.restart_ev);
	child_cut_off(&sup->auth);
}

void
supervisor_withdraw(struct supervisor *sup)
{
	int has_auth = sup->offer_step == OFFER_AUTH;

	sup->offered = NULL;
	sup->offer_step = OFFER_NONE;
	/* whatever it has taken, the next one gets the bundle that applies */
	child_cut_off(&sup->keeper);
	if (!needs_auth(sup->bundle))
		offer_retire_auth(sup);
	else if (has_auth)
		child_cut_off(&sup->auth);
}

/* What applies goes on, also where the keeper has the other already. */
static void
refuse(struct supervisor *sup, int was_kept)
{
	int was_shown = sup->offer_step == OFFER_AUTH;

	sup->offered = NULL;
	sup->offer_step = OFFER_NONE;
	if (!sup->keeper.is_ready ||
	    (was_kept && supervisor_configure(&sup->keeper) < 0))
		child_cut_off(&sup->keeper);
	if (!needs_auth(sup->bundle))
		offer_retire_auth(sup);
	else if (was_shown && !sup->auth.is_ready)
		child_cut_off(&sup->auth);
}

/* Returns 1 if auth looks at it now. */
static int
show_auth(struct supervisor *sup)
{
	/* it may have died since the keeper was asked */
	if (is_busy(&sup->auth))
		return 0;
	sup->offer_step = OFFER_AUTH;
	sup->auth.is_wanted = 1;
	return show(&sup->auth) == 0;
}

void
supervisor_end_offer(struct supervisor *sup, const char *error)
{
	int was_kept = error == NULL || sup->offer_step == OFFER_AUTH;

	if (error == NULL && sup->offer_step == OFFER_KEEPER &&
	    needs_auth(sup->offered)) {
		if (show_auth(sup))
			return;
		error = "auth is just being replaced: try again";
	}
	if (error != NULL)
		refuse(sup, was_kept);
	sup->ops->kept(sup->arg, error);
}
