/* SPDX-License-Identifier: ISC */
/* Lines for on-event, on their way to the runner. */
#ifndef VB_EVENTS_H
#define VB_EVENTS_H

#include <stddef.h>

#include "common/errors.h"

struct supervisor;

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int events_init(struct supervisor *sup);
void events_end(struct supervisor *sup);

/*
 * A line for on-event, without its end, if there is one to hear it; one of over
 * HOOK_EVENT_MAX bytes is lost. **Borrows** line.
 */
void
supervisor_tell_event(struct supervisor *sup, const char *line, size_t len);

#endif
