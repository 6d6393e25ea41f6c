/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/close_code.h"
#include "common/log.h"
#include "common/tcp.h"
#include "worker/client/line.h"
#include "worker/client/person.h"
#include "worker/client/tell.h"
#include "worker/stages/answer.h"
#include "worker/stages/board.h"
#include "worker/stages/board_stream.h"
#include "worker/stages/board_text.h"
#include "worker/stages/world.h"

#define ASK_MS	     6000  /* auth may have to start */
#define BEAT_MS	     15000 /* proxies end what is silent for longer */
#define MISSED_MAX   3
#define ASKING_MAX   8
#define BOARDS_MAX   4096
#define RETRY_MS     "2000"
#define UNAUTHORIZED 401

/* ---- beginning ---- */

static struct boards *
boards_of(struct worker *w)
{
	struct boards *boards = w->boards;

	if (boards != NULL)
		return boards;
	if ((boards = calloc(1, sizeof(*boards))) == NULL)
		return NULL;
	TAILQ_INIT(&boards->list);
	TAILQ_INIT(&boards->ready);
	TAILQ_INIT(&boards->unasked);
	boards->world = world_new(w->conf->target_count);
	if (boards->world == NULL || board_stream_open(w, boards) < 0) {
		world_free(boards->world);
		free(boards);
		return NULL;
	}
	w->boards = boards;
	return boards;
}

static struct board *
add(struct client *c)
{
	struct worker *w = c->worker;
	struct board *board;
	size_t bytes = w->conf->target_count / 8 + 1;

	if (w->boards != NULL && w->boards->count >= BOARDS_MAX)
		return NULL;
	if ((board = calloc(1, sizeof(*board))) == NULL)
		return NULL;
	board->bits_bytes = bytes;
	if ((board->bits = calloc(3, bytes)) == NULL || boards_of(w) == NULL) {
		free(board->bits);
		free(board);
		return NULL;
	}
	if (c->person != NULL && c->person->name[0] != '\0')
		board->own = strdup(c->person->name);
	board->client = c;
	c->board = board;
	TAILQ_INSERT_TAIL(&w->boards->list, board, entry);
	w->boards->count++;
	return board;
}

static void
refuse(struct client *c, int is_head)
{
	c->http.keeps_alive = 0;
	answer_unavailable(c, is_head,
	    "The bridge can't show the board at the moment. Try again in a "
	    "moment.");
}

/*
 * Some at a time: after a reload all come at once, and what is asked of the
 * broker between has its turn, too. One that can't be asked waits for the next
 * occasion, or for its deadline.
 */
static void
ask_more(struct worker *w)
{
	struct boards *boards = w->boards;
	struct client *c;

	while (boards->asking < ASKING_MAX &&
	    (c = TAILQ_FIRST(&boards->unasked)) != NULL) {
		if (tell_board(c) < 0)
			return;
		line_leave(c);
		person_forget_cookie(c->person);
		c->board->is_asked = c->board->is_asking = 1;
		boards->asking++;
	}
}

/* It has its answer, or waits for none any more. */
static void
end_asking(struct board *board)
{
	struct worker *w = board->client->worker;

	if (!board->is_asking)
		return;
	board->is_asking = 0;
	w->boards->asking--;
	ask_more(w);
}

void
board_begin(struct client *c, int is_head)
{
	c->http.keeps_alive = 0; /* its end is the end of the answer */
	if (is_head) {
		answer_begin_stream(c, "text/event-stream");
		answer_done(c);
	} else if (c->worker->broker == NULL || add(c) == NULL) {
		refuse(c, 0);
	} else {
		client_enter(c, CLIENT_BOARD, ASK_MS);
		line_join(&c->worker->boards->unasked, c);
		if (leg_watch(&c->client, LEG_HANGUP) < 0)
			c->state = CLIENT_OVER;
		ask_more(c->worker);
		return;
	}
	person_forget_cookie(c->person);
}

static void
begin_stream(struct board *board)
{
	static char retry[] = "retry: " RETRY_MS "\n\n";
	struct client *c = board->client;
	struct iovec iov = {retry, sizeof(retry) - 1};

	answer_begin_stream(c, "text/event-stream");
	if (c->state == CLIENT_OVER)
		return;
	if (leg_write(&c->client, &iov, 1) < 0) {
		c->state = CLIENT_OVER;
		return;
	}
	board->phase = BOARD_TARGETS;
	client_enter(c, CLIENT_BOARD, BEAT_MS);
	board_stream_wake(board);
}

static struct board *
find(struct worker *w, uint64_t board_id)
{
	struct client *c = client_find(w, board_id);

	return c == NULL || c->state != CLIENT_BOARD ? NULL : c->board;
}

int
board_sees(struct worker *w, const struct msg_board_sees *said)
{
	struct board *board = find(w, said->board_id);
	size_t bytes = (said->count + 7) / 8, at = said->first / 8;

	if (said->first % 8 != 0 || said->first > said->total ||
	    said->count > BOARD_SLICE_MAX ||
	    said->count > said->total - said->first ||
	    said->total > PROTO_TARGETS_MAX)
		return VB_EBADMSG;
	if (board == NULL || board->phase != BOARD_ASKED)
		return 0;
	if (said->generation != w->conf->generation ||
	    said->total != w->conf->target_count) {
		/* one of us has another configuration: its page asks again */
		struct client *c = board->client;

		board_end(c);
		w->go_on(c);
		return 0;
	}
	memcpy(board->bits + at, said->sees, bytes);
	memcpy(board->bits + board->bits_bytes + at, said->may_take, bytes);
	memcpy(
	    board->bits + 2 * board->bits_bytes + at, said->may_watch, bytes);
	if (said->first + said->count == said->total) {
		end_asking(board);
		begin_stream(board);
	}
	w->go_on(board->client);
	return 0;
}

int
board_states(struct worker *w, const struct msg_board_states *said)
{
	struct board *board;
	uint32_t i;
	int error = 0;

	if (said->count > BOARD_STATES_MAX)
		return VB_EBADMSG;
	if (w->boards == NULL || said->generation != w->conf->generation)
		return 0;
	for (i = 0; i < said->count && error == 0; i++)
		error = world_put(w->boards->world, &said->states[i]);
	TAILQ_FOREACH (board, &w->boards->list, entry)
		if (board->phase == BOARD_LIVE)
			board_stream_wake(board);
	return error;
}

/* ---- the end ---- */

static void
turn_away(struct board *board, uint32_t code)
{
	struct client *c = board->client;

	(void)board_forget(c); /* the broker has ended it */
	if (code == CODE_ENDED)
		answer_error(c, UNAUTHORIZED, 0);
	else
		refuse(c, 0);
}

/* What is written is delivered. */
static void
finish(struct board *board, uint32_t code, const char *reason)
{
	struct client *c = board->client;
	struct evbuffer *out = evbuffer_new();

	board_stream_rest(board);
	board->phase = BOARD_IS_OVER;
	if (out == NULL) {
		c->state = CLIENT_OVER;
		return;
	}
	board_text_over(out, code, reason);
	if (board_stream_write(c, out))
		answer_done(c);
	evbuffer_free(out);
	(void)board_forget(c); /* or when it is closed */
}

static void
end(struct board *board, uint32_t code, const char *reason)
{
	if (board->phase == BOARD_ASKED && code != 0) {
		turn_away(board, code);
		return;
	}
	if (board->phase == BOARD_ASKED)
		begin_stream(board);
	if (board->client->state != CLIENT_OVER)
		finish(board, code, reason);
}

int
board_over(struct worker *w, const struct msg_board_over *over)
{
	struct board *board = find(w, over->board_id);
	struct client *c;

	if (!PROTO_IS_TEXT(over->reason))
		return VB_EBADMSG;
	if (board == NULL)
		return 0;
	c = board->client;
	board->is_asked = 0;
	end_asking(board);
	end(board, over->code, over->reason);
	w->go_on(c);
	return 0;
}

void
board_end(struct client *c)
{
	end(c->board, 0, "");
}

void
board_end_all(struct worker *w)
{
	struct client *c;

	while (w->boards != NULL) {
		c = TAILQ_FIRST(&w->boards->list)->client;
		/* without memory for it the broker ends them, too */
		if (c->board->is_asked)
			(void)tell_board_end(c);
		c->board->is_asked = 0;
		if (c->state == CLIENT_BOARD)
			board_end(c);
		else /* it is answered; there was no memory to forget it */
			(void)board_forget(c);
		w->go_on(c);
	}
}

struct client *
board_oldest(struct worker *w)
{
	return w->boards == NULL ? NULL : TAILQ_FIRST(&w->boards->list)->client;
}

void
board_drained(struct client *c)
{
	if (c->board->phase != BOARD_ASKED && board_stream_has_more(c->board))
		board_stream_wake(c->board);
}

/* Whether it has taken nothing since the last beats, of what there was. */
static int
is_stuck(struct board *board)
{
	struct client *c = board->client;
	int has_more;
	uint64_t acked = tcp_acknowledged(c->client.fd, &has_more);

	if (acked != board->acked || (!has_more && leg_queued(&c->client) == 0))
		board->missed = 0;
	else
		board->missed++;
	board->acked = acked;
	return board->missed == MISSED_MAX;
}

void
board_is_late(struct client *c)
{
	/* no comment: a script hears nothing of these */
	static char beat[] = "event: beat\ndata: 0\n\n";
	struct iovec iov = {beat, sizeof(beat) - 1};

	if (c->board->phase == BOARD_ASKED) {
		(void)board_forget(c); /* or when it is closed */
		refuse(c, 0);
	} else if (is_stuck(c->board) ||
	    (leg_queued(&c->client) == 0 && leg_write(&c->client, &iov, 1) < 0))
		c->state = CLIENT_OVER;
	else
		client_enter(c, CLIENT_BOARD, BEAT_MS);
}

int
board_forget(struct client *c)
{
	struct board *board = c->board;
	struct worker *w = c->worker;

	if (board == NULL)
		return 0;
	/* else the broker would take the next one's targets as told */
	if (board->is_asked && tell_board_end(c) == VB_ENOMEM)
		return VB_ENOMEM;
	line_leave(c);
	person_forget_cookie(c->person); /* it may not have been asked */
	end_asking(board);
	board_stream_rest(board);
	c->board = NULL;
	TAILQ_REMOVE(&w->boards->list, board, entry);
	free(board->bits);
	free(board->own);
	free(board);
	if (--w->boards->count > 0)
		return 0;
	event_del(&w->boards->ready_ev);
	world_free(w->boards->world);
	free(w->boards);
	w->boards = NULL;
	return 0;
}
