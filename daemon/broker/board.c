/* SPDX-License-Identifier: ISC */
/*
 * Invariants: a board is in its peer's list from BOARD to BOARD_OVER or
 * BOARD_END. A peer has its crowd from its first board to the end of its
 * channel, or of the configuration; one without boards sees nothing. sum[] is
 * of what every crowd that may show a target has been told of it, or has it
 * marked as new.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/close_code.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/broker/access.h"
#include "daemon/broker/board.h"
#include "daemon/broker/board_state.h"
#include "daemon/broker/claim_rights.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/vouch.h"

#define LOOK_MS	     250	  /* from one look at all targets to the next */
#define BOARDS_MAX   4096	  /* of one worker */
#define QUEUED_BYTES (256 * 1024) /* a worker that is slow is told later */
#define BITS_BYTES   (PROTO_TARGETS_MAX / 8)

struct board {
	TAILQ_ENTRY(board) entry;
	struct peer *peer;
	uint64_t id;
	uint64_t login_id; /* 0: nobody logs in */
	struct addr client;
	struct vouch *vouch; /* auth is asked whose it is; or NULL */
};

/* The boards of one worker. */
struct crowd {
	TAILQ_HEAD(, board) boards;
	unsigned count;
	uint8_t has_news;
	uint8_t sees[BITS_BYTES]; /* any of them, or one before */
	uint8_t news[BITS_BYTES]; /* it is to be told of */
	/*
	 * When it was told last, it was not free. If a BOARD crosses the
	 * BOARD_OVER of the last that is here, the worker still knows that.
	 */
	uint8_t is_used[BITS_BYTES];
};

struct boards {
	unsigned count;
	struct event look_ev;
	uint64_t *sums; /* of what was told of each target; 0: it is free */
	uint64_t rights_sum;
	uint8_t starting[BITS_BYTES];
};

static int
has_bit(const uint8_t *bits, size_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

static void
set_bit(uint8_t *bits, size_t i)
{
	bits[i / 8] |= (uint8_t)(1 << i % 8);
}

/* ---- what is there ---- */

static struct board *
find(const struct peer *peer, uint64_t id)
{
	struct board *board;

	if (peer->crowd == NULL)
		return NULL;
	TAILQ_FOREACH (board, &peer->crowd->boards, entry)
		if (board->id == id)
			break;
	return board;
}

static void
forget(struct board *board)
{
	struct boards *boards = board->peer->broker->boards;
	struct crowd *crowd = board->peer->crowd;

	vouch_cancel(board->vouch);
	TAILQ_REMOVE(&crowd->boards, board, entry);
	free(board);
	boards->count--;
	if (--crowd->count == 0) {
		memset(crowd->sees, 0, sizeof(crowd->sees));
		memset(crowd->news, 0, sizeof(crowd->news));
		crowd->has_news = 0;
	}
	if (boards->count == 0)
		event_del(&boards->look_ev);
}

/* Its worker has gone: nobody is to be told. */
static void
forget_crowd(struct peer *peer)
{
	while (peer->crowd->count > 0)
		forget(TAILQ_FIRST(&peer->crowd->boards));
	free(peer->crowd);
	peer->crowd = NULL;
}

/* Returns 0 where its worker had to be given up, with all its boards. */
static int
end(struct board *board, uint32_t code, const char *reason)
{
	struct peer *peer = board->peer;
	struct msg_board_over over;
	int error;

	memset(&over, 0, sizeof(over));
	over.board_id = board->id;
	over.code = code;
	strlcpy(over.reason, reason, sizeof(over.reason));
	forget(board);
	if ((error = ipc_send(peer->ipc, MSG_BOARD_OVER, &over, -1)) == 0)
		return 1;
	peer_drop(peer, error);
	return 0;
}

static void
end_all(struct broker *b)
{
	struct peer *peer;
	uint32_t i;

	for (i = 0; i < PEERS_MAX && b->boards->count > 0; i++) {
		peer = &b->peers[i];
		while (peer->crowd != NULL && peer->crowd->count > 0)
			end(TAILQ_FIRST(&peer->crowd->boards), 0, "");
	}
}

/* ---- what is told ---- */

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
	int is_starting = has_bit(b->boards->starting, target);

	board_state_fill(b, t, is_starting, now_sec, state);
	crowd->is_used[target / 8] &= (uint8_t) ~(1 << target % 8);
	if (!board_state_is_free(t, is_starting))
		set_bit(crowd->is_used, target);
}

/* All that is new to a worker, if it has taken what it was told before. */
static void
tell_news(struct peer *peer, uint64_t now_sec)
{
	struct broker *b = peer->broker;
	struct crowd *crowd = peer->crowd;
	struct msg_board_states states;
	size_t i;

	if (!crowd->has_news || ipc_queued_bytes(peer->ipc) > QUEUED_BYTES)
		return;
	crowd->has_news = 0;
	memset(&states, 0, sizeof(states));
	states.generation = b->conf->start.generation;
	for (i = 0; i < b->conf->target_count; i++) {
		if (crowd->news[i / 8] == 0) {
			i |= 7; /* none of these eight */
			continue;
		}
		if (!has_bit(crowd->news, i))
			continue;
		fill_state(b, crowd, i, now_sec, &states.states[states.count]);
		if (++states.count < BOARD_STATES_MAX)
			continue;
		if (!tell_states(peer, &states))
			return; /* and its crowd is gone */
		states.count = 0;
	}
	memset(crowd->news, 0, sizeof(crowd->news));
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
		if (crowd == NULL || !has_bit(crowd->sees, target))
			continue;
		set_bit(crowd->news, target);
		crowd->has_news = 1;
	}
}

static void
look_at(struct broker *b, size_t i, uint64_t now_sec)
{
	const struct configured *t = &b->conf->targets[i];
	struct boards *boards = b->boards;
	int is_starting = has_bit(boards->starting, i);
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

static void
look_at_all(struct broker *b)
{
	uint64_t now_sec = (uint64_t)time(NULL);
	size_t i;

	board_state_starting(b, b->boards->starting);
	for (i = 0; i < b->conf->target_count; i++)
		look_at(b, i, now_sec);
	for (i = 0; i < PEERS_MAX; i++)
		if (b->peers[i].crowd != NULL)
			tell_news(&b->peers[i], now_sec);
}

static void
look_again(struct boards *boards)
{
	struct timeval tv = clock_timeval(LOOK_MS);

	if (event_add(&boards->look_ev, &tv) == -1)
		log_error("no memory for the event loop: boards stand still");
}

static void
on_look_cb(evutil_socket_t fd, short what, void *arg)
{
	struct broker *b = arg;
	uint64_t sum = access_times_sum(b->conf);

	(void)fd;
	(void)what;
	if (sum != b->boards->rights_sum) {
		b->boards->rights_sum = sum;
		end_all(b); /* a section's time has begun, or is over */
	}
	look_at_all(b);
	if (b->boards->count > 0)
		look_again(b->boards);
}

/* ---- what one may see ---- */

/* What its worker did not see before, and is or was not free, is news. */
static void
widen(struct board *board, const uint8_t sees[BITS_BYTES])
{
	struct broker *b = board->peer->broker;
	struct crowd *crowd = board->peer->crowd;
	size_t i;

	for (i = 0; i < b->conf->target_count; i++) {
		if (!has_bit(sees, i) || has_bit(crowd->sees, i))
			continue;
		set_bit(crowd->sees, i);
		if (b->boards->sums[i] == 0 && !has_bit(crowd->is_used, i))
			continue;
		set_bit(crowd->news, i);
		crowd->has_news = 1;
	}
}

static int
tell_sees(struct board *board, const uint8_t sees[BITS_BYTES],
    const struct claim_rights *rights)
{
	struct peer *peer = board->peer;
	const struct conf *conf = peer->broker->conf;
	struct msg_board_sees said;
	size_t at;
	int error;

	memset(&said, 0, sizeof(said));
	said.board_id = board->id;
	said.generation = conf->start.generation;
	said.total = (uint32_t)conf->target_count;
	do {
		at = said.first / 8;
		said.count = said.total - said.first;
		if (said.count > BOARD_SLICE_MAX)
			said.count = BOARD_SLICE_MAX;
		memcpy(said.sees, sees + at, sizeof(said.sees));
		memcpy(said.may_take, rights->may_take + at,
		    sizeof(said.may_take));
		memcpy(said.may_watch, rights->may_watch + at,
		    sizeof(said.may_watch));
		error = ipc_send(peer->ipc, MSG_BOARD_SEES, &said, -1);
		if (error < 0) {
			peer_drop(peer, error);
			return 0;
		}
		said.first += said.count;
	} while (said.first < said.total);
	return 1;
}

/* who: as auth has said, or nobody. */
static void
show(struct board *board, const struct msg_vouched *who)
{
	struct peer *peer = board->peer;
	struct broker *b = peer->broker;
	struct claim_rights rights;
	uint8_t sees[BITS_BYTES];
	size_t i;

	memset(sees, 0, sizeof(sees));
	access_hide(b->conf, &board->client, who, sees);
	for (i = 0; i < sizeof(sees); i++)
		sees[i] = (uint8_t)~sees[i];
	claim_fill_rights(b->conf, who, &rights);
	board->login_id = who->login_id;
	widen(board, sees);
	/* before: what it shows first is how things are */
	tell_news(peer, (uint64_t)time(NULL));
	if (peer->crowd != NULL)
		tell_sees(board, sees, &rights);
}

static void
on_vouched(void *arg, const struct msg_vouched *who)
{
	struct board *board = arg;

	board->vouch = NULL;
	if (who == NULL)
		end(board, CODE_NO_SERVICE,
		    "the bridge can't check your login at the moment");
	else if (who->login_id == 0)
		end(board, CODE_ENDED, "you are not logged in");
	else
		show(board, who);
}

/* ---- from the worker ---- */

/* The peer's crowd; NULL without memory. */
static struct crowd *
crowd_of(struct peer *peer)
{
	if (peer->crowd == NULL &&
	    (peer->crowd = calloc(1, sizeof(*peer->crowd))) != NULL) {
		TAILQ_INIT(&peer->crowd->boards);
		peer->forget_crowd = forget_crowd;
	}
	return peer->crowd;
}

static struct board *
add(struct peer *peer, const struct msg_board *ask)
{
	struct boards *boards = peer->broker->boards;
	struct board *board;

	if (crowd_of(peer) == NULL ||
	    (board = calloc(1, sizeof(*board))) == NULL)
		return NULL;
	board->peer = peer;
	board->id = ask->board_id;
	board->client = ask->client;
	TAILQ_INSERT_TAIL(&peer->crowd->boards, board, entry);
	peer->crowd->count++;
	if (boards->count++ == 0) {
		boards->rights_sum = access_times_sum(peer->broker->conf);
		look_at_all(peer->broker); /* nobody has looked until now */
		look_again(boards);
	}
	return board;
}

int
board_begin(struct peer *peer, const struct msg_board *ask)
{
	static const struct msg_vouched nobody;
	struct broker *b = peer->broker;
	struct board *board;

	if (ask->board_id == 0 || find(peer, ask->board_id) != NULL)
		return VB_EBADMSG;
	if ((board = add(peer, ask)) == NULL)
		return VB_ENOMEM;
	if (peer->crowd->count > BOARDS_MAX)
		end(board, CODE_TOO_MANY, "too many look at the board");
	else if (!b->conf_has_auth)
		show(board, &nobody);
	else if ((board->vouch = vouch_ask(
		      &b->vouches, ask->cookie, 0, on_vouched, board)) == NULL)
		end(board, CODE_TOO_MANY, "the bridge is out of memory");
	return 0;
}

int
board_end(struct peer *peer, const struct msg_board_end *over)
{
	struct board *board = find(peer, over->board_id);

	if (board != NULL)
		forget(board);
	return 0;
}

/* ---- what ends them ---- */

static struct board *
find_of_login(struct peer *peer, uint64_t login_id)
{
	struct board *board;

	if (peer->crowd == NULL)
		return NULL;
	TAILQ_FOREACH (board, &peer->crowd->boards, entry)
		if (board->login_id == login_id)
			return board;
	return NULL;
}

void
board_end_login(struct broker *b, uint64_t login_id, const char *reason)
{
	struct board *board;
	uint32_t i;

	for (i = 0; i < PEERS_MAX && b->boards->count > 0; i++)
		while ((board = find_of_login(&b->peers[i], login_id)) != NULL)
			end(board, CODE_ENDED, reason);
}

void
board_use_conf(struct broker *b)
{
	struct boards *boards = b->boards;
	uint64_t *sums = calloc(b->conf->target_count + 1, sizeof(*sums));
	uint32_t i;

	end_all(b);
	for (i = 0; i < PEERS_MAX; i++)
		if (b->peers[i].crowd != NULL)
			forget_crowd(&b->peers[i]); /* of other targets */
	if (sums == NULL)
		log_fatal("out of memory");
	free(boards->sums);
	boards->sums = sums;
}

int
board_init(struct broker *b)
{
	if ((b->boards = calloc(1, sizeof(*b->boards))) == NULL)
		return VB_ENOMEM;
	return evtimer_assign(&b->boards->look_ev, b->base, on_look_cb, b) == -1
	    ? VB_ENOMEM
	    : 0;
}
