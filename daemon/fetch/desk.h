/* SPDX-License-Identifier: ISC */
/*
 * What is asked, from the question to its answer:
 *
 *   state     what ends it
 *   waiting   a place is free
 *   finding   the host's addresses are known
 *   asking    the provider has answered, or nothing will come
 *
 * All of it together has FETCH_TIMEOUT_MS. Each question is answered once.
 */
#ifndef VB_FETCH_DESK_H
#define VB_FETCH_DESK_H

#include <sys/queue.h>

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/fetch/finder.h"
#include "daemon/fetch/providers.h"
#include "daemon/fetch/transfer.h"

#define DESK_RUNNING_MAX 16
#define DESK_OF_PROVIDER 8 /* of these: a slow one leaves the others some */
#define DESK_WAITING_MAX 64

TAILQ_HEAD(request_list, request);

struct desk {
	struct event_base *base;
	struct finder finder;
	struct providers *providers; /* owned; that apply */
	uint32_t generation;	     /* of the configuration that has them */
	struct wires *wires;
	struct request_list waiting;
	struct request_list running;
	unsigned waiting_count;
	unsigned running_count;
	struct event next_ev; /* a place may be free */
	void (*answer)(
	    void *arg, uint64_t id, const struct transfer_answer *answer);
	void *arg;
};

/* Zeroed before; the caller sets answer and arg. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int desk_init(struct desk *desk, struct event_base *base);

/* What applies from now on. **Takes** providers. */
void
desk_use(struct desk *desk, struct providers *providers, uint32_t generation);

/* Begins, or answers at once. **Borrows** fetch, whose texts end in NULs. */
void desk_ask(struct desk *desk, const struct msg_fetch *fetch);

/* Ends all of it without an answer: nobody is there to hear it. */
void desk_clear(struct desk *desk);

#endif
