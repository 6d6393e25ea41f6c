/* SPDX-License-Identifier: ISC */
/*
 * Who gets a connection: the worker with the fewest. One that does not take
 * what it was handed gets no more until it does.
 */
#ifndef VB_BALANCE_H
#define VB_BALANCE_H

#include <stdint.h>

#include "common/proto.h"

struct child;
struct supervisor;

/* The worker that should have the next conn, or NULL: none can now. */
struct child *supervisor_pick(struct supervisor *sup);

/* Hands an accepted socket over. **Takes** fd. */
void supervisor_hand_over(struct supervisor *sup, struct child *worker,
    const struct msg_client *client, int fd);

/* Conns that were handed over and have not ended. */
uint64_t supervisor_conns(const struct supervisor *sup);

#endif
