/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>
#include <event2/event.h>
#include <string.h>

#include "common/bits.h"
#include "common/log.h"
#include "worker/stages/board_stream.h"
#include "worker/stages/board_text.h"
#include "worker/stages/world.h"

#define SLICE_MAX  128	/* targets in one event */
#define LOOKED_MAX 4096 /* and those that it may not see, between */
#define TURN_MAX   128	/* targets, in one turn of the loop */
#define TURN_LEAST 32	/* what a board costs, however little it gets */

/* ---- turns ---- */

static void
go_on_soon(struct boards *boards)
{
	struct timeval at_once = {0, 0};

	if (!TAILQ_EMPTY(&boards->ready) &&
	    !event_pending(&boards->ready_ev, EV_TIMEOUT, NULL) &&
	    event_add(&boards->ready_ev, &at_once) == -1)
		log_debug("no memory for the event loop: boards wait");
}

void
board_stream_wake(struct board *board)
{
	struct boards *boards = board->client->worker->boards;

	if (board->is_ready || board->phase == BOARD_ASKED ||
	    board->phase == BOARD_IS_OVER ||
	    leg_queued(&board->client->client) > 0)
		return;
	board->is_ready = 1;
	TAILQ_INSERT_TAIL(&boards->ready, board, ready_entry);
	go_on_soon(boards);
}

void
board_stream_rest(struct board *board)
{
	if (!board->is_ready)
		return;
	board->is_ready = 0;
	TAILQ_REMOVE(&board->client->worker->boards->ready, board, ready_entry);
}

/* ---- what is written ---- */

int
board_stream_write(struct client *c, struct evbuffer *text)
{
	struct iovec iov;

	iov.iov_len = evbuffer_get_length(text);
	iov.iov_base = evbuffer_pullup(text, -1);
	if (iov.iov_len == 0)
		return 1;
	if (iov.iov_base != NULL && leg_write(&c->client, &iov, 1) == 0)
		return 1;
	c->state = CLIENT_OVER;
	return 0;
}

static void
begin_item(struct evbuffer *out, unsigned n, const char *event)
{
	if (n == 0)
		evbuffer_add_printf(out, "event: %s\ndata: [", event);
	else
		evbuffer_add(out, ",", 1);
}

static void
end_items(struct evbuffer *out, unsigned n)
{
	static const char end[] = "]\n\n";

	if (n > 0)
		evbuffer_add(out, end, sizeof(end) - 1);
}

static unsigned
add_targets(struct board *board, struct evbuffer *out)
{
	const struct worker_conf *conf = board->client->worker->conf;
	const uint8_t *sees = board->bits;
	const uint8_t *may_take = sees + board->bits_bytes;
	const uint8_t *may_watch = may_take + board->bits_bytes;
	uint32_t looked = 0, i;
	unsigned n = 0;

	for (; board->at < conf->target_count && n < SLICE_MAX &&
	     looked < LOOKED_MAX;
	     board->at++, looked++) {
		i = board->at;
		if (!bits_have(sees, i))
			continue;
		begin_item(out, n++, "targets");
		board_text_target(out, conf, i, bits_have(may_take, i),
		    bits_have(may_watch, i));
	}
	end_items(out, n);
	board->shown += n;
	if (board->at < conf->target_count)
		return n;
	board->phase = BOARD_STATES;
	board->at = 0;
	/* what changes from now on it gets in any case */
	board->number = world_number(board->client->worker->boards->world);
	return n;
}

static const char *
own_name(const struct board *board)
{
	return board->own == NULL ? "" : board->own;
}

static unsigned
add_states(struct board *board, struct evbuffer *out)
{
	const struct worker *w = board->client->worker;
	const struct board_state *state;
	uint32_t looked = 0;
	unsigned n = 0;

	for (; board->at < w->conf->target_count && n < SLICE_MAX &&
	     looked < LOOKED_MAX;
	     board->at++, looked++) {
		state = world_find(w->boards->world, board->at);
		if (state == NULL || !bits_have(board->bits, board->at))
			continue;
		begin_item(out, n++, "state");
		board_text_state(out, state, own_name(board));
	}
	end_items(out, n);
	if (board->at < w->conf->target_count)
		return n;
	board->phase = BOARD_LIVE;
	board_text_ready(out, board->shown);
	return n;
}

static unsigned
add_changes(struct board *board, struct evbuffer *out)
{
	const struct world *world = board->client->worker->boards->world;
	const struct board_state *states[SLICE_MAX];
	unsigned i, n = 0;
	unsigned count = world_since(world, &board->number, states, SLICE_MAX);

	for (i = 0; i < count; i++) {
		if (!bits_have(board->bits, states[i]->target))
			continue;
		begin_item(out, n++, "state");
		board_text_state(out, states[i], own_name(board));
	}
	end_items(out, n);
	return count;
}

int
board_stream_has_more(const struct board *board)
{
	return board->phase != BOARD_LIVE ||
	    board->number < world_number(board->client->worker->boards->world);
}

/* Returns what it has cost. */
static unsigned
go_on(struct board *board)
{
	struct evbuffer *out = evbuffer_new();
	unsigned n = 0;

	if (out == NULL) {
		board->client->state = CLIENT_OVER;
		return 0;
	}
	switch (board->phase) {
	case BOARD_TARGETS:
		n = add_targets(board, out);
		break;
	case BOARD_STATES:
		n = add_states(board, out);
		break;
	case BOARD_LIVE:
		n = add_changes(board, out);
		break;
	case BOARD_ASKED:
	case BOARD_IS_OVER:
		break;
	}
	if (board_stream_write(board->client, out) &&
	    board_stream_has_more(board))
		board_stream_wake(board);
	evbuffer_free(out);
	return n;
}

static void
on_ready_cb(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct board *board;
	unsigned cost = 0, n;

	(void)fd;
	(void)what;
	while (cost < TURN_MAX && w->boards != NULL &&
	    (board = TAILQ_FIRST(&w->boards->ready)) != NULL) {
		board_stream_rest(board);
		n = go_on(board);
		cost += n < TURN_LEAST ? TURN_LEAST : n;
		w->go_on(board->client);
	}
	if (w->boards != NULL)
		go_on_soon(w->boards);
}

int
board_stream_open(struct worker *w, struct boards *boards)
{
	return evtimer_assign(&boards->ready_ev, w->base, on_ready_cb, w) == -1
	    ? VB_ENOMEM
	    : 0;
}
