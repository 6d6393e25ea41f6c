/* SPDX-License-Identifier: ISC */
/*
 * Records that strangers cause, failures and refusals: so many in a minute, of
 * one source (of IPv6, a /64) and of all. Those beyond it are counted, and told
 * of when the minute is over: one record for each source. The memory for it is
 * fixed; a source that finds none is told of with others.
 */
#ifndef VB_MASTER_AUDIT_FOLD_H
#define VB_MASTER_AUDIT_FOLD_H

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/proto_audit.h"

#define FOLD_MS	       60000
#define FOLD_OF_SOURCE 60  /* records of one kind */
#define FOLD_OF_ALL    600 /* the same */
#define FOLD_SOURCES   256

struct event_base;

struct folded {
	struct addr source;
	struct addr client; /* the last; ADDR_NONE: of many */
	uint32_t kind;	    /* enum audit_kind */
	unsigned alone;	    /* have a record of their own */
	uint64_t repeated;  /* have none */
};

struct fold {
	struct folded list[FOLD_SOURCES];
	unsigned count;
	unsigned alone[AUDIT_KIND_COUNT];
	struct folded rest[AUDIT_KIND_COUNT]; /* of sources not in the list */
	uint64_t every_ms;
	struct event ev; /* pending: a minute has begun */
	void (*tell)(void *arg, const struct folded *folded);
	void *arg;
};

/* tell makes a record. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int fold_init(struct fold *fold, struct event_base *base,
    void (*tell)(void *arg, const struct folded *folded), void *arg);

/* Returns 1 if it was counted, and gets no record of its own. */
int
fold_takes(struct fold *fold, enum audit_kind kind, const struct addr *client);

/* The minute ends now: what was counted is told of. */
void fold_tell(struct fold *fold);

/* Forgets it all. */
void fold_clear(struct fold *fold);

#endif
