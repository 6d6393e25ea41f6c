/* SPDX-License-Identifier: ISC */
/*
 * POST /api/intent: a person says what they want of a target that is in use.
 * The broker's answer is a number, good for one WebSocket.
 */
#ifndef VB_INTEND_H
#define VB_INTEND_H

#include "worker/client/client.h"
#include "worker/parse/request.h"

/* Answers, or lets it wait in QUERY. */
void intend_begin(struct client *c, const struct request *req);

/* INTENDED has come; the worker's go_on() follows. */
void intend_answer(struct client *c, const struct msg_intended *said);

/* It has not, in time. */
void intend_miss(struct client *c);

#endif
