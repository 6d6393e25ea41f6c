/* SPDX-License-Identifier: ISC */
/* How a configured target is, as the board shows it. */
#ifndef VB_BROKER_BOARD_STATE_H
#define VB_BROKER_BOARD_STATE_H

#include "common/proto.h"
#include "daemon/broker/broker.h"

/* Whether there is nothing to say of it: it is free. */
int board_state_is_free(const struct configured *target, int is_starting);

/* Fills it in; now_sec is the epoch's. */
void board_state_fill(const struct broker *broker, const struct configured *t,
    int is_starting, uint64_t now_sec, struct board_state *state);

/* Sets the bits of those that are being started, or are about to. */
void board_state_starting(
    const struct broker *broker, uint8_t starting[PROTO_TARGETS_MAX / 8]);

/* A number that another state does not have; 0 is of none. */
uint64_t board_state_sum(const struct board_state *state);

#endif
