/* SPDX-License-Identifier: ISC */
/*
 * The real runner over socket pairs, with the test as its master and its
 * broker. VB_RUNNER names the program. Its target "vm" has commands: start ends
 * with 3, stop hangs, and check succeeds.
 */
#ifndef VB_TEST_RUNNER_RIG_H
#define VB_TEST_RUNNER_RIG_H

#include "tests/proc/broker_rig.h"

#define RUNNER_RIG_STATUS 3 /* of start */

struct runner_rig {
	struct rig rig;
	int broker;
	uint32_t fence;
	unsigned dropped; /* DROPPEDs that came */
	struct msg_dropped last_dropped;
	char log[65536]; /* lines that came, as far as they fit */
};

/* The parts of a start, in their order. */
void runner_spawn(struct runner_rig *r);
void runner_configure(struct runner_rig *r);
void runner_wait_ready(struct runner_rig *r);

/* A channel; the end of the one that asks is r->broker. */
void runner_join(struct runner_rig *r);

/* All of it; and the end. */
void runner_run(struct runner_rig *r);
void runner_stop(struct runner_rig *r);

/* Asks for a sign of life, and reads all that was said before it. */
void runner_probe(struct runner_rig *r);

void runner_event(struct runner_rig *r, const char *line);

void runner_ask(struct runner_rig *r, enum hook_kind kind, uint64_t number);

/* Waits for the next answer. */
void runner_read(struct runner_rig *r, struct msg_ran *ran);

#endif
