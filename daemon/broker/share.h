/* SPDX-License-Identifier: ISC */
/*
 * What one client, and one worker, may have under way: sessions, sockets of
 * dials, and names that are looked up. So no one takes all, and some
 * descriptors are left for DNS and the channels.
 */
#ifndef VB_SHARE_H
#define VB_SHARE_H

#include <sys/queue.h>
#include <sys/tree.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"

/* Names that c-ares may have at a time, cancelled ones too. */
#define SHARE_LOOKUPS_CLIENT 1024
#define SHARE_LOOKUPS_WORKER 4096

struct session;

/* A client: an address, of v6 its /64, which one host has as a whole. */
struct asker {
	RB_ENTRY(asker) by_ip;
	TAILQ_ENTRY(asker) by_age;
	struct addr ip;
	TAILQ_HEAD(, session) list; /* its sessions */
	unsigned sessions;	    /* pending ones too */
	unsigned sockets;
	unsigned lookups; /* lowered by the resolver */
};

RB_HEAD(asker_tree, asker);

struct shares {
	struct asker_tree tree;
	TAILQ_HEAD(, asker) list;
	unsigned sockets; /* of all */
	unsigned most;	  /* of all */
};

/* descriptors: how many this process may have; worker_count share them. */
void
shares_init(struct shares *shares, uint64_t descriptors, uint32_t worker_count);

/* The client, remembered while it has anything. NULL without memory. */
struct asker *shares_find(struct shares *shares, const struct addr *client);

/*
 * Takes that many sockets, and gives them back; *of_worker counts those of the
 * worker that asks. Returns 0, or VB_EFULL: more
 * than half of all are one client's, or, of several workers, one worker's.
 */
VB_MUST_CHECK int share_take(struct shares *shares, struct asker *asker,
    unsigned *of_worker, unsigned sockets, uint32_t worker_count);
void share_give(struct shares *shares, struct asker *asker, unsigned *of_worker,
    unsigned sockets);

#endif
