/* SPDX-License-Identifier: ISC */
/* The configured targets, as an operator sees them. */
#ifndef VB_ROSTER_H
#define VB_ROSTER_H

#include <stdint.h>

#include "daemon/broker/broker.h"

/* Answers TARGETS: the targets from the first that is not known. */
void roster_answer(const struct broker *broker, const struct msg_targets *ask);

#endif
