/* SPDX-License-Identifier: ISC */
/*
 * Names to addresses, by DNS, on the event loop. A name is looked up as it
 * is: no search domain is appended.
 *
 * STANDARDS  RFC 1035; RFC 6724 (the order of the addresses)
 */
#ifndef VB_RESOLVE_H
#define VB_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "daemon/names/names.h"

struct event_base;
struct resolver;
struct lookup;

/*
 * One that asks these servers; **borrows** them. Opens no file but the
 * kernel's random numbers. NULL on failure, which is logged. resolver_unref
 * gives up the caller's hold; lookups under way keep it until they are done.
 */
struct resolver *
resolver_new(struct event_base *base, const struct name_servers *servers);
void resolver_unref(struct resolver *resolver);

enum resolve_status {
	RESOLVE_OK = 1,
	RESOLVE_NOT_FOUND,
	RESOLVE_TIMEOUT, /* no server answered in time */
	RESOLVE_FAILED	 /* a server answered that it can't tell */
};

/*
 * Gets the addresses, port 0, best first; never called before
 * resolver_start returns, and not at all after lookup_cancel. detail is a
 * constant text for RESOLVE_FAILED.
 */
typedef void resolve_done(void *arg, enum resolve_status status,
    const struct name_answer *answer, const char *detail);

/*
 * Starts a lookup. Two counts are raised at once and lowered when c-ares has
 * let go of it, which is later than a cancel or the deadline: they must live
 * on, and let the caller bound what a client and a peer have under way.
 * **Borrows** name. NULL without memory.
 */
struct lookup *resolver_start(struct resolver *resolver, const char *name,
    uint64_t deadline_ms, unsigned *const in_use[2], resolve_done *done,
    void *arg);

/* Ends a lookup that is not done. NULL is allowed. */
void lookup_cancel(struct lookup *lookup);

#endif
