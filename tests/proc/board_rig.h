/* SPDX-License-Identifier: ISC */
/*
 * The real worker, which people ask for the board, with the test as broker and
 * as pages.
 */
#ifndef VB_TEST_BOARD_RIG_H
#define VB_TEST_BOARD_RIG_H

#include "tests/proc/worker_rig.h"

#define BOARD_FIRST	1 /* conn ids, which are those of boards too */
#define BOARD_TARGETS	20
#define BOARD_ALL	0xfffff /* of these, as bits */
#define BOARD_EVENT_MAX 1048576
#define BOARD_REQUEST	"GET /events HTTP/1.1\r\nHost: h\r\n\r\n"

extern struct worker_rig board_w;
extern union proto_any board_any;	  /* the last message to the broker */
extern char board_event[BOARD_EVENT_MAX]; /* the last that a page has read */

/* Starts it with these targets, t0 and so on. Returns the broker's end. */
int board_start(void);

/* ---- the broker ---- */

void board_tell(int broker, enum msg_type type, const void *body);
void board_fill_bits(uint8_t *bits, uint32_t from);

/* All of it, in one slice. */
struct msg_board_sees board_sees_of(uint64_t board_id, uint32_t sees);
void board_say_sees(int broker, uint64_t board_id, uint32_t sees);
void board_say_state(int broker, uint32_t target, uint32_t sessions);
void board_say_over(
    int broker, uint64_t board_id, uint32_t code, const char *reason);

/* BOARD, or BOARD_END, is the next message. */
void board_expect(int broker, uint64_t board_id);
void board_expect_end(int broker, uint64_t board_id);

/* A client of that id is answered: what was said before has been read. */
void board_expect_all_read(int broker, uint64_t conn_id);

/* ---- the page ---- */

/* Asks. Returns the client's end; broker -1: nobody is asked. */
int board_asked(int broker, uint64_t board_id);

/* The same, and has been shown these targets, which are free. */
int board_live(int broker, uint64_t board_id, uint32_t sees);

void board_expect_nothing(int client);
void board_read_event(int client);
void board_expect_event(int client, const char *wanted);

/* The answer's head; the same and so many targets; what is behind these. */
void board_expect_head(int client);
void board_expect_targets(int client, unsigned count);
void board_expect_ready(int client, unsigned count);

/* It is over with code 0, or was none. **Take** the client. */
void board_expect_over(int client);
void board_expect_status(int client, const char *status);

#endif
