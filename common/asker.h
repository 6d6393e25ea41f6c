/* SPDX-License-Identifier: ISC */
/*
 * The channel to one that asks this process. It is weaker: what it says is
 * checked, and if it breaks a rule, it loses the channel and the master ends
 * it. What it has asked is its owner's, to be forgotten with the channel.
 */
#ifndef VB_ASKER_H
#define VB_ASKER_H

#include "common/errors.h"
#include "common/proto.h"

struct event_base;
struct ipc;
struct ipc_ops;

struct asker {
	/* the owner's, before it joins; what they point to is **kept** */
	enum proto_role self;
	enum proto_role role;
	uint32_t index;
	uint8_t has_index;	   /* the log says it */
	struct ipc *const *master; /* where the master's channel will be */
	const struct ipc_ops *ops; /* what it may say, */
	void *arg;		   /* and its handlers' */

	struct ipc *ipc; /* NULL: there is none now */
	uint32_t fence;	 /* PEER's: who has asked before it gets no answer */
};

/* A channel instead of any before. **Takes** fd. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int asker_connect(
    struct asker *asker, struct event_base *base, uint32_t fence, int fd);

/*
 * The same for the one that alone may ask, of the master's PEER: ends the
 * process if this is not for it, or without memory. **Takes** *fd.
 */
void asker_join(struct asker *asker, struct event_base *base,
    const struct msg_peer *peer, int *fd);

/* The channel is closed, or is to be, for this reason; see ipc_closed. */
void asker_drop(struct asker *asker, int reason);

#endif
