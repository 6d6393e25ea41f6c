/* SPDX-License-Identifier: ISC */
/*
 * A worker inside the test's own process, whose loop is turned by hand and
 * whose state is open to it; its clients ask for nothing.
 */
#ifndef VB_TEST_INNER_WORKER_H
#define VB_TEST_INNER_WORKER_H

#include "worker/client/client.h"
#include "worker/worker.h"

struct inner {
	struct worker w;
	struct worker_conf conf;
	int master;	    /* far end of the channel */
	int drained_status; /* of w.drained(), or -1 */
};

extern struct inner inner;

void inner_start(void);

/* Closes the clients that are left, too. */
void inner_stop(void);

/* One turn of the loop: nothing is waited for. */
void inner_turn(void);

/* Hands a client over; gives its far end. */
struct client *inner_give_client(uint64_t conn_id, int *far_end);

#endif
