/* SPDX-License-Identifier: ISC */
/*
 * Finds children that hang: each is asked from time to time, and one that
 * owes the answer for watchdog-timeout is replaced as if it had died.
 */
#ifndef VB_WATCHDOG_H
#define VB_WATCHDOG_H

#include <stdint.h>

#include "common/errors.h"

struct supervisor;

/* Prepares the event. Returns 0 or -1. */
VB_MUST_CHECK int watchdog_init(struct supervisor *sup);

/* Begins, or goes on with the setting of another bundle; 0 ends it. */
void watchdog_start(struct supervisor *sup);

/* One round over all children; now_ms is monotonic. */
void watchdog_round(struct supervisor *sup, uint64_t now_ms);

/* The handler of MSG_ALIVE; arg is the child. */
int watchdog_on_alive(void *arg, const void *body, int *fd);

#endif
