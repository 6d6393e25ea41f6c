/* SPDX-License-Identifier: ISC */
/* What workers say to the broker, and hear, of boards with three targets. */
#ifndef VB_TEST_BROKER_BOARD_RIG_H
#define VB_TEST_BROKER_BOARD_RIG_H

#include "tests/proc/broker_rig.h"

extern union proto_any board_any; /* the last that a worker has heard */
extern char board_address[64];	  /* of lab1 and lab2: of a pair's listener */
extern const struct rig_target board_labs[]; /* lab1, lab2, lab3 */

/* BOARD, with a cookie of such bytes; and BOARD_END. */
void
board_ask(int worker, uint64_t board_id, const char *client, uint8_t cookie);
void board_leave(int worker, uint64_t board_id);

/* The next message, which must be of that type. */
void board_hear(int worker, enum msg_type type);

/* BOARD_SEES, of the three targets: these. */
void board_expect_sees(
    int worker, uint64_t board_id, unsigned sees, unsigned may_take);

/* BOARD_STATES, of one target that has so many sessions. */
void board_expect_state(int worker, uint32_t target, uint32_t sessions);
void board_expect_over(
    int worker, uint64_t board_id, uint32_t code, const char *reason);

/* Where nobody logs in, and all is free: BOARD, and its answer. */
void board_show(int worker, uint64_t board_id);

/* That target is open after a while, whether or not it was seen on its way. */
void board_hear_open(int worker, uint32_t target);

/* Opens, and waits for OPENED, before which states may be told. */
void board_open_at(int worker, uint64_t conn_id, const char *target);
void board_hear_opened(int worker, uint64_t conn_id);

#endif
