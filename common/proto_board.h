/* SPDX-License-Identifier: ISC */
/*
 * The bodies of the messages about the board, on which somebody sees all of
 * their targets live: a part of proto.h, which includes it, and explains.
 */
#ifndef VB_PROTO_BOARD_H
#define VB_PROTO_BOARD_H

#include <stdint.h>

#include "common/addr.h"
#include "common/proto_auth.h"
#include "common/proto_lease.h"

#define BOARD_SLICE_MAX	 4096 /* targets in one BOARD_SEES */
#define BOARD_STATES_MAX 6    /* targets in one BOARD_STATES */
#define BOARD_BY_MAX	 8    /* names of those who have a target */

/*
 * Structure for MSG_BOARD: worker to broker. Somebody looks at the board. All
 * fields untrusted: board_id must be new on this channel and not 0. Answered by
 * BOARD_SEES, or by BOARD_OVER.
 */
struct msg_board {
	uint64_t board_id;
	struct addr client;
	uint8_t cookie[AUTH_COOKIE_BYTES]; /* as in OPEN */
};

/* Structure for MSG_BOARD_END: worker to broker. Nobody looks any more. */
struct msg_board_end {
	uint64_t board_id; /* one that is unknown has ended by itself */
};

/*
 * Structure for MSG_BOARD_SEES: broker to worker. What a board may show, a bit
 * for each target in the order of CONF_TARGET, the lowest first. Of the last,
 * first + count is total; then the board begins. What is to be told of these
 * targets has been told, or is not: then they are free.
 */
struct msg_board_sees {
	uint64_t board_id;
	uint32_t generation; /* of the configuration that is meant */
	uint32_t total;	     /* of its targets */
	uint32_t first;	     /* a multiple of 8 */
	uint32_t count;
	uint8_t sees[BOARD_SLICE_MAX / 8];
	uint8_t may_take[BOARD_SLICE_MAX / 8];
	uint8_t may_watch[BOARD_SLICE_MAX / 8];
};

/* How a target is. All zeroes but for its number: it is free. */
struct board_state {
	uint32_t target; /* in the order of CONF_TARGET */
	uint32_t open;	 /* sessions */
	uint32_t pending;
	uint32_t waiting; /* who asks, or is in the queue */
	uint32_t kept;	  /* places for those who have lost the network */
	uint32_t is_locked;
	uint32_t is_starting;
	uint32_t by_count;
	uint64_t since_sec; /* the epoch's: of the first session */
	uint64_t idle_sec;  /* the same: nobody has done anything since; or 0 */
	uint64_t down_sec;  /* the same: could not be reached then; or 0 */
	/* users, or addresses; without a session: for whom it is kept */
	char by[BOARD_BY_MAX][AUTH_NAME_MAX];
	char lock_text[LEASE_TEXT_MAX];
};

/*
 * Structure for MSG_BOARD_STATES: broker to worker. Of targets that any of its
 * boards may show, and that have changed.
 */
struct msg_board_states {
	uint32_t generation;
	uint32_t count;
	struct board_state states[BOARD_STATES_MAX];
};

/*
 * Structure for MSG_BOARD_OVER: broker to worker, once, unless BOARD_END came
 * before. The board is over.
 */
struct msg_board_over {
	uint64_t board_id;
	uint32_t code; /* a close code; 0: what it sees has changed */
	char reason[LEASE_TEXT_MAX];
};

#endif
