/* SPDX-License-Identifier: ISC */
/*
 * What each address has of the connections, and how fast its come: an IPv4
 * address, or the /64 of an IPv6 address, which is the least that anyone has.
 *
 * The memory is fixed: that of as many connections as there may be. Whoever
 * has many addresses takes no room from others, but is many.
 */
#ifndef VB_SOURCES_H
#define VB_SOURCES_H

#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"

#define SOURCES_BURST_SEC 10 /* what may come at once, of the rate */
#define SOURCES_TOLD_RATE 8  /* refusals with words, of an address, a second */
#define SOURCES_TOLD_MAX  16 /* of them at once */

struct sources;

/* For so many counted connections. NULL without memory. */
struct sources *sources_new(uint32_t connections);
void sources_free(struct sources *sources); /* NULL is allowed */

/* 0: any number. */
struct source_limits {
	uint32_t connections;
	uint32_t per_sec;
};

enum source_verdict {
	SOURCE_WELCOME,
	SOURCE_FULL, /* it has as many as it may */
	SOURCE_FAST  /* they come too fast */
};

/*
 * A connection of that address has come, for the worker of that index. WELCOME
 * counts it, in *place; 0 there is one that is not counted, since there is no
 * limit.
 */
enum source_verdict sources_take(struct sources *sources,
    const struct addr *peer, const struct source_limits *limits,
    uint32_t worker, uint64_t now_ms, uint32_t *place);

/*
 * Whether one that is refused may hear why, which costs a worker something.
 * Beyond that rate it is closed at once.
 */
int sources_may_tell(
    struct sources *sources, const struct addr *peer, uint64_t now_ms);

/* It has ended. Returns 0, or VB_EBADMSG: that worker has no such place. */
VB_MUST_CHECK int
sources_give(struct sources *sources, uint32_t place, uint32_t worker);

/* All of that worker's have ended. */
void sources_give_all(struct sources *sources, uint32_t worker);

/* How many places that worker has. */
uint32_t sources_held(const struct sources *sources, uint32_t worker);

#endif
