/* SPDX-License-Identifier: ISC */
/*
 * The boards that people look at. While there are any, all targets are looked
 * at again and again, and what has changed is told to the workers that may
 * show it: so no change can be forgotten, and many soon after each other are
 * one. What a board sees is found out once: it is over when that may have
 * changed, and its page asks for another.
 */
#ifndef VB_BROKER_BOARD_H
#define VB_BROKER_BOARD_H

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/broker/broker.h"

struct peer;

/* BOARD and BOARD_END. Return 0, or a negative error: a bad message. */
VB_MUST_CHECK int board_begin(struct peer *peer, const struct msg_board *board);
VB_MUST_CHECK int board_end(struct peer *peer, const struct msg_board_end *end);

/* That login is over: so are its boards. */
void
board_end_login(struct broker *broker, uint64_t login_id, const char *reason);

/* What they see may have changed: their pages ask for others at once. */
void board_end_all(struct broker *broker);

/* Another configuration applies. */
void board_use_conf(struct broker *broker);

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int board_init(struct broker *broker);

#endif
