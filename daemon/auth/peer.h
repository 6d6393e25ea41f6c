/* SPDX-License-Identifier: ISC */
/* The channels of those that ask auth: each worker's, and the broker's. */
#ifndef VB_AUTH_PEER_H
#define VB_AUTH_PEER_H

#include "common/asker.h"

#define PEER_WORKERS_MAX 256 /* the most that settings.h allows */

struct auth;

struct peer {
	struct auth *auth; /* its handlers' */
	struct asker asker;
};

/*
 * **Keeps** all of it: master is where the master's channel will be, and ops
 * what the peer may say.
 */
void peer_init(struct peer *peer, struct auth *auth, struct ipc *const *master,
    enum proto_role role, uint32_t index, const struct ipc_ops *ops);

/* For ops. */
void peer_on_closed(void *arg, int reason);

/*
 * Sends to it, if it is there; one that can't be told loses its channel.
 * Returns whether it was told.
 */
int peer_tell(struct peer *peer, enum msg_type type, const void *body);

#endif
