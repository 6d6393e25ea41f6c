/* SPDX-License-Identifier: ISC */
/*
 * Invariant: sums[] is of what every crowd that may show a target has been told
 * of it, or has it marked as new.
 */
#include <string.h>
#include <time.h>

#include "common/bits.h"
#include "common/ipc.h"
#include "daemon/broker/board_news.h"
#include "daemon/broker/board_state.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/peer.h"

#define QUEUED_BYTES (256 * 1024) /* a worker that is slow is told later */

static int
tell_states(struct peer *peer, const struct msg_board_states *states)
{
	int error = ipc_send(peer->ipc, MSG_BOARD_STATES, states, -1);

	if (error == 0)
		return 1;
	peer_drop(peer, error);
	return 0;
}

static void
fill_state(const struct broker *b, struct crowd *crowd, size_t target,
    uint64_t now_sec, struct board_state *state)
{
	const struct configured *t = &b->conf->targets[target];
	int is_starting = bits_have(b->boards->starting, target);

	board_state_fill(b, t, is_starting, now_sec, state);
	bits_clear(crowd->is_used, target);
	if (!board_state_is_free(t, is_starting))
		bits_set(crowd->is_used, target);
}

void
board_news_tell(struct peer *peer, uint64_t now_sec)
{
	struct broker *b = peer->broker;
	struct crowd *crowd = peer->crowd;
	struct msg_board_states states;
	size_t i;

	memset(&states, 0, sizeof(states));
	states.generation = b->conf->start.generation;
	for (i = 0; i < b->conf->target_count && crowd->has_news; i++) {
		if (crowd->news[i / 8] == 0) {
			i |= 7; /* none of these eight */
			continue;
		}
		if (!bits_have(crowd->news, i))
			continue;
		if (states.count == 0 &&
		    ipc_queued_bytes(peer->ipc) > QUEUED_BYTES)
			return;
		bits_clear(crowd->news, i);
		fill_state(b, crowd, i, now_sec, &states.states[states.count]);
		if (++states.count < BOARD_STATES_MAX)
			continue;
		if (!tell_states(peer, &states))
			return; /* and its crowd is gone */
		states.count = 0;
	}
	crowd->has_news = 0;
	if (states.count > 0)
		tell_states(peer, &states);
}

/* That target has changed. */
static void
note_news(struct broker *b, size_t target)
{
	struct crowd *crowd;
	uint32_t i;

	for (i = 0; i < PEERS_MAX; i++) {
		crowd = b->peers[i].crowd;
		if (crowd == NULL || !bits_have(crowd->sees, target))
			continue;
		bits_set(crowd->news, target);
		crowd->has_news = 1;
	}
}

static void
look_at(struct broker *b, size_t i, uint64_t now_sec)
{
	const struct configured *t = &b->conf->targets[i];
	struct boards *boards = b->boards;
	int is_starting = bits_have(boards->starting, i);
	struct board_state state;
	uint64_t sum = 0;

	if (!board_state_is_free(t, is_starting)) {
		board_state_fill(b, t, is_starting, now_sec, &state);
		sum = board_state_sum(&state);
	}
	if (sum == boards->sums[i])
		return;
	boards->sums[i] = sum;
	note_news(b, i);
}

void
board_news_look(struct broker *b)
{
	uint64_t now_sec = (uint64_t)time(NULL);
	size_t i;

	board_state_starting(b, b->boards->starting);
	for (i = 0; i < b->conf->target_count; i++)
		look_at(b, i, now_sec);
	for (i = 0; i < PEERS_MAX; i++)
		if (b->peers[i].crowd != NULL)
			board_news_tell(&b->peers[i], now_sec);
}

void
board_news_widen(struct peer *peer, const uint8_t sees[BOARD_BITS_BYTES])
{
	struct broker *b = peer->broker;
	struct crowd *crowd = peer->crowd;
	size_t i;

	for (i = 0; i < b->conf->target_count; i++) {
		if (!bits_have(sees, i) || bits_have(crowd->sees, i))
			continue;
		bits_set(crowd->sees, i);
		if (b->boards->sums[i] == 0 && !bits_have(crowd->is_used, i))
			continue;
		bits_set(crowd->news, i);
		crowd->has_news = 1;
	}
}
