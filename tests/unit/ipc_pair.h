/* SPDX-License-Identifier: ISC */
/*
 * A master's and a worker's end of one channel, on one loop, for the tests
 * of ipc.c.
 */
#ifndef VB_TEST_IPC_PAIR_H
#define VB_TEST_IPC_PAIR_H

#include "common/ipc.h"

#define HEARD_MAX 4096

struct end {
	struct ipc *ipc;
	uint64_t heard[HEARD_MAX]; /* a number out of each message's body */
	unsigned count;
	unsigned closed;  /* how often */
	int reason;	  /* of the last closed */
	unsigned drained; /* how often */
	int fd;		  /* the last message's, -1: none came */
	unsigned had_fds; /* messages that had one */
	/* what the next messages are answered with */
	int keeps_fd; /* takes the descriptor */
	int answer;   /* the handler's */
	int frees_in_handler;
	int keeps_when_closed; /* not freed in closed */
	int sends_in_handler;
	char log_line[640];
	uint32_t log_dropped;
};

struct event_base;

struct ipc_pair {
	struct event_base *base;
	struct end master;
	struct end worker;
};

extern const struct ipc_ops pair_master_ops;
extern const struct ipc_ops pair_worker_ops;

/* Both ends on one loop, in PHASE_RUN. */
void ipc_pair_start(struct ipc_pair *pair);

/* Only the worker's end; returns the plain socket that is its master. */
int ipc_pair_start_worker(struct ipc_pair *pair);

void ipc_pair_stop(struct ipc_pair *pair);

/* Runs what is ready, until nothing is. */
void ipc_pair_run(struct ipc_pair *pair);

/* Sends a DRAIN with that number to the worker's end. */
int pair_send_number(struct ipc_pair *pair, uint32_t number);

/* Open descriptors of this process. */
unsigned count_descriptors(void);

/* A datagram as it is, with up to 3 descriptors. Returns 0 or -1. */
int send_datagram(
    int channel, const void *bytes, size_t len, const int *fds, size_t count);

/* A whole message of that type into out; returns its length. */
size_t
make_message(unsigned char out[PROTO_DATAGRAM_MAX + 1], enum msg_type type);

#endif
