/* SPDX-License-Identifier: ISC */
/*
 *   phase     what ends it
 *   ASKED     all of what it may see has come
 *   TARGETS   all of these are written
 *   STATES    so is how they are, but for those that are free
 *   LIVE      BOARD_OVER; another configuration; the client leaves
 *   OVER      the answer is ended
 *
 * Invariants: a board is in ready while it has something to write and its
 * client has taken what was written; ready_ev is pending exactly while that
 * list is not empty. The worker has its boards, and their world, while there
 * are any.
 */
#ifndef VB_BOARD_STREAM_H
#define VB_BOARD_STREAM_H

#include <sys/queue.h>

#include <event2/event_struct.h>
#include <stdint.h>

#include "worker/client/client.h"

struct evbuffer;
struct world;

enum board_phase {
	BOARD_ASKED,
	BOARD_TARGETS,
	BOARD_STATES,
	BOARD_LIVE,
	BOARD_IS_OVER
};

struct board {
	TAILQ_ENTRY(board) entry;
	TAILQ_ENTRY(board) ready_entry;
	struct client *client;
	enum board_phase phase;
	uint8_t is_ready;  /* in that list */
	uint8_t is_asked;  /* the broker has it */
	uint8_t is_asking; /* and has not answered */
	uint32_t at;	   /* TARGETS, STATES: the next one */
	uint32_t shown;	   /* targets */
	uint64_t number;   /* LIVE: of the last change that it has */
	uint64_t acked;	   /* bytes, at the last beat */
	unsigned missed;   /* beats without progress, in a row */
	size_t bits_bytes; /* of each of these */
	uint8_t *bits;	   /* sees, may_take, may_watch; malloc'd */
	char *own;	   /* the name of who sees it, malloc\'d; or NULL */
};

TAILQ_HEAD(board_list, board);

struct boards {
	struct board_list list;
	struct board_list ready;
	struct event ready_ev;
	struct client_list unasked; /* the broker is not asked yet */
	struct world *world;
	uint32_t count;
	uint32_t asking; /* that have no answer yet */
};

/* Its turn to be written to comes, if there is something, and room for it. */
void board_stream_wake(struct board *board);
void board_stream_rest(struct board *board);

/* Whether it lacks something that there is. */
int board_stream_has_more(const struct board *board);

/* Returns 0 if the client is lost. */
VB_MUST_CHECK int board_stream_write(struct client *c, struct evbuffer *text);

/* Gives a worker its turns. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int board_stream_open(struct worker *w, struct boards *boards);

#endif
