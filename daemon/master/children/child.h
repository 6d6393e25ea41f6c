/* SPDX-License-Identifier: ISC */
/*
 * One child process: its program, channel, and what the master knows of it.
 */
#ifndef VB_CHILD_H
#define VB_CHILD_H

#include <sys/types.h>

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"

#define CHILD_CHANNEL_FD 3 /* where a child finds its channel */

struct ipc;
struct supervisor;

/* A worker's channel to another child, as the master knows of it. */
struct link {
	uint32_t fence;		 /* of its last PEER, 0: none */
	uint32_t unjoined_fence; /* the last that the worker has given up */
	uint8_t is_wanted;	 /* to be made, when both are ready */
};

struct child {
	struct supervisor *supervisor;
	enum proto_role role;
	uint32_t index;
	pid_t pid; /* 0: not running */
	struct ipc *ipc;
	struct event restart_ev; /* waits to be started again */
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
	struct link broker_link; /* workers: to the broker */
	struct link keeper_link; /* workers: to the keeper */
	uint64_t complained_ms;	 /* workers: of either, 0: never */
	uint8_t owes_kept;	 /* keeper: CONF_END is on its way */
	uint8_t owes_alive;	 /* a PROBE is on its way */
	uint32_t missed;	 /* rounds without the ALIVE that it owes */
	uint64_t probe_number;	 /* of the last PROBE */
};

/* A worker's link to the broker or the keeper, as role says. */
static inline struct link *
child_link(struct child *worker, enum proto_role role)
{
	return role == ROLE_KEEPER ? &worker->keeper_link
				   : &worker->broker_link;
}

/* "worker 3", "broker", "keeper": its name in the log. A static text. */
const char *child_name(const struct child *child);

/*
 * Starts the child's program, with its end of a new channel on descriptor
 * CHILD_CHANNEL_FD, /dev/null for input and output, nothing else open, and
 * an empty environment. **Gives** *channel, the master's end. Sets pid.
 * Returns 0 or VB_ESYS.
 */
VB_MUST_CHECK int child_spawn(struct child *child, int *channel);

/*
 * Remembers what child_spawn needs and could not get behind the sandbox, and
 * opens the programs: an update replaces the files, and those that belong
 * together are to be run until the daemon ends. A child gets /dev/null for its
 * standard streams: on a terminal or in a journal, it could write lines that
 * look like the master's. keep_stderr (with -d): builds that report there keep
 * it. Returns 0, or VB_ESYS with error set.
 */
VB_MUST_CHECK int
child_prepare(int keep_stderr, char *error, size_t error_size);

/* The paths of the programs; NULL behind the last. */
const char *child_program(size_t i);

#endif
