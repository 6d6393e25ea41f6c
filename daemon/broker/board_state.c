/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/bits.h"
#include "daemon/broker/board_state.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/hooks.h"
#include "daemon/broker/lease.h"

#define IDLE_SEC   60 /* who does nothing for so long is idle */

#define SUM_OFFSET 14695981039346656037u /* FNV-1a, 64 bits */
#define SUM_PRIME  1099511628211u

int
board_state_is_free(const struct configured *t, int is_starting)
{
	return t->holder_count == 0 && t->lease == NULL && t->down_sec == 0 &&
	    !is_starting;
}

/*
 * An address is a secret of who has it, unless it is the reason why others
 * can't come in.
 */
static int
may_name(const struct configured *t, const struct session *s)
{
	return s->login != NULL ? s->login->is_known
				: t->conf.mode != LEASE_MODE_SHARE;
}

/* Who has it twice has it. */
static void
add_name(struct board_state *state, const char *name)
{
	uint32_t i;

	for (i = 0; i < state->by_count; i++)
		if (strcmp(state->by[i], name) == 0)
			return;
	if (state->by_count < BOARD_BY_MAX)
		strlcpy(state->by[state->by_count++], name, AUTH_NAME_MAX);
}

static void
add_holder(struct board_state *state, const struct configured *t,
    const struct session *s)
{
	char name[LEASE_NAME_MAX];

	if (state->since_sec == 0)
		state->since_sec = s->since_sec;
	if (may_name(t, s))
		add_name(state, lease_name(s, name));
}

/* As of a session. */
static void
add_kept(struct board_state *state, const struct configured *t)
{
	const struct kept_place *kept;
	char text[ADDR_TEXT_MAX];

	TAILQ_FOREACH (kept, &t->lease->kept, entry)
		if (kept->user[0] != '\0')
			add_name(state, kept->user);
		else if (t->conf.mode != LEASE_MODE_SHARE)
			add_name(state, addr_format_ip(&kept->client, text));
}

static void
add_holders(
    struct board_state *state, const struct configured *t, uint64_t now_sec)
{
	uint64_t input_sec = 0;
	struct session *s;

	TAILQ_FOREACH (s, &t->holders, of_target) {
		if (!s->is_open || s->is_expelled)
			continue;
		state->open++;
		add_holder(state, t, s);
		/* of one that says nothing it is not known */
		if (s->input_sec == 0 || s->input_sec > input_sec)
			input_sec = s->input_sec == 0 ? now_sec : s->input_sec;
	}
	if (input_sec != 0 && input_sec + IDLE_SEC <= now_sec)
		state->idle_sec = input_sec;
}

void
board_state_fill(const struct broker *b, const struct configured *t,
    int is_starting, uint64_t now_sec, struct board_state *state)
{
	const struct lease *lease = t->lease;

	memset(state, 0, sizeof(*state));
	state->target = (uint32_t)(t - b->conf->targets);
	state->pending = t->holder_count - t->open_count;
	state->down_sec = t->open_count == 0 ? t->down_sec : 0;
	state->is_starting = (uint32_t)is_starting;
	add_holders(state, t, now_sec);
	if (lease == NULL)
		return;
	state->waiting = lease->waiting_count;
	state->kept = lease->kept_count;
	if (state->open == 0)
		add_kept(state, t);
	state->is_locked = lease->is_locked;
	strlcpy(state->lock_text, lease->lock_text, sizeof(state->lock_text));
}

void
board_state_starting(
    const struct broker *b, uint8_t starting[PROTO_TARGETS_MAX / 8])
{
	const struct configured *t;
	const struct hook *hook;
	size_t i;

	memset(starting, 0, PROTO_TARGETS_MAX / 8);
	LIST_FOREACH (hook, &b->hooks, entry) {
		if (hook->state == HOOK_IDLE || hook->state == HOOK_STOPPING ||
		    TAILQ_EMPTY(&hook->waiting) ||
		    (t = conf_find_name(b->conf, hook->target)) == NULL)
			continue;
		i = (size_t)(t - b->conf->targets);
		bits_set(starting, i);
	}
}

uint64_t
board_state_sum(const struct board_state *state)
{
	const uint8_t *bytes = (const uint8_t *)state;
	uint64_t sum = SUM_OFFSET;
	size_t i;

	for (i = 0; i < sizeof(*state); i++)
		sum = (sum ^ bytes[i]) * SUM_PRIME;
	return sum | 1;
}
