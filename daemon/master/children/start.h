/* SPDX-License-Identifier: ISC */
/*
 * A child is started, configured, and given time to become ready; and again
 * when it has died, later each time that it did so soon.
 */
#ifndef VB_CHILDREN_START_H
#define VB_CHILDREN_START_H

#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"

struct child;
struct ipc_ops;
struct supervisor;

/* Prepares a child, which does not run yet. **Keeps** ops. 0 or -1. */
int start_init(struct supervisor *sup, struct child *child,
    enum proto_role role, uint32_t index, const struct ipc_ops *ops);

/* Starts a child's program, and sends it its configuration. */
void supervisor_start_child(struct child *child);

/*
 * Sends a child its configuration; the keeper and auth what is offered, if
 * anything is. Returns 0 or < 0.
 */
VB_MUST_CHECK int supervisor_configure(struct child *child);

/* After a death: when that many failures allow it, which it returns in ms. */
uint32_t start_again_later(struct child *child);

/* The keeper has the keys of the start: the others can be started. */
void supervisor_start_others(struct supervisor *sup);

/* Makes or wakes slots up to wanted; those beyond end when empty. */
void start_fit_workers(struct supervisor *sup, uint32_t wanted);

/* How many workers the bundle asks for, and how many have a channel. */
uint32_t start_wanted_workers(const struct supervisor *sup);
uint32_t start_living_workers(const struct supervisor *sup);

#endif
