/* SPDX-License-Identifier: ISC */
/*
 * What becomes of a request for a target that has no place: it waits in the
 * queue, or for the holder's answer, or takes the holder's place.
 */
#ifndef VB_CLAIM_H
#define VB_CLAIM_H

#include "common/errors.h"
#include "common/proto.h"

struct broker;
struct conf;
struct configured;
struct peer;
struct request;
struct session;

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int claims_init(struct broker *broker);

/* Whose place the request takes if it is let: it may, and wants to; or NULL. */
const struct session *
claim_replaces(const struct request *request, const struct configured *target);

/*
 * The request has found no place at the target. Returns 1 if it waits, or was
 * answered; 0: it is to be refused.
 */
int claim_begin(struct request *request, struct configured *target);

/* A page has answered. Returns 0, or VB_EBADMSG. */
int claim_answer(struct peer *peer, const struct msg_said *said);

/*
 * Tells a page by whom its target is held, and what it may do about that. The
 * refusal follows.
 */
void claim_tell_in_use(struct request *request, const struct configured *t);

#endif
