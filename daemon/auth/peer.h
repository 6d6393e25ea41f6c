/* SPDX-License-Identifier: ISC */
/* The channels of those that ask auth: each worker's, and the broker's. */
#ifndef VB_AUTH_PEER_H
#define VB_AUTH_PEER_H

#include "common/errors.h"
#include "common/proto.h"

#define PEER_WORKERS_MAX 256 /* the most that settings.h allows */

struct auth;
struct event_base;
struct ipc;
struct ipc_ops;

struct peer {
	struct auth *auth;	   /* its handlers' */
	struct ipc *const *master; /* who is told of one that breaks a rule */
	const struct ipc_ops *ops;
	struct ipc *ipc; /* NULL: there is none now */
	enum proto_role role;
	uint32_t index;
	uint32_t fence; /* PEER's: who has asked before it gets no answer */
};

/*
 * **Keeps** all of it: master is where the master's channel will be, and ops
 * what the peer may say.
 */
void peer_init(struct peer *peer, struct auth *auth, struct ipc *const *master,
    enum proto_role role, uint32_t index, const struct ipc_ops *ops);

/* A channel instead of any before. **Takes** fd. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int peer_connect(
    struct peer *peer, struct event_base *base, uint32_t fence, int fd);

/* The channel is closed, or is to be, for this reason; see ipc_closed. */
void peer_drop(struct peer *peer, int reason);

/*
 * Sends to it, if it is there; one that can't be told loses its channel.
 * Returns whether it was told.
 */
int peer_tell(struct peer *peer, enum msg_type type, const void *body);

#endif
