/* SPDX-License-Identifier: ISC */
/*
 * What the children have counted. They are asked when somebody wants to know,
 * in rounds, each all at once; one that does not answer in time counts as it
 * did before. What a dead child had counted stays in the sums.
 */
#ifndef VB_COUNT_H
#define VB_COUNT_H

#include "common/ipc.h"

struct child;
struct supervisor;

VB_MUST_CHECK int count_init(struct supervisor *sup);

ipc_handler count_on_counted, count_on_metrics;

/* It has died: what it had counted is kept, and it counts from 0. */
void count_bury(struct child *child);

/*
 * Asks all children, or takes part in the round that is under way;
 * ops->counted is called when it is over, from the loop.
 */
void supervisor_count(struct supervisor *sup);

/* The sums over all children, and of the master itself. */
void
supervisor_sum(const struct supervisor *sup, uint64_t values[METRICS_COUNT]);

/* What the broker said last; its generation 0: nothing yet. **Borrowed**. */
const struct msg_counted *supervisor_targets(const struct supervisor *sup);

/*
 * Answers the workers that have asked, with a sealed memory file, or -1: it
 * could not be made. **Borrows** fd.
 */
void
supervisor_tell_metrics(struct supervisor *sup, int fd, uint64_t size_bytes);

#endif
