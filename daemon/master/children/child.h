/* SPDX-License-Identifier: ISC */
/*
 * One child process, its channel, and what the master knows of it.
 */
#ifndef VB_CHILD_H
#define VB_CHILD_H

#include <sys/types.h>

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/proto.h"

struct ipc;
struct ipc_ops;
struct supervisor;

/* A channel to a child that is asked, as the master knows of it. */
struct link {
	uint32_t fence;		 /* of its last PEER, 0: none */
	uint32_t unjoined_fence; /* the last that the asker has given up */
	uint8_t is_wanted;	 /* to be made, when both are ready */
};

struct child {
	struct supervisor *supervisor;
	enum proto_role role;
	uint32_t index;
	pid_t pid; /* 0: not running */
	struct ipc *ipc;
	const struct ipc_ops *ops; /* what it may say */
	struct event restart_ev;   /* waits to be started again */
	uint8_t is_wanted;	   /* the configuration needs it */
	uint8_t is_ready;
	uint8_t is_retiring; /* gets no more, ends when it is empty */
	uint8_t was_stalled; /* said so in the log */
	uint32_t restarts;
	uint32_t failures; /* in a row, each soon after its start */
	uint64_t started_ms;
	uint64_t since_sec;
	uint64_t handed; /* CLIENTs, of this process */
	uint64_t taken;
	uint64_t ended;
	uint64_t waiting_since_ms; /* of the oldest not yet taken */
	uint32_t sessions;
	struct link broker_link;    /* workers: to the broker */
	struct link keeper_link;    /* workers: to the keeper */
	struct link auth_link;	    /* workers and broker: to auth */
	struct link fetch_link;	    /* auth: to fetch */
	struct link pam_link;	    /* auth: to pam */
	struct link runner_link;    /* broker: to runner */
	uint64_t complained_ms;	    /* of any that it asks, 0: never */
	uint8_t owes_kept;	    /* keeper, auth: CONF_END is on its way */
	uint8_t owes_alive;	    /* a PROBE is on its way */
	uint32_t missed;	    /* rounds without the ALIVE that it owes */
	uint64_t probe_number;	    /* of the last PROBE */
	struct msg_counted counted; /* the last that it has said */
	uint64_t count_number;	    /* of the last COUNT */
	uint64_t metrics_number;    /* of the METRICS that it has asked */
	uint8_t owes_counted;	    /* a COUNT is on its way */
	uint8_t is_awaited;	    /* and the round waits for it */
	uint8_t wants_metrics;	    /* workers: METRICS_ARE is owed to it */
};

/* An asker's link to the child of that role. */
static inline struct link *
child_link(struct child *asker, enum proto_role role)
{
	if (role == ROLE_AUTH)
		return &asker->auth_link;
	if (role == ROLE_FETCH)
		return &asker->fetch_link;
	if (role == ROLE_PAM)
		return &asker->pam_link;
	if (role == ROLE_RUNNER)
		return &asker->runner_link;
	return role == ROLE_KEEPER ? &asker->keeper_link : &asker->broker_link;
}

/* "worker 3", "broker": its name in the log. A static text. */
const char *child_name(const struct child *child);

/* "the broker", "auth": as it stands in a sentence. A static text. */
const char *child_role_words(enum proto_role role);

/* Ends what is left of a child; its death comes with SIGCHLD. */
void child_cut_off(struct child *child);

#endif
