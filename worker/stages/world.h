/* SPDX-License-Identifier: ISC */
/*
 * How the configured targets are, as the broker has told: for all boards of a
 * worker. Each change has a number, and each target that of its last: a board
 * that is slow gets what is true by then, and nothing has to be kept for it.
 */
#ifndef VB_WORLD_H
#define VB_WORLD_H

#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"

struct world;

/* Of that many targets, all free. NULL without memory. */
struct world *world_new(uint32_t count);
void world_free(struct world *world); /* NULL is allowed */

/* One has changed. Returns 0, VB_EBADMSG or VB_ENOMEM. */
VB_MUST_CHECK int
world_put(struct world *world, const struct board_state *state);

/* Number of the last change; 0: there was none. */
uint64_t world_number(const struct world *world);

/* That target, if it has changed at all; else NULL: it is free. */
const struct board_state *
world_find(const struct world *world, uint32_t target);

/*
 * The targets that have changed after that change, the oldest first, at most so
 * many; *number is then that of the last of them. Returns how many.
 */
unsigned world_since(const struct world *world, uint64_t *number,
    const struct board_state **states, unsigned most);

#endif
