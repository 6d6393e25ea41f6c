/* SPDX-License-Identifier: ISC */
/* Lines for on-event, on their way to the runner. */
#ifndef VB_EVENTS_H
#define VB_EVENTS_H

#include "common/errors.h"

struct supervisor;

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int events_init(struct supervisor *sup);
void events_end(struct supervisor *sup);

#endif
