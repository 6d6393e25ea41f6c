/* SPDX-License-Identifier: ISC */
/* The workers, each with its channel and its sessions. */
#ifndef VB_PEER_H
#define VB_PEER_H

#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/broker/session.h"

#define PEERS_MAX PROTO_WORKERS_MAX

struct broker;
struct ipc;
struct ipc_ops;
struct presented;

struct crowd;
struct errand;
TAILQ_HEAD(errand_list, errand);

struct peer {
	struct broker *broker;
	const struct ipc_ops *ops;
	struct ipc *ipc; /* NULL: there is no such worker now */
	uint32_t index;
	uint32_t fence; /* PEER's, for DROPPED */
	struct session_list sessions;
	uint32_t session_count;
	uint32_t held_count;
	struct presented *presented; /* for the OPEN that comes next */
	struct errand_list errands;  /* INTENDs that wait for auth */
	unsigned errand_count;
	void (*forget_errands)(struct peer *peer); /* intent.c's, or NULL */
	struct crowd *crowd; /* board.c's: of who look at boards; or NULL */
	void (*forget_crowd)(struct peer *peer); /* the same, if it is there */
	struct vouch *state_vouch; /* for whom its STATE asks; or NULL */
	struct msg_state state;	   /* the same, without the cookie */
	unsigned lookups;	   /* names that c-ares still has for it */
	unsigned sockets;	   /* of its dials, see share.h */
	uint8_t is_announced;	   /* HELD_END has come */
	uint8_t is_unheard; /* it may hold what an earlier broker has given */
};

/* **Keeps** ops: what workers may say. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int peers_init(struct broker *broker, const struct ipc_ops *ops);

/*
 * A channel to worker index, instead of any before. **Takes** fd. Returns
 * 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int peer_connect(struct peer *peer, uint32_t fence, int fd);

/* The channel is closed, or is to be, for this reason; see ipc_closed. */
void peer_drop(struct peer *peer, int reason);

/* The session that this worker calls so, or NULL. */
struct session *peer_find_session(struct peer *peer, uint64_t conn_id);

/*
 * Adds and removes a session of this worker; see session_new. NULL also
 * when it has too many, but for those that it held before.
 */
struct session *peer_add_session(struct peer *peer, uint64_t conn_id);
struct session *peer_add_held(struct peer *peer, uint64_t conn_id);

/* Whose it is: it counts as that address's. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int peer_set_client(
    struct peer *peer, struct session *session, const struct addr *client);
void peer_remove_session(struct peer *peer, struct session *session);

/* What was open when its channel broke is over, but what it has said since. */
void peer_end_orphans(struct peer *peer);

/*
 * What the workers hold that live at the start is to be heard first; and: this
 * one has told, or has gone.
 */
void peers_await(struct broker *broker);
void peer_heard(struct peer *peer);

/* The process that had this channel has ended. */
void peer_gone(struct peer *peer, uint32_t fence);

/* Refuses if not even a session could be made. */
void peer_refuse_open(struct peer *peer, const struct msg_open *open);

/* OPENED may take so much longer. Without memory, as below. */
void peer_send_wait(struct peer *peer, uint64_t conn_id, uint32_t seconds);

/* Sends OPENED. **Takes** fd. Without memory the channel is given up. */
void
peer_send_opened(struct peer *peer, const struct msg_opened *opened, int fd);

#endif
