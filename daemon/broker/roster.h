/* SPDX-License-Identifier: ISC */
/* The configured targets, as an operator sees them. */
#ifndef VB_ROSTER_H
#define VB_ROSTER_H

#include <stdint.h>

#include "daemon/broker/broker.h"

/* Fills in all but the cookie: the targets from the first that is not known. */
void roster_fill(
    const struct broker *broker, uint64_t first, struct msg_targets_are *are);

#endif
