/* SPDX-License-Identifier: ISC */
/*
 * What is told of targets to the workers that have boards, for board.c: looks
 * at all of them, and says what is not as it was said before.
 */
#ifndef VB_BROKER_BOARD_NEWS_H
#define VB_BROKER_BOARD_NEWS_H

#include <sys/queue.h>

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/proto.h"
#include "daemon/broker/broker.h"

struct peer;

#define BOARD_BITS_BYTES (PROTO_TARGETS_MAX / 8)

struct board {
	TAILQ_ENTRY(board) entry;
	TAILQ_ENTRY(board) due_entry;
	struct peer *peer;
	uint64_t id;
	uint64_t login_id; /* 0: nobody logs in */
	struct addr client;
	struct vouch *vouch;	 /* auth is asked whose it is; or NULL */
	struct msg_vouched *who; /* as it has said; malloc'd; or NULL */
	uint8_t is_due;		 /* it is in that list */
};

/* The boards of one worker. */
struct crowd {
	TAILQ_HEAD(, board) boards;
	unsigned count;
	uint8_t has_news;
	uint8_t sees[BOARD_BITS_BYTES]; /* any of them, or one before */
	uint8_t news[BOARD_BITS_BYTES]; /* it is to be told of */
	/*
	 * When it was told last, it was not free. If a BOARD crosses the
	 * BOARD_OVER of the last that is here, the worker still knows that.
	 */
	uint8_t is_used[BOARD_BITS_BYTES];
};

struct boards {
	unsigned count;
	struct event look_ev;
	TAILQ_HEAD(, board) due; /* what they may see is to be found out */
	struct event show_ev;
	uint64_t *sums; /* of what was told of each target; 0: it is free */
	uint64_t rights_sum;
	uint8_t starting[BOARD_BITS_BYTES];
};

/* What is new to a worker, as far as it takes what it is told. */
void board_news_tell(struct peer *peer, uint64_t now_sec);

/* Looks at all targets, and tells all workers. */
void board_news_look(struct broker *broker);

/*
 * A worker may show these, too: what it did not see before, and is or was not
 * free, is news.
 */
void board_news_widen(struct peer *peer, const uint8_t sees[BOARD_BITS_BYTES]);

#endif
