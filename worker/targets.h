/* SPDX-License-Identifier: ISC */
#ifndef VB_TARGETS_H
#define VB_TARGETS_H

#include "worker/client.h"

/*
 * Answers GET /api/targets: the configured targets as JSON. stated tells
 * their sessions, NULL when the broker could not be asked.
 */
void
targets_answer(struct client *c, int is_head, const struct msg_stated *stated);

#endif
