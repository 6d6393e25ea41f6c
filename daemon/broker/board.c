/* SPDX-License-Identifier: ISC */
/*
 * Invariants: a board is in its peer's list from BOARD to BOARD_OVER or
 * BOARD_END. A peer has its crowd from its first board to the end of its
 * channel, or of the configuration; one without boards sees nothing. A board is
 * due from when it is known whose it is until BOARD_SEES.
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
#include "daemon/broker/board_news.h"
#include "daemon/broker/claim_rights.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/vouch.h"

#define LOOK_MS	   250	/* from one look at all targets to the next */
#define BOARDS_MAX 4096 /* of one worker */

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
be_shown(struct board *board)
{
	if (board->is_due)
		TAILQ_REMOVE(
		    &board->peer->broker->boards->due, board, due_entry);
	board->is_due = 0;
	freezero(board->who, sizeof(*board->who));
	board->who = NULL;
}

static void
forget(struct board *board)
{
	struct boards *boards = board->peer->broker->boards;
	struct crowd *crowd = board->peer->crowd;

	vouch_cancel(board->vouch);
	be_shown(board);
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

void
board_end_all(struct broker *b)
{
	struct peer *peer;
	uint32_t i;

	for (i = 0; i < PEERS_MAX && b->boards->count > 0; i++) {
		peer = &b->peers[i];
		while (peer->crowd != NULL && peer->crowd->count > 0)
			end(TAILQ_FIRST(&peer->crowd->boards), 0, "");
	}
}

static void
look_again(struct boards *boards)
{
	struct timeval tv = clock_timeval(LOOK_MS);

	if (event_add(&boards->look_ev, &tv) == -1)
		log_error("no memory for the event loop: boards stand still");
}

static void
show_soon(struct boards *boards)
{
	struct timeval at_once = {0, 0};

	/* without memory for it, the next look tries again */
	if (!TAILQ_EMPTY(&boards->due) &&
	    event_add(&boards->show_ev, &at_once) == -1)
		log_debug("no memory for the event loop: boards wait");
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
		board_end_all(b); /* a section's time has begun, or is over */
	}
	board_news_look(b);
	if (b->boards->count > 0)
		look_again(b->boards);
	show_soon(b->boards);
}

/* ---- what one may see ---- */

static int
tell_sees(struct board *board, const uint8_t sees[BOARD_BITS_BYTES],
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

/* Returns 0 if its worker has yet to take how these targets are. */
static int
show(struct board *board)
{
	static const struct msg_vouched nobody;
	const struct msg_vouched *who =
	    board->who == NULL ? &nobody : board->who;
	struct peer *peer = board->peer;
	struct broker *b = peer->broker;
	struct claim_rights rights;
	uint8_t sees[BOARD_BITS_BYTES];
	size_t i;

	memset(sees, 0, sizeof(sees));
	access_hide(b->conf, &board->client, who, sees);
	for (i = 0; i < sizeof(sees); i++)
		sees[i] = (uint8_t)~sees[i];
	board_news_widen(peer, sees);
	/* before: what it shows first is how things are */
	board_news_tell(peer, (uint64_t)time(NULL));
	if (peer->crowd == NULL)
		return 1; /* they have gone */
	if (peer->crowd->has_news)
		return 0;
	claim_fill_rights(b->conf, who, &rights);
	be_shown(board);
	tell_sees(board, sees, &rights);
	return 1;
}

/*
 * One in a turn of the loop: with many targets and sections it takes its time,
 * and others have theirs between.
 */
static void
on_show_cb(evutil_socket_t fd, short what, void *arg)
{
	struct broker *b = arg;
	struct board *board = TAILQ_FIRST(&b->boards->due);

	(void)fd;
	(void)what;
	if (board == NULL)
		return;
	/* one that has to wait goes behind the others */
	TAILQ_REMOVE(&b->boards->due, board, due_entry);
	TAILQ_INSERT_TAIL(&b->boards->due, board, due_entry);
	if (show(board))
		show_soon(b->boards); /* else at the next look */
}

static void
be_due(struct board *board, const struct msg_vouched *who)
{
	struct boards *boards = board->peer->broker->boards;

	if (who != NULL) {
		board->login_id = who->login_id;
		if ((board->who = malloc(sizeof(*who))) == NULL) {
			end(board, CODE_TOO_MANY,
			    "the bridge is out of memory");
			return;
		}
		*board->who = *who;
	}
	board->is_due = 1;
	TAILQ_INSERT_TAIL(&boards->due, board, due_entry);
	show_soon(boards);
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
		be_due(board, who);
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
		board_news_look(peer->broker); /* nobody has looked until now */
		look_again(boards);
	}
	return board;
}

int
board_begin(struct peer *peer, const struct msg_board *ask)
{
	struct broker *b = peer->broker;
	struct board *board;

	if (ask->board_id == 0 || find(peer, ask->board_id) != NULL)
		return VB_EBADMSG;
	if ((board = add(peer, ask)) == NULL)
		return VB_ENOMEM;
	if (peer->crowd->count > BOARDS_MAX)
		end(board, CODE_TOO_MANY, "too many look at the board");
	else if (!b->conf_has_auth)
		be_due(board, NULL);
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

	board_end_all(b);
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
	TAILQ_INIT(&b->boards->due);
	return evtimer_assign(&b->boards->look_ev, b->base, on_look_cb, b) ==
		    -1 ||
		evtimer_assign(&b->boards->show_ev, b->base, on_show_cb, b) ==
		    -1
	    ? VB_ENOMEM
	    : 0;
}
