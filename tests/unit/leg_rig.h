/* SPDX-License-Identifier: ISC */
/* A leg on a loop, its other end, and what it has told: for tests of leg.c. */
#ifndef VB_TEST_LEG_RIG_H
#define VB_TEST_LEG_RIG_H

#include "worker/leg/leg.h"

#define BULK_BYTES   (512 * 1024) /* far more than the kernel takes */
#define SMALL_BUFFER 4096
#define TURNS	     20
#define POLL_MS	     5000

struct leg_rig {
	struct event_base *base;
	struct leg leg;
	int peer; /* the other end, -1: closed */
	/* how often it called */
	unsigned readable;
	unsigned hung_up;
	unsigned drained;
	unsigned failed;
	int error; /* of failed */
	size_t queued_at_drain;
	int reads;	   /* readable reads a byte */
	int closes;	   /* each callback closes the leg */
	unsigned released; /* shared memory given back */
};

extern struct leg_rig t;
extern unsigned char bulk[BULK_BYTES];

/* Over a socket pair whose buffers are small. */
void open_pair(void);

/* Over TCP on loopback, where a reset is possible. */
void open_tcp(void);

void close_all(void);

/* Looks at the kernel so often, and runs the callbacks that come of it. */
void turn(unsigned times);

/* Runs until nothing is ready: with a leg that spins, until the time-out. */
void expect_rest(void);

/* Closes the peer so that TCP sends a reset, and waits for it. */
void reset_peer(void);

/* For leg_write_shared; the argument is &t. */
void release(void *arg);

#endif
