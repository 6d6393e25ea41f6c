/* SPDX-License-Identifier: ISC */
/*
 * Targets that are started when somebody opens them: a request waits, its
 * client is told so, and goes on when there is something to connect to. One
 * start is for all who wait. The request's lease was taken before.
 */
#ifndef VB_HOOK_H
#define VB_HOOK_H

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/broker/pending.h"

/* Before the first request. */
void hook_init(struct broker *broker);

/*
 * Before it goes to its target. Returns 1 if it waits: whether that runs has to
 * be found out first, or it is just being started or stopped.
 */
VB_MUST_CHECK int hook_begin(struct request *request);

/*
 * It has not reached its target; error is an errno, or ENOENT: it has no
 * address yet. Returns 1 if it waits for that to be started.
 */
VB_MUST_CHECK int hook_takes(struct request *request, int error);

/* A command has ended. Returns 0, or VB_EBADMSG: nobody has asked for that. */
VB_MUST_CHECK int hook_ran(struct broker *broker, const struct msg_ran *ran);

/* There is no runner any more: what it ran has no answer. */
void hook_lost(struct broker *broker);

#endif
