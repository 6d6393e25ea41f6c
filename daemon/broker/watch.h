/* SPDX-License-Identifier: ISC */
/*
 * Who looks on at a target that somebody else uses. They have no place: nobody
 * is kept out by them, asked by them or waits for them, and they hold nothing.
 * Their worker lets nothing through that does anything. When nobody uses the
 * target any more they are ended, and everybody who uses it is told of them.
 */
#ifndef VB_WATCH_H
#define VB_WATCH_H

#include "common/errors.h"

struct broker;
struct configured;
struct request;
struct session;

#define WATCH_NOT_ALLOWED "you may not watch it"

void watch_init(struct broker *broker);

/*
 * The request wants to look on: t (NULL: nothing configured) is the target that
 * it is for. Returns 1, and its session looks on from now on; or 0: the request
 * was refused.
 */
VB_MUST_CHECK int
watch_begin(struct request *request, struct configured *target);

/*
 * A session is open, or a new broker has heard of it: it hears at whom it looks
 * on, or who does at it; and those of the other kind, that it is there.
 */
void watch_tell(struct session *session);

#endif
