/* SPDX-License-Identifier: ISC */
/*
 * The first step of a reload: the keeper is shown a bundle, then auth, if it
 * needs that; and until they have answered, no one else hears of it.
 */
#ifndef VB_OFFER_H
#define VB_OFFER_H

#include "common/errors.h"
#include "daemon/bundle/bundle.h"

struct supervisor;

/*
 * Shows a new bundle to the keeper, which must have its keys, and then to auth,
 * which must know its users, before anyone else hears of it: ops->kept brings
 * the answer, once, unless it is withdrawn. **Borrows** bundle until then, or
 * until supervisor_reload takes it. Returns 0, or VB_EFULL where they can't be
 * asked now.
 */
VB_MUST_CHECK int
supervisor_offer(struct supervisor *sup, const struct bundle *bundle);

/* They go on with the bundle that applies: others are started. */
void supervisor_withdraw(struct supervisor *sup);

/* The word of the one that was shown it; NULL: it has it. */
void supervisor_end_offer(struct supervisor *sup, const char *error);

/* Nobody logs in any more. */
void offer_retire_auth(struct supervisor *sup);

#endif
