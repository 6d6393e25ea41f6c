/* SPDX-License-Identifier: ISC */
/*
 * The supervisor's state, which its files share.
 *
 * Invariants: a child with pid 0 has no channel, and its restart event is
 * pending unless it is not wanted or everything is draining. conns is the sum
 * of handed - ended over all workers that run.
 */
#ifndef VB_SUPERVISOR_H
#define VB_SUPERVISOR_H

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/lost.h"
#include "daemon/bundle/bundle.h"
#include "daemon/master/children/child.h"
#include "daemon/master/children/host_files.h"
#include "daemon/master/children/supervisor_ops.h"

#define WORKERS_MAX	   256
#define SUPERVISOR_SERVERS 6 /* of which there is one each, at most */

/* conns over max-connections, which are told so (accept.c) */
#define SUPERVISOR_REFUSED_MAX 64

struct sources;

/* Who looks at a bundle that is offered. */
enum offer_step {
	OFFER_NONE,
	OFFER_KEEPER,
	OFFER_AUTH
};

struct supervisor {
	struct event_base *base;
	const struct bundle *bundle;
	const struct bundle *offered; /* somebody looks at it; or NULL */
	enum offer_step offer_step;
	const struct supervisor_ops *ops;
	void *arg;
	struct child keeper;
	struct child broker;
	struct child auth;   /* runs if the bundle needs it */
	struct child fetch;  /* the same */
	struct child pam;    /* the same */
	struct child runner; /* the same */
	struct child *servers[SUPERVISOR_SERVERS];
	struct child *workers[WORKERS_MAX];
	const struct ipc_ops *worker_ops; /* of those that are still to come */
	uint32_t worker_count;		  /* slots in use */
	unsigned cpus;
	uint32_t next; /* where the search for a worker begins */
	uint64_t conns;
	struct sources *sources; /* whose they are */
	struct event child_ev;	 /* SIGCHLD */
	struct event drain_ev;
	struct host_files broker_files;
	struct host_files fetch_files;
	struct {
		struct event ev;
		uint64_t asked_ms;	      /* when the last round began */
		uint64_t gone[METRICS_COUNT]; /* of those that died */
		uint8_t state;		      /* count.c's */
	} counting;
	struct lost lost;	 /* events.c's */
	struct event watch_ev;	 /* the watchdog's next round */
	uint64_t watch_round_ms; /* from one to the next, 0: it is off */
	uint64_t watched_ms;	 /* when the last was */
	uint64_t ends_sec[PROTO_CERTS_MAX]; /* as the keeper told last */
	uint8_t has_kept;    /* the keeper has the keys of the start */
	uint8_t has_started; /* the READY barrier is passed */
	uint8_t is_draining;
	uint8_t is_refusing; /* brokers let nobody new in */
	uint8_t has_orphans; /* what pam leaves is to be ended */
};

/* Each child by a number, the workers last; NULL after them. */
static inline struct child *
supervisor_child(const struct supervisor *sup, uint32_t i)
{
	if (i < SUPERVISOR_SERVERS)
		return sup->servers[i];
	i -= SUPERVISOR_SERVERS;
	return i < sup->worker_count ? sup->workers[i] : NULL;
}

/* The one child of that role, or NULL: there are many, or none. */
static inline struct child *
supervisor_server(const struct supervisor *sup, uint32_t role)
{
	uint32_t i;

	for (i = 0; i < SUPERVISOR_SERVERS; i++)
		if (sup->servers[i]->role == role)
			return sup->servers[i];
	return NULL;
}

/*
 * What that child is to have now, or has to answer for: what is offered, if
 * it is its turn to look at that, or has been; else what applies.
 */
static inline const struct bundle *
supervisor_bundle_of(const struct child *child)
{
	const struct supervisor *sup = child->supervisor;
	int is_shown = sup->offer_step == OFFER_AUTH
	    ? child->role == ROLE_KEEPER || child->role == ROLE_AUTH
	    : sup->offer_step == OFFER_KEEPER && child->role == ROLE_KEEPER;

	return is_shown ? sup->offered : sup->bundle;
}

#endif
