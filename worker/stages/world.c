/* SPDX-License-Identifier: ISC */
/* Invariant: changed has each target that is in live, by rising numbers. */
#include <sys/queue.h>

#include <stdlib.h>

#include "worker/stages/world.h"

struct live {
	TAILQ_ENTRY(live) entry;
	uint64_t number; /* of its last change */
	struct board_state state;
};

TAILQ_HEAD(live_list, live);

struct world {
	uint32_t count;
	uint64_t number;
	struct live_list changed;
	struct live **live; /* NULL: it was free all the time */
};

struct world *
world_new(uint32_t count)
{
	struct world *world = calloc(1, sizeof(*world));

	if (world == NULL)
		return NULL;
	world->count = count;
	TAILQ_INIT(&world->changed);
	world->live = calloc((size_t)count + 1, sizeof(struct live *));
	if (world->live != NULL)
		return world;
	free(world);
	return NULL;
}

void
world_free(struct world *world)
{
	struct live *live;

	if (world == NULL)
		return;
	while ((live = TAILQ_FIRST(&world->changed)) != NULL) {
		TAILQ_REMOVE(&world->changed, live, entry);
		free(live);
	}
	free(world->live);
	free(world);
}

static int
is_sound(const struct world *world, const struct board_state *state)
{
	uint32_t i;

	if (state->target >= world->count || state->by_count > BOARD_BY_MAX ||
	    !PROTO_IS_TEXT(state->lock_text))
		return 0;
	for (i = 0; i < state->by_count; i++)
		if (!PROTO_IS_TEXT(state->by[i]))
			return 0;
	return 1;
}

int
world_put(struct world *world, const struct board_state *state)
{
	struct live *live;

	if (!is_sound(world, state))
		return VB_EBADMSG;
	live = world->live[state->target];
	if (live == NULL) {
		if ((live = malloc(sizeof(*live))) == NULL)
			return VB_ENOMEM;
		world->live[state->target] = live;
	} else
		TAILQ_REMOVE(&world->changed, live, entry);
	live->state = *state;
	live->number = ++world->number;
	TAILQ_INSERT_TAIL(&world->changed, live, entry);
	return 0;
}

uint64_t
world_number(const struct world *world)
{
	return world->number;
}

const struct board_state *
world_find(const struct world *world, uint32_t target)
{
	return target >= world->count || world->live[target] == NULL
	    ? NULL
	    : &world->live[target]->state;
}

unsigned
world_since(const struct world *world, uint64_t *number,
    const struct board_state **states, unsigned most)
{
	struct live *live, *first = NULL;
	unsigned n = 0;

	/* from the last one back: most boards lack only a few */
	TAILQ_FOREACH_REVERSE(live, &world->changed, live_list, entry)
	{
		if (live->number <= *number)
			break;
		first = live;
	}
	for (live = first; live != NULL && n < most;
	     live = TAILQ_NEXT(live, entry)) {
		states[n++] = &live->state;
		*number = live->number;
	}
	return n;
}
