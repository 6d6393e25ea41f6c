/* SPDX-License-Identifier: ISC */
/*
 * The first step of a reload: the keeper is shown a bundle, and until it has
 * answered, no one else hears of it.
 */
#ifndef VB_OFFER_H
#define VB_OFFER_H

#include "common/errors.h"
#include "daemon/bundle/bundle.h"

struct supervisor;

/*
 * Shows a new bundle to the keeper, which must have its keys before anyone else
 * hears of it: ops->kept brings the answer, once, unless it is withdrawn.
 * **Borrows** bundle until then, or until supervisor_reload takes it. Returns
 * 0, or VB_EFULL where the keeper can't be asked now.
 */
VB_MUST_CHECK int
supervisor_offer(struct supervisor *sup, const struct bundle *bundle);

/* The keeper goes on with the bundle that applies: another one is started. */
void supervisor_withdraw(struct supervisor *sup);

/* The keeper's word on what it was offered; NULL: it has it. */
void supervisor_end_offer(struct supervisor *sup, const char *error);

#endif
