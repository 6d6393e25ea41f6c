/* SPDX-License-Identifier: ISC */
/*
 * What a person has said on a page that they want of a target that is in use: a
 * random number, good for one OPEN within a minute, of the same login (or,
 * where nobody logs in, of the same address), and for the holder of that moment
 * only.
 */
#ifndef VB_INTENT_H
#define VB_INTENT_H

#include "common/errors.h"
#include "common/proto.h"

struct broker;
struct peer;
struct request;

/* INTEND. Answered by one INTENDED. Returns 0, or VB_EBADMSG. */
VB_MUST_CHECK int
intent_ask(struct peer *peer, const struct msg_intend *intend);

/* Once a session is in, its page is told the number by which it comes again. */
void intents_init(struct broker *broker);

/*
 * Fills in what the request's number is good for, once: want and want_fence. A
 * number that is none, or another's, wants nothing.
 */
void intent_use(struct request *request);

#endif
